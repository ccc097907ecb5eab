"""Lists of spans: every filter means what the oracle says, page by page, in both directions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.records import SpanIn
from queries.base import Reader, TimeRange
from queries.filters import EMPTY, Filter, to_text
from queries.rows import SpanRow
from queries.traces import find_spans
from tests.data.made import ask_main
from tests.queries.made import RANGE, batches, distinct, reader_of, store_of
from tests.queries.made_filters import filters
from tests.queries.oracle import World, expected

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
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
