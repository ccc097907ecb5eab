"""A parent that began half a minute before and arrives after its children reaches everybody who looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.evaluate import evaluate
from alerting.rule import Rule
from data.store import Store
from data.verify import verify
from queries import overview, traces
from queries.base import Reader, TimeRange
from queries.filters import EMPTY, parse
from queries.search import search
from queries.stale import stale_now
from queries.tail import tail
from tests.data.made import NOON_NS, SECOND_NS, Clock, call, opened, span
from tests.queries.made import reader_of

BEFORE_NS = 30 * SECOND_NS
TRACE, PARENT = b"t" * 16, b"p" * 8
MINUTE = TimeRange(NOON_NS - 60 * SECOND_NS, NOON_NS + 60 * SECOND_NS)
WHOLE_HOUR = TimeRange(NOON_NS - 3_600 * SECOND_NS, NOON_NS + 3_600 * SECOND_NS)


def children(count: int = 8) -> list[object]:
    return [
        call(NOON_NS + at * SECOND_NS, 7, name="amount", trace_id=TRACE, parent_span_id=PARENT)
        for at in range(count)
    ]


def parent() -> object:
    return call(
        NOON_NS - BEFORE_NS,
        "late and slow",
        name="answer",
        trace_id=TRACE,
        span_id=PARENT,
        end_ns=NOON_NS + 20 * SECOND_NS,
        status=2,
        exception_type="TimeoutError",
        exception_message="too late",
    )._replace(name="handle")


@pytest.fixture
def written(tmp_path: Path) -> Iterator[tuple[Store, Reader]]:
    """Children are stored and told of; the clock then goes on, and the parent comes."""
    clock = Clock(NOON_NS + 10 * SECOND_NS)
    with opened(tmp_path, clock) as store, reader_of(tmp_path) as reader:
        store.write(children())
        store.flush()
        assert tail(reader, None, EMPTY).batch == 1
        clock.now_ns += 12 * SECOND_NS
        store.write([parent()])
        store.flush()
        yield store, reader


def test_lists_and_the_trace_hold_it_in_its_place(written: tuple[Store, Reader]) -> None:
    _, reader = written
    rows = traces.find_spans(reader, EMPTY, MINUTE).rows
    assert len(rows) == 9
    assert (rows[-1].process, rows[-1].timestamp_ns) == ("handle", NOON_NS - BEFORE_NS)
    tree = traces.trace_spans(reader, TRACE.hex()).rows
    assert sorted(row.process for row in tree) == ["handle"] + ["price"] * 8
    assert {row.parent_span_id for row in tree if row.process == "price"} == {PARENT.hex()}
    assert [row.process for row in traces.find_spans(reader, parse("is:root status:error"), MINUTE).rows] == [
        "handle"
    ]


def test_the_live_views_are_told_of_it_as_new(written: tuple[Store, Reader]) -> None:
    _, reader = written
    news = tail(reader, 1, EMPTY)
    assert [row.process for row in news.rows] == ["handle"]
    assert not news.gap
    assert [row.process for row in tail(reader, 1, parse("status:error")).rows] == ["handle"]


def test_text_search_finds_it(written: tuple[Store, Reader]) -> None:
    _, reader = written
    assert [row.process for row in traces.find_spans(reader, parse("slow"), MINUTE).rows] == ["handle"]
    assert "handle" in {one.title for one in search(reader, "handle", MINUTE)}


def test_figures_count_it_in_the_minute_it_began(written: tuple[Store, Reader], tmp_path: Path) -> None:
    _, reader = written
    before_noon = TimeRange(NOON_NS - 60 * SECOND_NS, NOON_NS)
    totals = {total.group: total for total in overview.group_totals(reader, before_noon)}
    assert (totals["shop"].spans, totals["shop"].errors) == (1, 1)
    totals = {total.group: total for total in overview.group_totals(reader, WHOLE_HOUR)}
    assert (totals["shop"].spans, totals["shop"].errors) == (9, 1)
    assert len(overview.recent_errors(reader, MINUTE)) == 1
    assert not verify(tmp_path, NOON_NS).findings


def test_alert_rules_see_it_once_it_has_ended(written: tuple[Store, Reader]) -> None:
    _, reader = written
    rule = Rule("errors", metric="errors", filter="", warning=0.0, window=60)
    moments = [NOON_NS + 19 * SECOND_NS, NOON_NS + 21 * SECOND_NS]
    judged = evaluate(rule, reader, moments).by_key[""]
    assert [one.value for one in judged] == [0, 1]


def test_staleness_leaves_the_runs_of_others_alone_and_counts_a_straggler(
    written: tuple[Store, Reader],
) -> None:
    store, reader = written
    assert [(one.data, one.run) for one in stale_now(reader)] == [("amount", 8)]
    store.write([call(NOON_NS - BEFORE_NS, 99)])  # another value, too old to be part of the run
    store.flush()
    assert [(one.data, one.run) for one in stale_now(reader)] == [("amount", 8)]


def test_a_late_root_of_yesterday_joins_its_trace_over_midnight(tmp_path: Path) -> None:
    midnight = NOON_NS + 12 * 3_600 * SECOND_NS
    with opened(tmp_path, Clock(midnight + 40 * SECOND_NS)) as store, reader_of(tmp_path) as reader:
        store.write([span(midnight + SECOND_NS, trace_id=TRACE, parent_span_id=PARENT)])
        store.write([span(midnight - BEFORE_NS, trace_id=TRACE, span_id=PARENT, end_ns=midnight + SECOND_NS)])
        assert len(traces.trace_spans(reader, TRACE.hex()).rows) == 2
        assert len(tail(reader, 1, EMPTY).rows) == 1
