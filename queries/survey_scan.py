"""Columns of the spans that match a filter, as arrays: all of them, or a fair part of them.

What an index finds is listed by id, which is cheap; when there is much of it, every so many-th is read. Of a
common word a part of the ids is listed, spread by a hash of their time: the text index merges all words with
that beginning at each question, so it is asked once in each segment. What no index finds, or what it finds
too much of, is looked for in evenly spread windows: the range is cut into
steps and each step into windows; one round reads one window of every step, and rounds go on while there is
time. What was read is then multiplied by how much was not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from queries.base import Segment, Session, TimeRange
from queries.filter_tree import Filter
from queries.measures import arrays, id_bounds
from queries.plan import BY_TEXT, Plan, Stream, make_plan
from queries.scan import TAKE

Ints = npt.NDArray[np.int64]
Listed = tuple[Segment, list[int]]  # a segment and ids in it, ascending

# Each column as one text, which SQLite and numpy make in a third of the time that rows of numbers take.
READ = """
SELECT count(*), group_concat(id), group_concat(process), group_concat(error), group_concat(duration_ns),
       group_concat(kind), group_concat(raised), group_concat(code)
FROM (
    SELECT id, process, status = 2 AS error, duration_ns, ifnull(type, -1) AS kind,
           ifnull(exception, -1) AS raised, ifnull(version, -1) AS code
    FROM span {source} AND ({where}) LIMIT :limit
)
"""
LISTED = "WHERE id IN (SELECT value FROM json_each(:ids))"
COLUMNS = 7
FROM = "FROM span "
BETWEEN = "id >= :low AND id < :high"
EVERYTHING = f"NOT INDEXED WHERE {BETWEEN}"
FEW = 20_000  # spans that are simply all read, and at most that many of those that an index finds
MOST_LISTED = 20_000  # ids of one segment; where there are more, windows hold enough of them
SAMPLED = 5_000  # spans of a common word that are read, about
# Fibonacci hashing of the microsecond, whose 28 bits leave room for the product: no period of calls fits it.
IN_SAMPLE = "(({id} >> 11 & 268435455) * 2654435769 >> 24) % :every = 0"
GOLDEN = (5**0.5 - 1) / 2  # multiples of it are spread evenly between two whole numbers, however many
ROUND_ROWS = 10_000  # rows that one round looks at, about
MAX_ROUNDS = 1_024
MOST = 150_000  # matches that are kept
LIST_SECONDS = 0.2  # for listing what the indexes find, and for a part of the segments that part of it,
LEAST_PART = 0.1  # but not less than this one
SECONDS = 0.1  # for everything


class Part(NamedTuple):
    """What one statement has read."""

    segment: int  # its id
    rows: int
    columns: tuple[str, ...]  # of READ


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
    if plan.streams:
        listed, every = _listed(session, plan, segments, low, high), 1
        if 0 < len(listed) < len(segments) and any(stream.source == BY_TEXT for stream in plan.streams):
            listed, every = _sampled(session, plan, segments, listed, low, high)
        if len(listed) == len(segments):
            return _read_listed(session, plan, listed, low, high, every)
    rows = _rows_in(segments, low, high)
    return _rounds(session, plan, segments, (low, high), 1 if rows <= FEW else steps, rows)


def _listed(session: Session, plan: Plan, segments: Sequence[Segment], low: int, high: int) -> list[Listed]:
    """What the plan's indexes find in each segment, up to where it is too much or will take too long."""
    began, found = session.elapsed_ms(), list[Listed]()
    looked, every = 0, sum(segment.rows for segment in segments)
    for segment in segments:
        ids = _ids_in(session, plan, segment, low, high)
        if len(ids) > MOST_LISTED:
            break
        found.append((segment, ids))
        looked += segment.rows
        took = (session.elapsed_ms() - began) / 1000
        if took > LIST_SECONDS * max(looked / every, LEAST_PART):
            break
    return found


def _sampled(
    session: Session, plan: Plan, segments: Sequence[Segment], listed: Sequence[Listed], low: int, high: int
) -> tuple[list[Listed], int]:
    """An even part of what the plan's indexes find, one of so many; some is already listed."""
    looked = _rows_in([segment for segment, _ in listed], low, high)
    part = sum(len(ids) for _, ids in listed) / max(looked, 1)
    every = max(1, round(part * _rows_in(segments, low, high) / SAMPLED))
    taken = [(segment, ids[::every]) for segment, ids in listed]
    for segment in segments[len(listed) :]:
        ids = _ids_in(session, plan, segment, low, high, every)
        if len(ids) > MOST_LISTED:  # far more than the first segments let expect
            break
        taken.append((segment, ids))
    return taken, every


def _ids_in(session: Session, plan: Plan, segment: Segment, low: int, high: int, every: int = 1) -> list[int]:
    """What the plan's indexes find in one segment, or one part of so many, ascending.

    About one more than may be listed at most.
    """
    ids: list[int] = []
    for stream in plan.streams:
        test = f"({stream.test}) AND {IN_SAMPLE.format(id=stream.id)}" if every > 1 else stream.test
        sql = TAKE.format(id=stream.id, source=stream.source, test=test, order="ASC")
        params = {**plan.params, "key": stream.key, "low": low, "high": high, "every": every}
        rows = session.segment(segment, sql, params | {"limit": MOST_LISTED + 1 - len(ids)})
        ids = sorted({*ids, *(id for (id,) in rows)}) if ids else [id for (id,) in rows]
        if len(ids) > MOST_LISTED:
            break
    return ids


def _read_listed(
    session: Session, plan: Plan, listed: Sequence[Listed], low: int, high: int, stands_for: int
) -> Matches:
    """Those of the listed spans that match; every so many-th of them when they are many."""
    every = -(-sum(len(ids) for _, ids in listed) // FEW) or 1
    sql = READ.format(source=LISTED, where=plan.where)
    found: list[Part] = []
    for segment, ids in listed:
        if some := ids[::every]:
            params = {**plan.params, "low": low, "high": high, "ids": json.dumps(some), "limit": len(some)}
            found += _read(session, segment, sql, params)
    return _matches(found, every * stands_for)


def _read(session: Session, segment: Segment, sql: str, params: dict[str, Any]) -> Iterator[Part]:
    """What a statement finds in a segment, nothing when its file has vanished."""
    for rows, *columns in session.segment(segment, sql, params):
        if rows:
            yield Part(segment.id, rows, tuple(columns))


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
    found: list[Part] = []
    done = 0
    began = session.elapsed_ms()
    for window in _spread(rounds):
        for low, high in _windows(ids, steps, rounds, window):
            params = {**plan.params, "low": low, "high": high, "limit": MOST}
            for segment in segments:
                if segment.meets(low, high):
                    found += _read(session, segment, sql, params)
        done += 1
        took, began = session.elapsed_ms() - began, session.elapsed_ms()
        enough = sum(part.rows for part in found) > MOST
        if enough or session.over(SECONDS - took / 1000):  # no time for another
            break
    return _matches(found, rounds / done)


def _spread(rounds: int) -> list[int]:
    """The windows of a step in an order that is even after any number of them: 0 4 2 6 1 5 3 7."""
    bits = max(1, (rounds - 1).bit_length())
    order = (int(f"{number:0{bits}b}"[::-1], 2) for number in range(1 << bits))
    return [number for number in order if number < rounds]


def _windows(ids: tuple[int, int], steps: int, rounds: int, window: int) -> Iterator[tuple[int, int]]:
    """The ids of this window in every step, counted from another one in each: steps may be half a day long,
    and nights are quiet.
    """
    low, high = ids
    parts = steps * rounds
    for step in range(steps):
        at = step * rounds + (window + int(step * GOLDEN * rounds)) % rounds
        yield low + (high - low) * at // parts, low + (high - low) * (at + 1) // parts


def _matches(parts: Sequence[Part], scale: float) -> Matches:
    segment = np.repeat([part.segment for part in parts], [part.rows for part in parts]).astype(np.int64)
    return Matches(scale, *[*arrays((part.columns for part in parts), COLUMNS), segment])
