"""What rules are judged on: the calls that match a filter, by when they ended, as arrays.

A call counts when it has ended, because that is when it can arrive: so a replay over stored calls sees at
each moment what the scheduler saw then.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from data import body
from data.values import number_of
from queries.base import Reader, Session, TimeRange
from queries.filter_tree import Filter
from queries.measures import id_bounds
from queries.names import Names
from queries.plan import Plan, make_plan
from queries.survey_scan import BETWEEN, source_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LONGEST_NS = 600 * 10**9  # a call that ran longer counts only when it began within the range
SLICES = 24  # a range is read in so many parts, the newest first
MOST_ROWS = 400_000
SECONDS = 3.0  # reading stops here and says how far it came
EVERYTHING = f"NOT INDEXED WHERE {BETWEEN}"
READ = """
SELECT id, start_off, process, status = 2, duration_ns, ifnull(exception, -1), memory,
       data, type, value, {body}
FROM span {source} AND ({where})
"""


class Row(NamedTuple):
    """The columns of READ."""

    id: int
    start_off: int
    process: int
    error: int
    duration_ns: int
    exception: int
    memory: int | None
    data: int | None
    type: int | None
    value: Any
    body: str | None

    @property
    def end_ns(self) -> int:
        return (self.id >> 11) * 1000 + self.start_off + self.duration_ns


@dataclass(frozen=True, slots=True)
class AlertRows:
    """One array per column, in order of `end_ns`. Codes are those of `names`, -1 where there is none.

    `number` is the asked value as a number, or the memory delta in bytes; NaN where there is none.
    `text` is equal for equal values; `texts` are the values as they were seen.
    """

    end_ns: Ints
    duration_ns: Ints
    error: npt.NDArray[np.bool_]
    process: Ints
    exception: Ints
    number: Floats
    type: Ints
    text: Ints
    texts: tuple[str, ...]
    names: Names
    known_from_ns: int  # calls that ended before this were not read


def alert_rows(reader: Reader, tree: Filter, range: TimeRange, data: str = "") -> AlertRows:
    """Calls that ended in the range; with `data`, also the value of that name in each."""
    with reader.session() as session:
        rows, known_from = _read(session, make_plan(session, tree, range), range, with_body=bool(data))
        names = session.refresh_names() if rows else session.names
    rows.sort(key=lambda row: (row.end_ns, row.id))
    wanted = next((key for key, name in names.data_names.items() if name == data), None) if data else None
    values = [_value(row, wanted) for row in rows]
    texts: dict[str, int] = {}
    return AlertRows(
        end_ns=_ints([row.end_ns for row in rows]),
        duration_ns=_ints([row.duration_ns for row in rows]),
        error=_ints([row.error for row in rows]) == 1,
        process=_ints([row.process for row in rows]),
        exception=_ints([row.exception for row in rows]),
        number=np.array(_numbers(rows, values, names.data_types) if data else _memory(rows), np.float64),
        type=_ints([-1 if value is None else value[0] for value in values]),
        text=_ints([-1 if one is None else texts.setdefault(_text(one[1]), len(texts)) for one in values]),
        texts=tuple(texts),
        names=names,
        known_from_ns=known_from,
    )


def _read(session: Session, plan: Plan, range: TimeRange, *, with_body: bool) -> tuple[list[Row], int]:
    """The rows that ended in the range, and how far back they are complete."""
    if plan.never or not session.there:
        return [], range.start_ns
    begun = max(0, range.start_ns - LONGEST_NS)
    step = -(-(range.end_ns - begun) // SLICES)
    found: dict[tuple[int, int], Row] = {}
    end = range.end_ns
    while end > begun:
        start = max(begun, end - step)
        _slice(session, plan, TimeRange(start, end), found, with_body)
        end = start
        if len(found) > MOST_ROWS or session.over(SECONDS):
            break
    known_from = range.start_ns if end <= begun else min(range.end_ns, end + LONGEST_NS)
    inside = [row for row in found.values() if known_from < row.end_ns <= range.end_ns]
    return inside, known_from


def _slice(
    session: Session, plan: Plan, part: TimeRange, found: dict[tuple[int, int], Row], with_body: bool
) -> None:
    low, high = id_bounds(part)
    sources: list[tuple[str, str, Any]] = [
        (source_of(stream), plan.where, stream.key) for stream in plan.streams
    ] or [(EVERYTHING, plan.whole, None)]
    for segment in session.segments:
        if segment.min_id >= high or segment.max_id < low:
            continue
        for source, where, key in sources:
            sql = READ.format(source=source, where=where, body="body" if with_body else "NULL")
            params = {**plan.params, "key": key, "low": low, "high": high, "segment": segment.id}
            for row in session.segment(segment, sql, params):
                found[segment.id, row[0]] = Row(*row)


def _value(row: Row, wanted: int | None) -> tuple[int, Any] | None:
    """Type and value of the asked name in one call."""
    if wanted is None:
        return None
    decoded = body.decode(row.body)
    for one in decoded.all_observations(row.data, row.type, row.value):
        if one.name_id == wanted:
            return one.type_id, one.value
    return None


def _numbers(
    rows: Sequence[Row], values: Sequence[tuple[int, Any] | None], types: Mapping[int, str]
) -> list[float]:
    found = []
    for value in values:
        number = None if value is None else number_of(types[value[0]], value[1])
        found.append(float(number) if number is not None and math.isfinite(number) else math.nan)
    return found


def _memory(rows: Sequence[Row]) -> list[float]:
    return [math.nan if row.memory is None else float(row.memory) for row in rows]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
