"""One value of a function over time: its points, its distribution, and where its type changed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from data import body
from data.ids import span_hex, start_of, trace_hex
from data.values import number_of
from queries.base import Reader, Session, TimeRange
from queries.calls import process_id
from queries.code_sample import Scope, newest_rows
from queries.rows import AnyValue
from queries.usual import RUNS, text_of

CALLS = """
SELECT id, start_off, trace_hi, trace_lo, span_id, status = 2, data, type, value, body
FROM span INDEXED BY span_process
WHERE process = :process AND id >= :low AND id < :high ORDER BY id DESC LIMIT :limit
"""
POINTS = 2_000  # calls, the newest of the range
KINDS = 12  # values counted by themselves


@dataclass(frozen=True, slots=True)
class Point:
    """The value in one call; `number` is None when it is no number."""

    time_ns: int
    value: AnyValue
    type: str
    number: float | None
    trace_id: str
    span_id: str
    error: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Equal values in a row that are stale now."""

    length: int
    since_ns: int
    last_ns: int


@dataclass(frozen=True, slots=True)
class ValueOverTime:
    """The points in order of time; `cut` when older calls of the range were left out."""

    points: tuple[Point, ...]
    calls: int  # looked at, with the value or without
    cut: bool
    kinds: tuple[tuple[str, int], ...]  # the commonest values as text
    distinct: int
    type_changes: tuple[Point, ...]  # first points of another type than the one before
    stale: Run | None


def value_over_time(
    reader: Reader, group: str, process: str, scope: str, data: str, range: TimeRange
) -> ValueOverTime:
    """One value series over a range."""
    with reader.session() as session:
        key = process_id(session.names, group, process, scope)
        if key is None:
            return _made((), 0, None)
        rows = newest_rows(session, Scope(key, range), CALLS, POINTS)
        names = session.refresh_names()
        run = next((row for row in session.main(RUNS, (key,)) if names.data_names.get(row[0]) == data), None)
        points = [point for row in rows if (point := _point(session, row, data)) is not None]
    stale = None if run is None else Run(run[2], run[3], run[4])
    return _made(tuple(reversed(points)), len(rows), stale)


def _point(session: Session, row: tuple[Any, ...], wanted: str) -> Point | None:
    id_, off, high, low, span, failed, data, type_, value, text = row
    names = session.names
    for one in body.decode(text).all_observations(data, type_, value):
        if names.data_names.get(one.name_id) == wanted:
            kind = names.data_types.get(one.type_id, "")
            number = number_of(kind, one.value)
            finite = None if number is None or not math.isfinite(number) else float(number)
            at = start_of(id_, off)
            return Point(at, one.value, kind, finite, trace_hex(high, low), span_hex(span), bool(failed))
    return None


def _made(points: Sequence[Point], calls: int, stale: Run | None) -> ValueOverTime:
    kinds = Counter(text_of(point.value) for point in points)
    changes = [after for before, after in pairwise(points) if before.type != after.type]
    return ValueOverTime(
        points=tuple(points),
        calls=min(calls, POINTS),
        cut=calls >= POINTS,
        kinds=tuple(kinds.most_common(KINDS)),
        distinct=len(kinds),
        type_changes=tuple(changes),
        stale=stale,
    )
