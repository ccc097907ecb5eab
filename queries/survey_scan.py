"""Columns of the spans that match a filter, as arrays: all of them, or evenly spread windows of the range.

When there are few, every match is read. Else the range is cut into steps and each step into windows; one
round reads one window of every step, and rounds go on while there is time. What was read is then multiplied
by how much of the range was not: every step is estimated from its own windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from queries.base import Segment, Session, TimeRange
from queries.filter_tree import Filter
from queries.measures import id_bounds
from queries.plan import BY_TEXT, Plan, Stream, make_plan

Ints = npt.NDArray[np.int64]

READ = """
SELECT id, process, status = 2, duration_ns, ifnull(type, -1), ifnull(exception, -1), ifnull(version, -1),
       :segment
FROM span {source} AND ({where}) LIMIT :limit
"""
COLUMNS = 8
FROM = "FROM span "
BETWEEN = "id >= :low AND id < :high"
EVERYTHING = f"NOT INDEXED WHERE {BETWEEN}"
FEW = 20_000  # matches that are simply all read
ROUND_ROWS = 40_000  # rows that one round looks at, about
MAX_ROUNDS = 64
MOST = 150_000  # matches that are kept
TRY_SECONDS = 0.08  # for reading all of them
SECONDS = 0.25  # for everything


@dataclass(frozen=True, slots=True)
class Matches:
    """One array per column, in no particular order; each row stands for `scale` spans like it."""

    scale: float  # 1 when every match was read
    id: Ints
    process: Ints
    error: Ints
    duration_ns: Ints
    type: Ints
    exception: Ints
    version: Ints
    segment: Ints  # its id

    @property
    def start_ns(self) -> Ints:
        """Starts to the microsecond."""
        return (self.id >> 11) * 1000


def matches(session: Session, tree: Filter, range: TimeRange, steps: int = 60) -> Matches:
    """The matching spans of the range, or a fair part of them."""
    plan = make_plan(session, tree, range)
    low, high = id_bounds(range)
    segments = session.within(low, high)
    if plan.never or not segments:
        return _matches([], 1.0)
    rows = _rows_in(segments, low, high)
    if plan.streams or rows <= FEW:
        found = _all(session, plan, segments, low, high)
        if found is not None:
            return _matches(found, 1.0)
    return _rounds(session, plan, segments, (low, high), steps, rows)


def _all(
    session: Session, plan: Plan, segments: Sequence[Segment], low: int, high: int
) -> list[tuple[int, ...]] | None:
    """Every match, None when they are too many or take too long."""
    began, found = session.elapsed_ms(), dict[tuple[int, int], tuple[int, ...]]()
    for segment in segments:
        for sql, key in _statements(plan):
            params = {**plan.params, "key": key, "low": low, "high": high} | _of(
                segment, FEW + 1 - len(found)
            )
            for row in session.segment(segment, sql, params):
                found[segment.id, row[0]] = row
            if len(found) > FEW or session.elapsed_ms() - began > TRY_SECONDS * 1000:
                return None
    return list(found.values())


def _of(segment: Segment, limit: int) -> dict[str, int]:
    return {"segment": segment.id, "limit": limit}


def _statements(plan: Plan) -> Iterator[tuple[str, object]]:
    """What reads the plan's matches between two ids, and the key it is bound to."""
    for stream in plan.streams:
        yield READ.format(source=source_of(stream), where=plan.where), stream.key
    if not plan.streams:
        yield READ.format(source=EVERYTHING, where=plan.whole), None


def source_of(stream: Stream) -> str:
    """What stands after FROM span to read a stream between the ids :low and :high."""
    if stream.source == BY_TEXT:
        rows = f"{stream.source} AND rowid >= :low AND rowid < :high"
        return f"WHERE id IN (SELECT rowid {rows})"
    return f"{stream.source.removeprefix(FROM)} AND {BETWEEN} AND ({stream.test})"


def _rows_in(segments: Sequence[Segment], low: int, high: int) -> int:
    """About how many spans of the segments lie between the ids, as if they were spread evenly."""
    return round(sum(_share(segment, low, high) * segment.rows for segment in segments))


def _share(segment: Segment, low: int, high: int) -> float:
    length = segment.max_id - segment.min_id + 1
    return max(0, min(high, segment.max_id + 1) - max(low, segment.min_id)) / length


def _rounds(
    session: Session, plan: Plan, segments: Sequence[Segment], ids: tuple[int, int], steps: int, rows: int
) -> Matches:
    """One window of every step after the other, until all are read or the time is over."""
    rounds = max(1, min(MAX_ROUNDS, -(-rows // ROUND_ROWS)))
    sql = READ.format(source=EVERYTHING, where=plan.whole)
    found: list[tuple[int, ...]] = []
    done = 0
    for window in _spread(rounds):
        for low, high in _windows(ids, steps, rounds, window):
            params = {**plan.params, "low": low, "high": high}
            for segment in segments:
                if segment.meets(low, high):
                    found += session.segment(segment, sql, params | _of(segment, MOST))
        done += 1
        if len(found) > MOST or session.over(SECONDS):
            break
    return _matches(found, rounds / done)


def _spread(rounds: int) -> list[int]:
    """The windows of a step in an order that is even after any number of them: 0 4 2 6 1 5 3 7."""
    bits = max(1, (rounds - 1).bit_length())
    order = (int(f"{number:0{bits}b}"[::-1], 2) for number in range(1 << bits))
    return [number for number in order if number < rounds]


def _windows(ids: tuple[int, int], steps: int, rounds: int, window: int) -> Iterator[tuple[int, int]]:
    """The ids of this window in every step."""
    low, high = ids
    parts = steps * rounds
    for step in range(steps):
        at = step * rounds + window
        yield low + (high - low) * at // parts, low + (high - low) * (at + 1) // parts


def _matches(rows: Sequence[tuple[int, ...]], scale: float) -> Matches:
    flat = np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * COLUMNS).reshape(-1, COLUMNS)
    return Matches(scale, *(np.ascontiguousarray(flat[:, at]) for at in range(COLUMNS)))
