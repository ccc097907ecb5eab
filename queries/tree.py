"""A trace as stored: its spans in start order, and the direct children of one of them.

Nothing is left out or put right: orphans, spans that name themselves as parent, and ids that were sent twice
with different content all appear.
"""

from __future__ import annotations

from queries.base import Page, Reader
from queries.cursor import decode, encode
from queries.fetch import fetch
from queries.filter_tree import And, Clause, Filter
from queries.find import find
from queries.limits import ALL_TIME, BUDGET_SECONDS, MAX_PAGE, page_limit
from queries.rows import SpanRow


def trace_spans(
    reader: Reader, trace_id: str, *, cursor: str | None = None, limit: int = MAX_PAGE
) -> Page[SpanRow]:
    """One page of a trace, in start order."""
    return _page(reader, Clause("trace", "equals", trace_id), cursor, limit)


def children(
    reader: Reader, trace_id: str, span_id: str, *, cursor: str | None = None, limit: int = MAX_PAGE
) -> Page[SpanRow]:
    """One page of the spans whose parent this span is, in start order."""
    both = And((Clause("trace", "equals", trace_id), Clause("parent", "equals", span_id)))
    return _page(reader, both, cursor, limit)


def _page(reader: Reader, tree: Filter, cursor: str | None, limit: int) -> Page[SpanRow]:
    place = decode(cursor)
    page_limit(limit)
    with reader.session() as session:
        found = find(session, tree, ALL_TIME, place, limit, newest_first=False, seconds=BUDGET_SECONDS)
        return Page(
            rows=fetch(session, found.keys),
            next_cursor=encode(found.place) if found.place else None,
            searched_back_to_ns=found.searched_to_ns,
            elapsed_ms=session.elapsed_ms(),
        )
