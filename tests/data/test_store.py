"""Writing spans: what is stored once, under which id, in which file, and what main.db tells of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import StoreLocked, StoreReadOnly
from data.ids import SEQUENCE_BITS, first_row_id
from data.records import Event, Link, Resource, Scope, SpanIn
from data.segment import arrival_ids
from data.store import Store, Written
from tests.data.made import (
    DAY_NS,
    NOON_NS,
    SECOND_NS,
    Clock,
    ask,
    ask_main,
    ask_spans,
    call,
    keys_of,
    opened,
    seen,
    segment_files,
    span,
    stored_keys,
)


def test_what_is_written_is_there_at_once(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        spans = [span(NOON_NS + at) for at in range(3)]
        assert store.write(spans) == Written(1, 3, 0, 0)
        assert set(stored_keys(tmp_path)) == keys_of(spans)
        assert ask_main(tmp_path, "SELECT rows FROM segment") == [(3,)]


def test_nothing_written_is_no_batch(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert store.write([]) == Written(0, 0, 0, 0)


def test_a_repeat_is_neither_stored_nor_counted_again(tmp_path: Path) -> None:
    spans = [call(NOON_NS + at, 7) for at in range(5)]
    with opened(tmp_path) as store:
        store.write(spans)
        assert store.write(spans) == Written(1, 0, 5, 0)
        assert store.write([*spans, call(NOON_NS + 9, 7)]) == Written(2, 1, 5, 0)
    assert ask_main(tmp_path, "SELECT run, calls FROM series") == [(6, 6)]
    assert ask_main(tmp_path, "SELECT sum(rows) FROM arrivals") == [(6,)]
    assert len(stored_keys(tmp_path)) == 6


def test_a_repeat_is_known_within_a_batch(tmp_path: Path) -> None:
    one = span()
    with opened(tmp_path) as store:
        assert store.write([one, span(), one]) == Written(1, 2, 1, 0)


def test_a_repeat_is_known_after_a_restart(tmp_path: Path) -> None:
    one = call(NOON_NS, 1.5, code_version="ab", source="def f(): ...", function="f", file="f.py", line=3)
    with opened(tmp_path) as store:
        store.write([one])
    with opened(tmp_path) as store:
        assert store.write([one]) == Written(1, 0, 1, 0)


def test_a_repeat_is_known_when_the_day_went_on_in_another_segment(tmp_path: Path) -> None:
    text = "many different words " * 500
    spans = [call(NOON_NS + at * SECOND_NS, f"{text}{at}") for at in range(400)]
    with opened(tmp_path, segment_bytes=2**20, max_bytes=2**30) as store:
        for at in range(0, 400, 20):
            store.write(spans[at : at + 20])
        assert len(segment_files(tmp_path)) > 2
        assert store.write(spans).repeats == 400
    assert len(stored_keys(tmp_path)) == 400


def test_the_same_ids_with_different_content_are_kept_and_marked(tmp_path: Path) -> None:
    one = span(attributes={"a": 1})
    other = one._replace(end_ns=one.end_ns + 5)
    with opened(tmp_path) as store:
        assert store.write([one]) == Written(1, 1, 0, 0)
        assert store.write([other]) == Written(2, 1, 0, 1)
        assert store.write([one, other]) == Written(2, 0, 2, 0)
    assert ask_spans(tmp_path, "SELECT duration_ns, body ->> 'c' FROM span ORDER BY id") == [
        (1_000_000, None),
        (1_000_005, 1),
    ]


def test_the_same_ids_at_another_start_are_another_span(tmp_path: Path) -> None:
    one = span()
    with opened(tmp_path) as store:
        assert store.write([one, one._replace(start_ns=one.start_ns + 1)]) == Written(1, 2, 0, 0)


STARTS = st.lists(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 40)), max_size=30), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=STARTS)
def test_any_mixture_of_new_and_known_spans_is_stored_exactly_once(
    batches: list[list[tuple[int, int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Few microseconds and few ids, so that all of them meet."""
    folder = tmp_path_factory.mktemp("store")
    sent: set[tuple[bytes, bytes, int]] = set()
    with opened(folder) as store:
        for batch in batches:
            spans = [
                span(NOON_NS + at * 500, trace_id=bytes(15) + bytes([who]), span_id=bytes(8))
                for at, who in batch
            ]
            written = store.write(spans)
            assert written.stored == len(keys_of(spans) - sent)
            assert written.repeats == len(spans) - written.stored
            sent |= keys_of(spans)
    found = stored_keys(folder)
    assert len(found) == len(sent)
    assert set(found) == sent
    order = ask_spans(folder, "SELECT (id >> 11) * 1000 + start_off FROM span ORDER BY id")
    assert [one[0] // 1_000 for one in order] == sorted(key[2] // 1_000 for key in sent)


def test_a_full_microsecond_spills_into_the_next(tmp_path: Path) -> None:
    spans = [span(NOON_NS) for _ in range(5_000)]
    with opened(tmp_path) as store:
        store.write(spans[:3_000])
        store.write([span(NOON_NS + 1_000)])
        store.write(spans[3_000:])
        assert store.write(spans).repeats == 5_000
    ids = [row[0] for row in ask_spans(tmp_path, "SELECT id FROM span ORDER BY id")]
    assert ids == list(range(first_row_id(NOON_NS), first_row_id(NOON_NS) + 5_001))
    assert {key[2] for key in stored_keys(tmp_path)} == {NOON_NS, NOON_NS + 1_000}


def test_ids_follow_the_order_of_start(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span(NOON_NS + at * 1_000_000) for at in (5, 3, 9)])
        store.write([span(NOON_NS + at * 1_000_000) for at in (4, 1)])
    rows = ask_spans(tmp_path, "SELECT id, start_off FROM span ORDER BY id")
    assert [(id_ >> SEQUENCE_BITS) * 1_000 + off - NOON_NS for id_, off in rows] == [
        at * 1_000_000 for at in (1, 3, 4, 5, 9)
    ]


def test_each_day_of_start_has_its_own_segment(tmp_path: Path) -> None:
    midnight = NOON_NS + DAY_NS // 2
    with opened(tmp_path) as store:
        assert store.write([span(midnight), span(midnight - 1), span(NOON_NS)]).stored == 3
    names = [file.name for file in segment_files(tmp_path)]
    assert names == ["spans-2026-11-21-0001.db", "spans-2026-11-22-0002.db"]
    assert ask_main(tmp_path, "SELECT day, rows FROM segment ORDER BY day") == [(20_778, 2), (20_779, 1)]


def test_arrivals_keep_the_order_of_arrival(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span(NOON_NS + at * SECOND_NS) for at in (5, 3, 9)])
        store.write([span(NOON_NS + SECOND_NS)])
    rows = ask_main(tmp_path, "SELECT batch, rows, ids FROM arrivals ORDER BY batch")
    starts = [
        [((id_ >> SEQUENCE_BITS) * 1_000 - NOON_NS) // SECOND_NS for id_ in arrival_ids(ids).tolist()]
        for _, _, ids in rows
    ]
    assert starts == [[5, 3, 9], [1]]


def test_arrivals_are_kept_for_a_quarter_of_an_hour(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        for _ in range(20):
            store.write([span(clock.now_ns)])
            clock.now_ns += 60 * SECOND_NS
    batches = [row[0] for row in ask_main(tmp_path, "SELECT batch FROM arrivals ORDER BY batch")]
    assert batches[-1] == 20
    assert 14 <= len(batches) <= 17


def test_batches_are_numbered_on_after_a_restart(tmp_path: Path) -> None:
    for batch in (1, 2, 3):
        with opened(tmp_path) as store:
            assert store.write([span()]).batch == batch


def test_a_process_is_its_group_name_and_scope(tmp_path: Path) -> None:
    other = Resource("bank", {"service.name": "bank"})
    with opened(tmp_path) as store:
        store.write(
            [
                span(),
                span(scope=Scope("shop.orders", "2.0")),  # the version of a scope is not part of it
                span(scope=Scope("shop.stock")),
                span(resource=other),
                span(name="refund"),
                span(file="elsewhere.py", line=4),  # nor are file and line
            ]
        )
    assert len(ask_main(tmp_path, "SELECT * FROM process")) == 4
    assert len(ask_main(tmp_path, "SELECT * FROM scope")) == 3
    assert len(ask_main(tmp_path, "SELECT * FROM resource")) == 2


def test_dictionaries_are_read_back_after_a_restart(tmp_path: Path) -> None:
    one = call(NOON_NS, "x", code_version="ab", exception_type="KeyError", exception_message="k", status=2)
    for at in range(2):
        with opened(tmp_path) as store:
            store.write([one._replace(start_ns=NOON_NS + at)])
    for table in (
        "process_group",
        "process",
        "data_name",
        "exception_type",
        "resource",
        "scope",
        "code_version",
    ):
        assert ask_main(tmp_path, f"SELECT count(*) FROM {table}") == [(1,)], table  # noqa: S608


def test_a_code_version_gets_its_source_when_a_span_brings_it(tmp_path: Path) -> None:
    about: dict[str, Any] = {"code_version": "ab", "function": "f", "file": "f.py", "line": 3}
    with opened(tmp_path) as store:
        store.write([span(NOON_NS + SECOND_NS, **about)])
        store.write([span(NOON_NS, source="def f(): ...", **about), span(NOON_NS + 2 * SECOND_NS, **about)])
        store.write([span(source="never mind", **about)])
    assert ask_main(
        tmp_path, "SELECT hash, source, function, file, line, first_seen_ns, last_seen_ns FROM code_version"
    ) == [("ab", "def f(): ...", "f", "f.py", 3, NOON_NS, NOON_NS + 2 * SECOND_NS)]


def test_every_field_of_a_span_is_stored(tmp_path: Path) -> None:
    from data.body import decode

    event = Event(NOON_NS + 5, "exception", {"exception.type": "KeyError"}, 1)
    link = Link(bytes(range(16)), bytes(range(8)), "k=v", {"why": "retry"}, 2, 256)
    one = span(
        parent_span_id=b"\xff" * 8,
        kind=3,
        end_ns=NOON_NS + 1_234_567,
        status=2,
        status_message="broken",
        observations=(seen("a", 1.5), seen("return", [1, b"x"], source="return"), seen("b", None)),
        primary=1,
        attributes={"http.route": "/pay", "n": -3},
        exception_type="KeyError",
        exception_message="'k'",
        code_version="ab",
        function="f",
        file="f.py",
        line=3,
        memory_delta=4_096,
        events=(event,),
        links=(link,),
        trace_state="k=v",
        flags=1,
        dropped_attributes=1,
        dropped_events=2,
        dropped_links=3,
    )
    with opened(tmp_path) as store:
        store.write([one])
    (row,) = ask_spans(
        tmp_path,
        "SELECT parent_id, kind, status, duration_ns, memory, value, exception_message, data, type, body "
        "FROM span",
    )
    assert row[:7] == (-1, 3, 2, 1_234_567, 4_096, '[1,{"$b":"eA=="}]', "'k'")
    body = decode(row[9])
    names = dict(ask_main(tmp_path, "SELECT id, name FROM data_name"))
    types = dict(ask_main(tmp_path, "SELECT id, name FROM data_type"))
    all_seen = [
        (each.source, names[each.name_id], types[each.type_id], each.value)
        for each in body.all_observations(row[7], row[8], row[5])
    ]
    assert all_seen == [(each.source, each.name, each.type, each.value) for each in one.observations]
    assert body.attributes == one.attributes
    assert (body.events, body.links) == (one.events, one.links)
    assert (body.status_message, body.trace_state, body.flags) == ("broken", "k=v", 1)
    assert (body.dropped_attributes, body.dropped_events, body.dropped_links) == (1, 2, 3)


def test_an_attribute_stands_in_as_the_row_s_data(tmp_path: Path) -> None:
    attributes = {"http.route": "/pay", "http.status_code": 200}
    with opened(tmp_path) as store:
        store.write([span(attributes=attributes, primary_attribute="http.status_code")])
    assert ask_spans(tmp_path, "SELECT value, body ->> 'a' FROM span") == [
        (200, '{"http.route":"/pay","http.status_code":200}')
    ]
    assert ask_main(tmp_path, "SELECT name FROM data_name") == [("http.status_code",)]


@pytest.mark.parametrize(
    ("token", "found"),
    [("grapefruit", 1), ("route66", 1), ("keyerror", 1), ("absent", 1), ("42", 0), ("price", 0), ("none", 0)],
)
def test_text_search_knows_strings_and_exceptions_but_no_numbers(
    token: str, found: int, tmp_path: Path
) -> None:
    observations = (seen("a", "Grapefruit juice"), seen("b", 42), seen("c", "None", "NoneType"))
    with opened(tmp_path) as store:
        store.write(
            [
                span(
                    observations=observations,
                    primary=0,
                    attributes={"via": "route66", "n": 42},
                    exception_type="KeyError",
                    exception_message="absent",
                )
            ]
        )
    assert len(ask_spans(tmp_path, "SELECT rowid FROM span_text WHERE span_text MATCH ?", token)) == found


@pytest.mark.parametrize(
    "bad",
    [
        span(name="p\ud800"),
        span(exception_message="\udfff"),
        call(NOON_NS, 1, name="n\ud800"),
        call(0, "\ud800"),
    ],
)
def test_text_that_is_no_unicode_stops_its_own_write_only(bad: SpanIn, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        with pytest.raises(UnicodeEncodeError):
            store.write([call(NOON_NS, "fine"), bad])
        assert store.write([call(NOON_NS, "fine")]).stored == 1
    assert ask_spans(tmp_path, "SELECT value FROM span") == [("fine",)]
    assert ask_main(tmp_path, "SELECT run FROM series") == [(1,)]


def test_a_second_owner_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    import os

    with opened(tmp_path), pytest.raises(StoreLocked, match=f"process {os.getpid()}"), opened(tmp_path):
        pass
    with opened(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreReadOnly, match="file"), opened(tmp_path / "file" / "db"):
        pass


def test_derived_tables_are_written_within_a_second_without_waiting_for_the_end(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        store.write([call(clock.now_ns, 1)])
        store.write([call(clock.now_ns, 1)])
        assert ask_main(tmp_path, "SELECT calls FROM series") == [(1,)]
        clock.now_ns += SECOND_NS
        store.write([call(clock.now_ns, 1)])
        assert ask_main(tmp_path, "SELECT calls FROM series") == [(3,)]
        store.write([call(clock.now_ns, 1)])
        assert store.flush()
        assert ask_main(tmp_path, "SELECT calls FROM series") == [(4,)]
        assert not store.flush()


def test_the_log_of_a_file_does_not_grow_without_end(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        for batch in range(60):
            store.write(
                [call(NOON_NS + batch * SECOND_NS + at, f"{batch} {at} " + "x" * 2_000) for at in range(400)]
            )
        logs = [file.stat().st_size for file in tmp_path.glob("*.db-wal")]
    assert max(logs) < 40 * 2**20


def test_checkpoint_moves_everything_into_the_files(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span()])
        store.checkpoint()
        for file in (tmp_path / "main.db", *segment_files(tmp_path)):
            assert ask(file, "PRAGMA page_count")[0][0] * 8192 == file.stat().st_size


def test_power_durability_writes_the_same(tmp_path: Path) -> None:
    with opened(tmp_path, durability="power") as store:
        store.write([call(NOON_NS, 1)])
    assert ask_spans(tmp_path, "SELECT value FROM span") == [(1,)]


def test_closing_twice_gives_the_folder_up_once(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.close()
    assert isinstance(store, Store)
