"""Lists of spans: every filter means what the oracle says, page by page, in both directions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.records import SpanIn
from queries import scan
from queries.base import BadCursor, Reader, TimeRange, TooManyRows
from queries.filters import EMPTY, Filter, parse, to_text
from queries.rows import SpanRow
from queries.traces import children, find_spans, groups, processes, trace_spans
from tests.data.made import NOON_NS, ask_main, call, seen, span
from tests.queries.made import MIDNIGHT_NS, RANGE, RESOURCES, batches, distinct, reader_of, store_of
from tests.queries.made_filters import filters
from tests.queries.oracle import World, expected, key

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
STALE = """
SELECT g.name, p.name, p.scope, d.name, s.value, s.run_start_ns, s.last_ns FROM series s
JOIN process p ON p.id = process_id JOIN process_group g ON g.id = group_id
JOIN data_name d ON d.id = data_name_id
WHERE stale = 1
"""


def row_key(row: SpanRow) -> tuple[int, str, str]:
    return row.timestamp_ns, row.span_id, row.trace_id


def all_pages(reader: Reader, tree: Filter, range: TimeRange, **options: Any) -> list[tuple[int, str, str]]:
    """The keys of every page, one after the other."""
    found: list[tuple[int, str, str]] = []
    cursor = None
    while True:
        page = find_spans(reader, tree, range, cursor=cursor, **options)
        found += map(row_key, page.rows)
        if page.next_cursor is None:
            return found
        assert page.next_cursor != cursor
        cursor = page.next_cursor


def flat(writes: list[list[SpanIn]]) -> tuple[list[list[SpanIn]], list[SpanIn]]:
    """The writes without spans that repeat an earlier one, and all of them together."""
    once = distinct([span for write in writes for span in write])
    kept = {id(span) for span in once}
    return [[span for span in write if id(span) in kept] for write in writes], once


@SLOW
@given(
    batches,
    st.lists(filters, min_size=1, max_size=8),
    st.integers(1, 9),
    st.booleans(),
    st.sampled_from((1, 10**9)),
)
def test_every_filter_finds_exactly_what_it_means(
    writes: list[list[SpanIn]], trees: list[Filter], limit: int, newest_first: bool, segment_bytes: int
) -> None:
    writes, spans = flat(writes)
    with tempfile.TemporaryDirectory() as name, store_of(Path(name), writes, segment_bytes):
        world = World(spans, RANGE, ask_main(Path(name), STALE))
        with reader_of(Path(name)) as reader:
            for tree in [EMPTY, *trees]:
                wanted = expected(world, tree)
                found = all_pages(reader, tree, RANGE, limit=limit, newest_first=newest_first)
                assert found == sorted(found, reverse=newest_first, key=lambda key: key[:2]), to_text(tree)
                assert sorted(found) == wanted, to_text(tree)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a walk take many steps over a few spans."""
    monkeypatch.setattr(scan, "FIRST_ROWS", 2)
    monkeypatch.setattr(scan, "FIRST_IDS", 2)
    monkeypatch.setattr(scan, "MOST_ROWS", 5)
    monkeypatch.setattr(scan, "MOST_IDS", 5)
    monkeypatch.setattr(scan, "TEXT_IDS", 7)
    monkeypatch.setattr(scan, "LEAST_LOOKED", 0)


class Rushing:
    """A clock that is a second later each time it is read: every search has run out of time at once."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1.0
        return self.seconds


@pytest.mark.usefixtures("small_steps")
@SLOW
@given(batches, st.lists(filters, min_size=1, max_size=4), st.integers(1, 9), st.booleans())
def test_small_steps_and_no_time_lose_nothing(
    writes: list[list[SpanIn]], trees: list[Filter], limit: int, newest_first: bool
) -> None:
    writes, spans = flat(writes)
    with tempfile.TemporaryDirectory() as name, store_of(Path(name), writes):
        world = World(spans, RANGE, ask_main(Path(name), STALE))
        with reader_of(Path(name), budget_seconds=1e9, clock=Rushing()) as reader:
            for tree in [EMPTY, *trees]:
                found = all_pages(reader, tree, RANGE, limit=limit, newest_first=newest_first)
                assert found == sorted(found, reverse=newest_first, key=lambda key: key[:2]), to_text(tree)
                assert sorted(found) == expected(world, tree), to_text(tree)


def keys(reader: Reader, text: str, **options: Any) -> list[tuple[int, str, str]]:
    return all_pages(reader, parse(text), options.pop("range", RANGE), **options)


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("text", ["", "process:=price", "value:>=0"])
def test_spans_of_one_instant_come_in_order_of_their_ids(
    tmp_path: Path, text: str, newest_first: bool
) -> None:
    spans = [call(NOON_NS + 7 * (n % 3), n, span_id=bytes([n % 251 + 1, n // 251] * 4)) for n in range(2_500)]
    with store_of(tmp_path, [spans], 10**9), reader_of(tmp_path) as reader:
        found = keys(reader, text, newest_first=newest_first)
        assert [key[:2] for key in found] == sorted((key(s)[:2] for s in spans), reverse=newest_first)


def test_spans_with_the_same_ids_and_start_are_each_shown_once(tmp_path: Path) -> None:
    same = {"trace_id": b"\x01" * 16, "span_id": b"\x02" * 8}
    writes = [[call(NOON_NS, n, **same)] for n in range(7)]
    with store_of(tmp_path, writes), reader_of(tmp_path) as reader:
        for limit in (1, 2, 3, 7, 8):
            for newest_first in (True, False):
                rows, cursor = [], None
                while True:
                    page = find_spans(
                        reader, EMPTY, RANGE, cursor=cursor, limit=limit, newest_first=newest_first
                    )
                    rows += page.rows
                    cursor = page.next_cursor
                    if cursor is None:
                        break
                assert sorted(row.data_value for row in rows) == list(range(7))


def test_the_range_is_half_open_to_the_nanosecond(tmp_path: Path) -> None:
    spans = [call(NOON_NS + offset, offset) for offset in range(-3, 4)]
    with store_of(tmp_path, [spans]), reader_of(tmp_path) as reader:
        for first, last in ((-1, 2), (0, 1), (-3, 4), (3, 2_000)):
            page = find_spans(reader, EMPTY, TimeRange(NOON_NS + first, NOON_NS + last))
            assert [row.data_value for row in page.rows] == [n for n in range(3, -4, -1) if first <= n < last]


def test_a_row_says_all_of_its_span(tmp_path: Path) -> None:
    parent = span(
        NOON_NS,
        name="load",
        kind=2,
        end_ns=NOON_NS + 1_234_567,
        status=2,
        observations=(seen("amount", "12.50", "Decimal"), seen("return", None, "NoneType", "return")),
        primary=0,
        exception_type="ValueError",
        exception_message="no such order",
        code_version="ab12",
        source="def load(): ...",
        function="load",
        file="shop/orders.py",
        line=7,
        memory_delta=-4096,
    )
    child = span(
        NOON_NS + 1, trace_id=parent.trace_id, parent_span_id=parent.span_id, status=2, status_message="fell"
    )
    with store_of(tmp_path, [[parent, child]]), reader_of(tmp_path) as reader:
        youngest, oldest = find_spans(reader, EMPTY, RANGE).rows
    assert oldest == SpanRow(
        trace_id=parent.trace_id.hex(),
        span_id=parent.span_id.hex(),
        parent_span_id="",
        process="load",
        group="shop",
        scope="shop.orders",
        data="amount",
        data_type="Decimal",
        data_value=12.5,
        timestamp_ns=NOON_NS,
        duration_ns=1_234_567,
        status="ERROR",
        exception="ValueError",
        exception_message="no such order",
        memory_delta=-4096,
        kind="server",
        version="ab12",
        file="shop/orders.py",
        line=7,
        has_children=True,
        stale=False,
    )
    assert (youngest.parent_span_id, youngest.has_children) == (oldest.span_id, False)
    assert (youngest.data, youngest.data_type, youngest.data_value) == ("", "", None)
    assert (youngest.exception, youngest.exception_message) == ("", "fell")


def test_rows_of_a_run_that_is_stale_now_say_so(tmp_path: Path) -> None:
    long = "x" * 1_000
    values: list[Any] = [long, 3, 3, long, long, long]
    spans = [call(NOON_NS + n * 10**9, value) for n, value in enumerate(values)]
    with store_of(tmp_path, [[one] for one in spans]), reader_of(tmp_path) as reader:
        rows = find_spans(reader, EMPTY, RANGE, newest_first=False).rows
        assert [row.stale for row in rows] == [False, False, False, True, True, True]
        assert keys(reader, "is:stale", newest_first=False) == [key(one) for one in spans[3:]]


def test_a_child_in_the_next_segment_is_found(tmp_path: Path) -> None:
    parent = span(MIDNIGHT_NS - 1_000_000, end_ns=MIDNIGHT_NS + 10**9)
    child = span(MIDNIGHT_NS + 1_000_000, trace_id=parent.trace_id, parent_span_id=parent.span_id)
    other = span(MIDNIGHT_NS + 1_000_000, parent_span_id=parent.span_id)  # of another trace
    with store_of(tmp_path, [[other], [child], [parent]]), reader_of(tmp_path) as reader:
        assert [row.has_children for row in find_spans(reader, EMPTY, RANGE).rows] == [False, False, True]
        assert [
            row_key(row) for row in children(reader, parent.trace_id.hex(), parent.span_id.hex()).rows
        ] == [key(child)]


def test_only_pages_of_1_to_100_rows_are_given(tmp_path: Path) -> None:
    with reader_of(tmp_path) as reader:
        for limit in (0, -1, 101, 10**9):
            with pytest.raises(TooManyRows):
                find_spans(reader, EMPTY, RANGE, limit=limit)
            with pytest.raises(TooManyRows):
                trace_spans(reader, "0" * 32, limit=limit)


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "1.2.3", "1.0000000000000001", "-1.0000000000000001.0", "1.000000000000000G.0"),
        *("9" * 19 + ".0000000000000001.0", "1.0000000000000001.0 ", "1.0000000000000001.0\n"),
        *("\u0661.0000000000000001.0", "a" * 10_000),
    ],
)
def test_a_cursor_that_no_page_gave_is_refused(tmp_path: Path, cursor: str) -> None:
    with reader_of(tmp_path) as reader, pytest.raises(BadCursor):
        find_spans(reader, EMPTY, RANGE, cursor=cursor)


def test_without_a_store_everything_is_empty(tmp_path: Path) -> None:
    with reader_of(tmp_path / "nowhere") as reader:
        page = find_spans(reader, parse("status:error gold is:stale"), RANGE)
        assert (page.rows, page.next_cursor) == ((), None)
        assert groups(reader) == processes(reader) == ()


def test_groups_and_processes_are_named_in_order(tmp_path: Path) -> None:
    bank, shop = RESOURCES[1], RESOURCES[0]
    named = [("price", bank), ("Load", shop), ("load_all", shop)]
    spans = [span(NOON_NS + n, name=name, resource=of) for n, (name, of) in enumerate(named)]
    with store_of(tmp_path, [spans]), reader_of(tmp_path) as reader:
        assert groups(reader) == ("bank", "shop")
        assert [(one.group, one.name, one.scope) for one in processes(reader, "LOAD")] == [
            ("shop", "Load", "shop.orders"),
            ("shop", "load_all", "shop.orders"),
        ]
        assert len(processes(reader, limit=2)) == 2
