"""Stale values and queue depth as metrics: what the scheduler read is what a replay reads later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from alerting.evaluate import Judged, evaluate, ledger_of
from alerting.evidence import evidence
from alerting.preview import preview
from alerting.readings import OWN_QUEUE
from alerting.replay import replay
from alerting.rule import Rule, check
from alerting.sentence import sentence
from alerting.state import NS
from alerting.watch import LAG_NS
from data import control_depths
from queries.queue_depths import FRESH_NS
from tests.support.functions import FunctionCall
from tests.support.watching import Living

STUCK = Rule("stuck", metric="stale count", warning=0.5)
FULL = Rule("full", metric="queue depth", warning=100.0)
HOUR_NS = 3_600 * NS


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Living]:
    made = Living(tmp_path)
    yield made
    made.close()


def repeat(world: Living, process: str, value: float, times: int, group: str = "pricing") -> None:
    for _ in range(times):
        seen = (("return", "return", "float", value),)
        world.now += NS // 100
        world.write(FunctionCall(world.now, process, values=seen, group=group))


def series(judged: Judged, key: str = "") -> list[float | None]:
    return [one.value for one in judged.by_key[key]]


def test_stale_values_are_counted_as_they_stood_at_each_moment(world: Living) -> None:
    rules = {
        "all": STUCK,
        "each": replace(STUCK, group_by="process"),
        "one": replace(STUCK, filter='process:="tax_for"'),
    }
    for id, rule in rules.items():
        world.rule(rule, id)
    moments, seen = [], []
    for at in range(8):
        repeat(world, "fx_rate", 1.0 if at < 5 else float(at), 3)
        repeat(world, "tax_for", 2.0 if at >= 3 else at / 7, 3)
        world.step(4)
        moments.append((world.now - LAG_NS) // NS * NS)
        seen.append({id: world.seen(rule, id) for id, rule in rules.items()})
    later = {id: evaluate(rule, world.reader, moments) for id, rule in rules.items()}
    assert series(later["all"]) == [one["all"][""] for one in seen]
    assert {0.0, 1.0, 2.0} == set(series(later["all"]))
    assert series(later["one"]) == [one["one"][""] for one in seen]
    for key, values in (("fx_rate", {0.0, 1.0}), ("tax_for", {1.0})):
        live = [one["each"][key] for one in seen if key in one["each"]]
        assert series(later["each"], key) == live
        assert set(live) == values


def test_a_preview_of_stale_values_is_their_replay(world: Living) -> None:
    for _ in range(6):
        repeat(world, "fx_rate", 1.0, 3)
        world.now += 60 * NS
        world.store.flush()
    read = preview(replace(STUCK, warning=None), world.reader, world.now, HOUR_NS)
    found = read.replay(STUCK)
    assert found == replay(STUCK, world.reader, read.moments_ns)
    assert len(found.episodes) == 1
    shown = evidence(world.reader, replace(STUCK, window=3_600), "", world.now)
    assert shown is not None
    assert (shown.process, set(shown.values)) == ("fx_rate", {"1.0"})


DEPTHS = (  # seconds, queue, spans
    (0, "", 10), (0, "pricing", 5), (10, "", 500), (20, "", 20), (20, "pricing", 7), (60, "", 20),
    (200, "", 3),
)  # fmt: skip


def note(world: Living, rows: Sequence[tuple[int, str, int]] = DEPTHS) -> None:
    for seconds, queue, spans in rows:
        control_depths.note(world.control, world.now + seconds * NS, {queue: control_depths.Depth(spans)})


@pytest.mark.parametrize(
    ("rule", "key", "wanted"),
    [
        (FULL, "", [None, 15, 505, 27, 27, 20, None, 3]),
        (replace(FULL, group_by="group"), OWN_QUEUE, [10, 500, 20, 20, 20, None, 3]),
        (replace(FULL, group_by="group"), "pricing", [5, 5, 7, 7, None, None, None]),
        (replace(FULL, filter='group:="pricing"'), "", [None, 5, 5, 7, 7, None, None, None]),
    ],
)
def test_queue_depth_is_what_was_kept_last(
    world: Living, rule: Rule, key: str, wanted: list[float | None]
) -> None:
    repeat(world, "fx_rate", 1.0, 1)
    world.store.flush()
    begin = world.now
    note(world)
    moments = [begin + seconds * NS for seconds in (-1, 0, 10, 25, 90, 130, 150, 210)]
    found = evaluate(rule, world.reader, moments)
    assert series(found, key) == wanted
    ledger, _ = ledger_of(rule, world.reader)
    live = [ledger.judge(at)[key].value for at in moments if key in ledger.judge(at)]
    assert live == wanted  # each moment read by itself, as the scheduler does
    assert FRESH_NS == 75 * NS
    assert evidence(world.reader, rule, key, begin) is None


def test_what_cannot_be_asked_of_these_metrics_is_said_at_its_field() -> None:
    assert [one.field for one in check(replace(STUCK, filter="attr.a:b"))] == ["filter"]
    assert [one.field for one in check(replace(STUCK, group_by="attr.a"))] == ["group_by"]
    assert [one.field for one in check(replace(FULL, filter="process:x"))] == ["filter"]
    assert [one.field for one in check(replace(FULL, group_by="process"))] == ["group_by"]
    assert [one.field for one in check(replace(FULL, filter="(("))] == ["filter"]
    assert check(STUCK) == check(FULL) == ()


def test_they_are_read_aloud_without_a_window() -> None:
    assert sentence(replace(STUCK, filter='process:="fx_rate"')) == (
        "Fires when the number of stale values of fx_rate is above 0.5 values."
    )
    assert sentence(FULL) == (
        "Fires when the number of spans that wait of collector and tracers is above 100 spans."
    )
