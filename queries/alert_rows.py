"""What rules are judged on: single calls, by when they ended, read from the past or as they arrive.

A call counts when it has ended, because that is when it can arrive: so a replay over stored calls sees at
each moment what the scheduler saw then.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from data import body
from data.values import number_of
from queries.base import Reader, Session, TimeRange
from queries.filter_tree import Filter
from queries.measures import id_bounds
from queries.names import Names
from queries.plan import Plan, make_plan
from queries.survey_scan import BETWEEN, source_of

LONGEST_NS = 600 * 10**9  # a call that ran longer counts only when it began within the range
SLICES = 24  # a range is read in so many parts, the newest first
MOST_ROWS = 400_000
SECONDS = 3.0  # reading stops here and says how far it came
EVERYTHING = f"NOT INDEXED WHERE {BETWEEN}"
# One row: the number of its segment, COLUMNS, FAILURE, and VALUES where a rule asks for a value or an
# attribute. A plain tuple: to make a named one of each takes as long as to read it.
Row: TypeAlias = tuple[Any, ...]
COLUMNS = ("id", "start_off", "process", "duration_ns", "memory")
FAILURE = ("status = 2", "ifnull(exception, -1)")
SOUND = (0, -1)  # FAILURE of a span that neither failed nor raised
VALUES = "data, type, value, body"
SEGMENT, ID, START_OFF, PROCESS, DURATION, _, ERROR, _ = range(8)  # places in a Row
WIDTH = 8  # without VALUES
READ = "SELECT {columns} FROM span {source} AND ({where})"
MAX_KEY = 200  # characters of a group key


class Call(NamedTuple):
    """One call as a rule sees it. Texts are "" and `number` is NaN where there is none."""

    end_ns: int
    duration_ns: int
    error: int
    exception: str
    number: float  # the asked value, else the memory delta in bytes
    type: str  # of the asked value
    text: str | None  # the asked value, equal for equal values; None when the call has none
    key: str  # of its group
    id: int
    segment: int


@dataclass(frozen=True, slots=True)
class Calls:
    """In order of `end_ns`. `known_from_ns`: calls that ended before this were not read."""

    calls: tuple[Call, ...]
    known_from_ns: int
    processes: frozenset[int] = frozenset()  # whose calls these are


@dataclass(frozen=True, slots=True)
class Sight:
    """What a rule wants to see of a call: the value of this name, and what it is grouped by."""

    data: str = ""
    group_by: str = ""  # "", process, group or attr.<key>

    @property
    def needs_body(self) -> bool:
        """Whether the columns are not enough."""
        return bool(self.data) or self.group_by.startswith("attr.")


def past_calls(reader: Reader, tree: Filter, range: TimeRange, sight: Sight) -> Calls:
    """Calls that ended in the range, those without a group key left out."""
    with reader.session() as session:
        plan = make_plan(session, tree, range)
        rows, known_from = _read(session, plan, range, with_body=sight.needs_body)
        names = session.refresh_names() if rows else session.names
    see = seer(sight, names)
    found = (see(row) for row in rows)
    calls = sorted((one for one in found if one is not None), key=lambda one: (one.end_ns, one.id))
    return Calls(tuple(calls), known_from, frozenset(row[PROCESS] for row in rows))


def key_of(group_by: str, process: str, group: str) -> str:
    """The group key of a process: "" where calls are grouped by neither its name nor its group."""
    return process if group_by == "process" else group if group_by == "group" else ""


def end_of(row: Row) -> int:
    """When a call ended."""
    end: int = (row[ID] >> 11) * 1000 + row[START_OFF] + row[DURATION]
    return end


def seer(sight: Sight, names: Names) -> Callable[[Row], Call | None]:
    """Turns rows into what the rule sees of them; None for a row without a group key."""
    wanted = next((key for key, name in names.data_names.items() if name == sight.data), None)
    attribute = sight.group_by.removeprefix("attr.") if sight.group_by.startswith("attr.") else ""
    needs_body = sight.needs_body
    keys: dict[int, str] = {}
    if sight.group_by in ("process", "group"):
        keys = {id: key_of(sight.group_by, one.name, one.group) for id, one in names.processes.items()}

    def see(row: Row) -> Call | None:
        segment, id, start_off, process, duration, memory, error, exception = row[:WIDTH]
        key, number, kind, shown = keys.get(process, ""), math.nan, "", None
        if needs_body:
            data, type_, value, text = row[WIDTH:]
            decoded = body.decode(text)
            if attribute:
                if attribute not in decoded.attributes:
                    return None
                key = _text(decoded.attributes[attribute])[:MAX_KEY]
            if sight.data and wanted is not None:
                number, kind, shown = _value(decoded.all_observations(data, type_, value), wanted, names)
        if not sight.data and memory is not None:
            number = float(memory)
        end = (id >> 11) * 1000 + start_off + duration
        raised = names.exceptions.get(exception, "") if exception >= 0 else ""
        return Call(end, duration, error, raised, number, kind, shown, key, id, segment)

    return see


def _value(observations: Any, wanted: int, names: Names) -> tuple[float, str, str | None]:
    """The asked value as number, type and text."""
    for one in observations:
        if one.name_id == wanted:
            kind = names.data_types[one.type_id]
            number = number_of(kind, one.value)
            finite = number is not None and math.isfinite(number)
            return float(number) if finite else math.nan, kind, _text(one.value)  # type: ignore[arg-type]
    return math.nan, "", None


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
    inside = [row for row in found.values() if known_from < end_of(row) <= range.end_ns]
    return inside, known_from


def _slice(
    session: Session, plan: Plan, part: TimeRange, found: dict[tuple[int, int], Row], with_body: bool
) -> None:
    low, high = id_bounds(part)
    sources: list[tuple[str, str, Any]] = [
        (source_of(stream), plan.where, stream.key) for stream in plan.streams
    ] or [(EVERYTHING, plan.whole, None)]
    columns = ", ".join((":segment", *COLUMNS, *FAILURE, *([VALUES] if with_body else ())))
    for segment in session.within(low, high):
        for source, where, key in sources:
            sql = READ.format(columns=columns, source=source, where=where)
            params = {**plan.params, "key": key, "low": low, "high": high, "segment": segment.id}
            for row in session.segment(segment, sql, params):
                found[segment.id, row[ID]] = row


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
