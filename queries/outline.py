"""The outline of a trace: its calls without their values, thousands at a time, for a waterfall."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from data.ids import span_hex, start_of, trace_from_hex
from queries.base import Reader, Session
from queries.cursor import Place, decode, encode
from queries.errors import TooManyRows
from queries.fetch import RUNS
from queries.limits import MAX_ROWS

# One trace in the order of row ids, which is the order of its starts to the microsecond.
SPANS = """
SELECT id, start_off, span_id, parent_id, process, status, duration_ns, data, value, exception
FROM span INDEXED BY span_trace
WHERE trace_lo = :low AND trace_hi = :high AND id >= :first ORDER BY id LIMIT :limit
"""
COUNT = "SELECT count(*) FROM span INDEXED BY span_trace WHERE trace_lo = :low AND trace_hi = :high"


@dataclass(frozen=True, slots=True)
class OutlineSpan:
    """One call of a trace. Times in nanoseconds UTC; ids are 16 hex digits, the parent's "" for a root."""

    span_id: str
    parent_span_id: str
    process: str
    group: str
    scope: str
    start_ns: int
    duration_ns: int
    error: bool
    stale: bool
    exception: str


@dataclass(frozen=True, slots=True)
class Outline:
    """One part of a trace in start order; `spans` is how many there are in all."""

    rows: tuple[OutlineSpan, ...]
    next_cursor: str | None
    spans: int


def outline(reader: Reader, trace_id: str, *, cursor: str | None = None, limit: int = 1000) -> Outline:
    """The calls of a trace from a cursor on; none when there is no such trace."""
    if not 1 <= limit <= MAX_ROWS:
        raise TooManyRows(f"an outline has 1 to {MAX_ROWS} rows, not {limit}")
    place = decode(cursor)
    try:
        high, low = trace_from_hex(trace_id)
    except ValueError:
        return Outline((), None, 0)
    # A cursor holds the row id it goes on at, and how many rows of that very id have been shown.
    first, shown = (place.span, place.shown) if place else (0, 0)
    wanted = {"high": high, "low": low, "first": first, "limit": limit + shown + 1}
    with reader.session() as session:
        spans = sum(row[0] for segment in session.segments for row in session.segment(segment, COUNT, wanted))
        rows = _merged(session, wanted)[shown:]
        page = rows[:limit]
        found = tuple(_outlined(session, page))
    return Outline(found, _next(rows, limit, first, shown), spans)


def _merged(session: Session, wanted: dict[str, int]) -> list[tuple[Any, ...]]:
    """Rows of all segments by row id; segments of one day may overlap in time."""
    parts = [session.segment(segment, SPANS, wanted) for segment in reversed(session.segments)]
    return list(heapq.merge(*parts, key=lambda row: row[0]))


def _next(rows: list[tuple[Any, ...]], limit: int, first: int, shown: int) -> str | None:
    if len(rows) <= limit:
        return None
    at = rows[limit][0]
    before = sum(1 for row in rows[:limit] if row[0] == at)
    return encode(Place(0, at, before + (shown if at == first else 0)))


def _outlined(session: Session, rows: list[tuple[Any, ...]]) -> Iterable[OutlineSpan]:
    pairs = sorted({(row[4], row[7]) for row in rows if row[7] is not None})
    runs = {run[:2]: run[2:] for run in session.main(RUNS, (json.dumps(pairs),))}
    names = session.names
    if any(row[4] not in names.processes for row in rows):
        names = session.refresh_names()
    for id_, off, span, parent, process, status, duration, data, value, exception in rows:
        known, start = names.processes[process], start_of(id_, off)
        run = runs.get((process, data))
        yield OutlineSpan(
            span_id=span_hex(span),
            parent_span_id=span_hex(parent),
            process=known.name,
            group=known.group,
            scope=known.scope,
            start_ns=start,
            duration_ns=duration,
            error=status == 2,
            stale=run is not None and run[1] <= start <= run[2] and run[0] == value,
            exception="" if exception is None else names.exceptions.get(exception, ""),
        )
