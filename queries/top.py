"""The spans of a range that are most: the longest, those that took most memory, those of the largest value.

Lists are ordered by time; these are not, so they hold at most 1,000 and say so.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Literal

import numpy as np

from queries.base import Reader, Session, TimeRange
from queries.errors import TooManyRows
from queries.fetch import Key, fetch
from queries.filter_tree import Filter
from queries.limits import MAX_PAGE, Page, page_limit
from queries.measures import id_bounds
from queries.plan import SLOW_NS, Plan, make_plan
from queries.rows import SpanRow
from queries.survey_scan import BETWEEN, EVERYTHING, matches, source_of

Measure = Literal["duration", "memory", "value", "slowness"]
COLUMNS: dict[Measure, str] = {"duration": "duration_ns", "memory": "memory", "value": "value"}
NUMBER = "typeof(value) IN ('integer', 'real')"  # of the values only numbers can be put in order
TOP = 1_000
SLOW_SHARE = 0.95  # a span above this share of its process's durations is slow for it
SECONDS = 2.0  # after this the segments not yet looked at are left out
READ = """
SELECT {column}, id FROM span {source} AND ({where}) AND {column} IS NOT NULL AND {number}
ORDER BY {column} {order} LIMIT :limit
"""
SLOW = f"INDEXED BY span_slow WHERE {BETWEEN} AND duration_ns >= {SLOW_NS}"


@dataclass(frozen=True, slots=True)
class Top:
    """The keys of the spans that are most, in order; `complete` says whether all were looked at."""

    keys: tuple[Key, ...]
    complete: bool
    elapsed_ms: float


def top(
    reader: Reader, filter: Filter, range: TimeRange, measure: Measure, *, largest_first: bool = True
) -> Top:
    """At most 1,000 matching spans by a measure; the newer first of equals."""
    if measure == "slowness":
        return slowest(reader, filter, range)
    low, high = id_bounds(range)
    with reader.session() as session:
        plan = make_plan(session, filter, range)
        found: list[tuple[float, int, Key]] = []
        complete = True
        for segment in () if plan.never else session.within(low, high):
            if session.over(SECONDS):
                complete = False
                break
            rows = _rows(session, plan, Key(segment, 0), (low, high), measure, largest_first)
            found += [(value, id_, Key(segment, id_)) for value, id_ in rows]
        choose = heapq.nlargest if largest_first else heapq.nsmallest
        best = choose(TOP, found, key=lambda one: (one[0], one[1] if largest_first else -one[1]))
        return Top(tuple(dict.fromkeys(key for _, _, key in best)), complete, session.elapsed_ms())


def slowest(reader: Reader, filter: Filter, range: TimeRange) -> Top:
    """The spans furthest above the 95th percentile of their own process in this range."""
    with reader.session() as session:
        seen = matches(session, filter, range)
        limits = {
            process: float(np.quantile(seen.duration_ns[seen.process == process], SLOW_SHARE))
            for process in np.unique(seen.process).tolist()
        }
        own = np.array([limits[process] for process in seen.process.tolist()])
        ratio = seen.duration_ns / np.maximum(own, 1.0)
        order = np.lexsort((-seen.id, -ratio))[:TOP]
        by_id = {segment.id: segment for segment in session.segments}
        keys = [Key(by_id[int(seen.segment[at])], int(seen.id[at])) for at in order.tolist() if ratio[at] > 1]
        return Top(tuple(keys), seen.scale == 1, session.elapsed_ms())


def _rows(
    session: Session, plan: Plan, at: Key, ids: tuple[int, int], measure: Measure, largest_first: bool
) -> list[tuple[float, int]]:
    """The best of one segment, from its narrowest index."""
    column = COLUMNS[measure]
    form = {"column": column, "order": "DESC" if largest_first else "ASC", "number": "1"}
    if measure == "value":
        form["number"] = NUMBER
    params = {**plan.params, "low": ids[0], "high": ids[1], "limit": TOP}
    if plan.streams:
        return [
            row
            for stream in plan.streams
            for row in session.segment(
                at.segment,
                READ.format(source=source_of(stream), where=plan.where, **form),
                {**params, "key": stream.key},
            )
        ]
    if measure == "duration" and largest_first:
        slow = session.segment(at.segment, READ.format(source=SLOW, where=plan.whole, **form), params)
        if len(slow) == TOP:  # then nothing faster can be among the best
            return slow
    return session.segment(at.segment, READ.format(source=EVERYTHING, where=plan.whole, **form), params)


def top_page(reader: Reader, found: Top, offset: int, limit: int = MAX_PAGE) -> Page[SpanRow]:
    """The rows from an offset on; its cursor is the next offset."""
    page_limit(limit)
    if not 0 <= offset <= TOP:
        raise TooManyRows(f"the list holds {TOP} rows; there is no row {offset}")
    keys = found.keys[offset : offset + limit]
    with reader.session() as session:
        rows = fetch(session, keys)
    after = offset + limit
    return Page(rows, str(after) if after < len(found.keys) else None, 0, found.elapsed_ms)
