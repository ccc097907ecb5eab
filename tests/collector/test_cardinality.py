"""However many names senders make up, the store gets a bounded number of them."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from collector.cardinality import ORIGINAL_NAME, ORIGINAL_SCOPE, Bounds, Guard
from collector.decode import JSON, PROTOBUF, Decoder
from collector.folding import fold
from collector.known import know
from collector.limits import LIMITS
from collector.names import MOST_OFFENDERS, OTHER, Names, Offences
from config import Settings
from data.records import Observation, Resource, Scope, SpanIn
from data.sqlite import connect_reader
from data.store import Store
from flowglass.redact import Redactor
from tests.collector.making import NOW_NS
from tests.support.collecting import RunningCollector
from tests.support.otlp import post, request, span
from tests.support.stored import Call, span_in


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("GET /users/17", "GET /users/{id}"),
        ("GET /users/17/orders/93", "GET /users/{id}/orders/{id}"),
        ("order-5f2b9c1e77", "order-{id}"),
        (f"job {uuid.UUID(int=77)}", "job {id}"),
        (f"job {str(uuid.UUID(int=77)).upper()}", "job {id}"),
        ("task_12", "task_{id}"),
        ("run 2026-11-21", "run {id}-{id}-{id}"),
        ("sha256 of v2", "sha256 of v2"),
        ("deadbeef cafe", "deadbeef cafe"),
        ("load_order", "load_order"),
        ("", ""),
    ],
)
def test_ids_in_names_are_folded_and_words_are_not(name: str, folded: str) -> None:
    assert fold(name) == folded
    assert fold(folded) == folded


def test_names_are_taken_whole_then_folded_then_not_at_all() -> None:
    names = Names(10)
    assert [names.take(f"user {number}") for number in range(9)] == [f"user {number}" for number in range(9)]
    assert names.take("user 9") == names.take("user 10") == "user {id}"
    assert names.take("user 3") == "user 3", "what is known stays"
    assert names.take("order 3") == OTHER
    assert names.take("word") == OTHER
    assert len(names) == 10


def spans(
    count: int,
    name: str = "work {}",
    group: str = "shop",
    scope: str = "lib",
    version: str = "",
    data: str = "n",
) -> list[SpanIn]:
    """Spans whose names are these patterns, numbered."""
    resources: dict[str, Resource] = {}
    made = []
    for at in range(count):
        named = group.format(at)
        made.append(
            span_in(Call(NOW_NS, process=name.format(at)), at + 1)._replace(
                resource=resources.setdefault(named, Resource(named, {"service.name": named})),
                scope=Scope(scope.format(at)),
                code_version=version.format(at),
                source="def f(): ..." if version else None,
                observations=(Observation("return", data.format(at), "int", at, at),),
            )
        )
    return made


def bounded(guard: Guard, made: Sequence[SpanIn]) -> list[SpanIn]:
    kept = list(made)
    guard.bound(kept)
    return kept


def test_processes_of_a_group_are_folded_and_keep_their_original_name() -> None:
    guard = Guard(Bounds(processes=20))
    got = bounded(guard, spans(40, "GET /users/{}"))
    assert [one.name for one in got[:18]] == [f"GET /users/{at}" for at in range(18)]
    assert {one.name for one in got[18:]} == {"GET /users/{id}"}
    assert [one.attributes[ORIGINAL_NAME] for one in got[18:]] == [f"GET /users/{at}" for at in range(18, 40)]
    assert ORIGINAL_NAME not in got[0].attributes
    told = guard.document()["processes"]
    assert (told["folded"], told["other"], told["worst"]) == (22, 0, ("shop", 22))


def test_names_without_ids_go_to_other_and_groups_do_not_share_their_room() -> None:
    guard = Guard(Bounds(processes=10))
    letters = [span_in(Call(NOW_NS, process="x" * (at + 1), group="loud"), at + 1) for at in range(30)]
    got = bounded(guard, letters)
    assert [one.name for one in got[9:]] == [OTHER] * 21
    assert got[9].attributes[ORIGINAL_NAME] == "x" * 10
    quiet = bounded(guard, spans(3, group="quiet"))
    assert [one.name for one in quiet] == ["work 0", "work 1", "work 2"]
    assert guard.document()["processes"]["worst"] == ("loud", 21)


def test_scopes_count_as_part_of_the_process() -> None:
    got = bounded(Guard(Bounds(processes=10)), spans(30, "work", scope="module {}"))
    assert len({(one.scope.name, one.name) for one in got}) == 10
    assert (got[29].scope.name, got[29].attributes[ORIGINAL_SCOPE]) == ("module {id}", "module 29")


def test_groups_are_bounded_and_their_service_name_is_kept() -> None:
    guard = Guard(Bounds(groups=10))
    got = bounded(guard, spans(30, "work", group="worker-{}"))
    assert len({one.resource.group for one in got}) == 10
    assert got[29].resource.group == "worker-{id}"
    assert got[29].resource.attributes["service.name"] == "worker-29"
    again = bounded(guard, spans(30, "work", group="worker-{}"))
    assert [one.resource.group for one in again] == [one.resource.group for one in got]
    assert guard.document()["groups"]["worst"] == ("worker-{id}", 42)


def test_versions_of_a_process_are_bounded_and_other_has_no_source() -> None:
    guard = Guard(Bounds(versions=10))
    got = bounded(guard, spans(30, "work", version="hash{}"))
    assert [one.code_version for one in got[9:]] == [OTHER] * 21
    assert {one.source for one in got[9:]} == {None}
    assert got[3].source
    assert guard.document()["versions"]["worst"] == ("shop/work", 21)


def test_series_are_bounded_over_all_processes() -> None:
    guard = Guard(Bounds(series=20))
    got = bounded(guard, spans(60, "work", data="item_{}"))
    names = {one.observations[0].name for one in got}
    assert names == {*(f"item_{at}" for at in range(18)), "item_{id}"}
    late = bounded(guard, spans(5, "late", data="first{}second"))
    assert [one.observations[0].name for one in late] == ["first0second", OTHER, OTHER, OTHER, OTHER]
    assert [one.observations[0].value for one in late] == [0, 1, 2, 3, 4]
    told = guard.document()["series"]
    assert (told["bound"], told["other"], told["worst"]) == (20, 4, ("shop/work", 42))


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_attribute_keys_beyond_the_bound_stand_together_under_one(content_type: str) -> None:
    decoder = Decoder(Redactor(), 30, 1_000, lambda: NOW_NS, LIMITS, Guard(Bounds(attribute_keys=10)))
    for _ in range(2):
        kept: set[str] = set()
        for at in range(30):
            pairs = {f"user_{at}": at, "again": "x", "token": "secret", f"text_{at}": "word", OTHER: "a text"}
            got = decoder.decode(*body(pairs, content_type)).spans[0].attributes
            over = got[OTHER] if isinstance(got[OTHER], dict) else {}
            flat = {**{key: value for key, value in got.items() if key != OTHER}, **over}
            assert flat == {f"user_{at}": at, "again": "x", "token": "•••• masked", f"text_{at}": "word"}
            kept |= got.keys()
        assert len(kept - {OTHER}) <= 10
    assert decoder.guard.document()["attribute_keys"]["worst"][0] in ("user_{id}", "text_{id}")


def body(pairs: dict[str, object], content_type: str) -> tuple[bytes, str]:
    made = span("work", start_ns=NOW_NS - 5, duration_ns=4, attributes=pairs)  # type: ignore[arg-type]
    if content_type == PROTOBUF:
        return request([made]), PROTOBUF
    one = {
        "traceId": "1" * 32,
        "spanId": "1" * 16,
        "startTimeUnixNano": str(NOW_NS - 5),
        "endTimeUnixNano": str(NOW_NS),
        "attributes": [
            {"key": key, "value": {"intValue" if isinstance(value, int) else "stringValue": value}}
            for key, value in pairs.items()
        ],
    }
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode(), JSON


def test_what_the_store_holds_is_known_after_a_restart(tmp_path: Path) -> None:
    used = Settings()
    store = Store.open(tmp_path, used.store, used.staleness, lambda: NOW_NS)
    first = spans(12, "work {}", version="{:04x}")
    store.write(first)
    store.flush()
    guard = know(Guard(Bounds(processes=10, series=10, versions=10)), tmp_path)
    store.close()
    assert bounded(guard, first) == first, "what is known stays, also beyond the bounds"
    (late,) = bounded(guard, [spans(20, "work {}")[19]])
    assert late.name == OTHER


def test_within_the_bounds_nothing_is_touched() -> None:
    made = spans(50, "work {}", group="g{}", version="{:04x}", data="d{}")
    guard = Guard()
    got = bounded(guard, made)
    assert got == made
    assert all(told["worst"] is None for told in guard.document().values())


def test_offenders_are_bounded_too() -> None:
    offences = Offences()
    assert [offences.count(OTHER, f"g{at}") for at in range(3)] == [True, False, False]
    for at in range(2 * MOST_OFFENDERS):
        offences.count("folded", f"g{at}")
    assert len(offences.by) == MOST_OFFENDERS


def test_a_flood_of_names_leaves_a_bounded_store_and_is_told(tmp_path: Path) -> None:
    rng = random.Random(3)
    with RunningCollector(tmp_path) as running:
        for _ in range(5):
            made = [
                span(f"GET /users/{rng.randrange(10**9)}", start_ns=time.time_ns() - 9) for _ in range(600)
            ]
            assert post(running.traces, request(made, "flood")).status == 200
        told = running.status()["cardinality"]["processes"]
        assert running.status()["stored"] == 3_000
        assert (told["bound"], told["other"], told["worst"][0]) == (2_000, 0, "flood")
        assert told["folded"] > 1_000
        with closing(connect_reader(running.folder / "main.db")) as main:
            count = main.execute("SELECT count(*) FROM process").fetchone()[0]
        assert count <= 2_000
        assert sum("more processes than are kept apart" in line for line in running.lines) == 1
