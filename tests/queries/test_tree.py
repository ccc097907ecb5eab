"""A trace as it was sent: in start order, over midnight, with orphans, cycles and repeated ids."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.records import SpanIn
from queries.base import Reader
from queries.traces import children, trace_spans
from tests.data.made import NOON_NS, span
from tests.queries.made import MIDNIGHT_NS, reader_of, store_of
from tests.queries.oracle import key
from tests.queries.test_traces import row_key

TRACE = b"\x0a" * 16


def of_trace(n: int, start_ns: int, parent: int = 0) -> SpanIn:
    return span(
        start_ns,
        trace_id=TRACE,
        span_id=n.to_bytes(8, "big"),
        parent_span_id=parent.to_bytes(8, "big") if parent else b"",
    )


def whole(reader: Reader, limit: int, parent: int | None = None) -> list[tuple[int, str, str]]:
    """Every page of the trace, or of one span's children."""
    found, cursor = [], None
    while True:
        if parent is None:
            page = trace_spans(reader, TRACE.hex(), cursor=cursor, limit=limit)
        else:
            page = children(reader, TRACE.hex(), f"{parent:016x}", cursor=cursor, limit=limit)
        found += [row_key(row) for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return found


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 8)), min_size=1, max_size=30), st.integers(1, 9))
def test_any_trace_comes_back_in_order(tmp_path_factory, shape: list[tuple[int, int]], limit: int) -> None:  # type: ignore[no-untyped-def]
    spans = [
        of_trace(n, MIDNIGHT_NS + offset * 1_000_000, parent) for n, (offset, parent) in enumerate(shape, 1)
    ]
    folder = tmp_path_factory.mktemp("trace")
    noise = [span(one.start_ns, parent_span_id=one.span_id) for one in spans]
    with store_of(folder, [spans[::2], noise, spans[1::2]]), reader_of(folder) as reader:
        assert whole(reader, limit) == sorted(map(key, spans))
        for parent in range(1, 9):
            wanted = [one for one in spans if one.parent_span_id == parent.to_bytes(8, "big")]
            assert whole(reader, limit, parent) == sorted(map(key, wanted))


def test_spans_that_name_each_other_or_themselves_are_kept(tmp_path: Path) -> None:
    spans = [
        of_trace(1, NOON_NS, 1),
        of_trace(2, NOON_NS + 1, 3),
        of_trace(3, NOON_NS + 2, 2),
        of_trace(4, NOON_NS + 3, 99),
    ]
    with store_of(tmp_path, [spans]), reader_of(tmp_path) as reader:
        page = trace_spans(reader, TRACE.hex())
        assert [row.has_children for row in page.rows] == [True, True, True, False]
        assert [row_key(row) for row in children(reader, TRACE.hex(), f"{1:016x}").rows] == [key(spans[0])]
        assert [row_key(row) for row in children(reader, TRACE.hex(), f"{99:016x}").rows] == [key(spans[3])]


def test_a_trace_spread_over_days_is_whole(tmp_path: Path) -> None:
    spans = [of_trace(n, NOON_NS + n * 86_400 * 10**9) for n in range(1, 5)]
    with store_of(tmp_path, [[one] for one in spans]), reader_of(tmp_path) as reader:
        assert whole(reader, 100) == [key(one) for one in spans]


def test_ids_in_capitals_and_wrong_ids_are_understood(tmp_path: Path) -> None:
    with store_of(tmp_path, [[of_trace(1, NOON_NS)]]), reader_of(tmp_path) as reader:
        assert len(trace_spans(reader, TRACE.hex().upper()).rows) == 1
        for wrong in ("", "xyz", "0" * 31, "g" * 32):
            assert trace_spans(reader, wrong).rows == ()
            assert children(reader, TRACE.hex(), wrong).rows == ()
