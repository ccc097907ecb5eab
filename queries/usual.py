"""What is usual for the values of a function, from its calls before a moment, and whether a value is not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from data import body
from data.ids import first_row_id
from data.values import number_of
from queries.base import Reader, Session
from queries.calls import process_id
from queries.rows import AnyValue, SpanObservation

CALLS = """
SELECT id, data, type, value, body FROM span INDEXED BY span_process
WHERE process = :process AND id < :before AND trace_lo <> :trace ORDER BY id DESC LIMIT :limit
"""
RUNS = """
SELECT data_name_id, value, run, run_start_ns, last_ns FROM series WHERE process_id = ? AND stale = 1
"""
LOOKED_AT = 200  # calls
ENOUGH = 20  # calls without which nothing is called unusual
FEW = 12  # values of fewer kinds than this are counted one by one
LOW, HIGH = 0.005, 0.995  # of the numbers seen; outside them a value is unusual

Oddity = Literal["", "type", "above", "below", "unseen", "stale"]


@dataclass(frozen=True, slots=True)
class Usual:
    """One value's usual type, bounds and kinds over the calls looked at; the run it is stale with, if any."""

    calls: int
    types: tuple[str, ...]  # commonest first
    low: float | None  # None when it is no number
    high: float | None
    shares: Mapping[str, float]  # of each kind, empty when there are many
    stale_run: int = 0  # equal values in a row
    stale_value: AnyValue = None
    stale_since_ns: int = 0
    stale_until_ns: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a value is odd against what is usual, and its share of the calls (None when not counted)."""

    oddity: Oddity
    share: float | None = None


def usual(
    reader: Reader, group: str, process: str, scope: str, before_ns: int, trace_id: str = ""
) -> Mapping[str, Usual]:
    """What was usual for each value of a function before a moment, other calls of the same trace left out."""
    with reader.session() as session:
        key = process_id(session.names, group, process, scope)
        return {} if key is None else of_process(session, key, before_ns, trace_id)


def of_process(session: Session, process: int, before_ns: int, trace_id: str = "") -> Mapping[str, Usual]:
    """The same, within a session."""
    names = session.names
    trace = int.from_bytes(bytes.fromhex(trace_id[16:]), "big", signed=True) if len(trace_id) == 32 else 0
    seen: dict[str, list[tuple[str, AnyValue]]] = {}
    left = LOOKED_AT
    for segment in session.segments:
        if left <= 0 or segment.min_id >= first_row_id(before_ns):
            continue
        params = {"process": process, "before": first_row_id(before_ns), "trace": trace, "limit": left}
        for _, data, type_, value, text in session.segment(segment, CALLS, params):
            left -= 1
            for one in body.decode(text).all_observations(data, type_, value):
                name = names.data_names.get(one.name_id, "")
                seen.setdefault(name, []).append((names.data_types.get(one.type_id, ""), one.value))
    runs = {names.data_names.get(row[0], ""): row[1:] for row in session.main(RUNS, (process,))}
    return {name: summed(seen.get(name, []), runs.get(name)) for name in {*seen, *runs}}


def summed(seen: Sequence[tuple[str, AnyValue]], run: tuple[Any, ...] | None = None) -> Usual:
    """Types, bounds and kinds of the values seen."""
    types = tuple(name for name, _ in Counter(name for name, _ in seen).most_common())
    numbers = [number for name, value in seen if (number := number_of(name, value)) is not None]
    numbers = [number for number in numbers if math.isfinite(number)]
    low = high = None
    if numbers and len(numbers) * 2 > len(seen):
        low, high = (float(edge) for edge in np.quantile(np.array(numbers, float), (LOW, HIGH)))
    kinds = Counter(text_of(value) for _, value in seen)
    shares = {kind: count / len(seen) for kind, count in kinds.items()} if len(kinds) <= FEW else {}
    found = Usual(len(seen), types, low, high, shares)
    if run is None:
        return found
    value, length, since, until = run
    return Usual(found.calls, types, low, high, shares, length, value, since, until)


def text_of(value: AnyValue) -> str:
    """A value as its kind is counted."""
    return str(value)[:200]


def judge(type_name: str, value: AnyValue, start_ns: int, known: Usual | None) -> Judged:
    """Whether one value is odd. A stale value is one of the very run that is stale."""
    if known is None:
        return Judged("")
    in_run = known.stale_run and known.stale_since_ns <= start_ns <= known.stale_until_ns
    if in_run and _same(type_name, value, known.stale_value):
        return Judged("stale")
    if known.calls < ENOUGH:
        return Judged("")
    share = known.shares.get(text_of(value), 0.0) if known.shares else None
    if type_name not in known.types:
        return Judged("type", share)
    number = number_of(type_name, value)
    if number is not None and known.low is not None and known.high is not None:
        if number > known.high and not share:
            return Judged("above")
        if number < known.low and not share:
            return Judged("below")
        return Judged("", share)
    return Judged("unseen", 0.0) if share == 0.0 else Judged("", share)


def _same(type_name: str, value: AnyValue, stored: AnyValue) -> bool:
    number = number_of(type_name, value)
    return (
        number == stored if number is not None and not isinstance(stored, str) else str(value) == str(stored)
    )


def judged(seen: Sequence[SpanObservation], start_ns: int, known: Mapping[str, Usual]) -> tuple[Judged, ...]:
    """Each observation of a span judged."""
    return tuple(judge(one.type, one.value, start_ns, known.get(one.name)) for one in seen)
