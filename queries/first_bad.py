"""The first bad value of a trace: of the earliest call, up and back from a span, that left what is usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.ids import span_from_hex, span_hex, start_of, trace_from_hex
from queries.base import Reader, Session
from queries.rows import AnyValue, SpanObservation
from queries.seen import observations
from queries.usual import Judged, Usual, judge, of_process

SPANS = """
SELECT id, start_off, span_id, parent_id, process, data, type, value, body
FROM span INDEXED BY span_trace
WHERE trace_lo = :low AND trace_hi = :high ORDER BY id LIMIT :limit
"""
LOOKED_AT = 500  # calls of the trace, the earliest first
MAX_PROCESSES = 60  # whose usual values are looked up
MAX_PATH = 100


@dataclass(frozen=True, slots=True)
class PathCall:
    """One call on the way; `carries` names its observation of the bad value, "" when it has none."""

    span_id: str
    process: str
    group: str
    carries: str


@dataclass(frozen=True, slots=True)
class FirstBad:
    """The bad value, what is usual instead, and the way from its call to the span that was asked about."""

    span_id: str
    process: str
    group: str
    scope: str
    name: str
    type: str
    value: AnyValue
    judged: Judged
    usual: Usual
    path: tuple[PathCall, ...]  # from the call of the bad value to the span asked about


@dataclass(frozen=True, slots=True)
class _Call:
    id: int
    parent: int | None
    process: int
    start_ns: int
    seen: tuple[SpanObservation, ...]


def first_bad(reader: Reader, trace_id: str, span_id: str) -> FirstBad | None:
    """None when every value before and at this span is as usual, or the span is not stored."""
    try:
        (high, low), wanted = trace_from_hex(trace_id), span_from_hex(span_id)
    except ValueError:
        return None
    with reader.session() as session:
        calls = _calls(session, {"high": high, "low": low, "limit": LOOKED_AT})
        target = next((call for call in calls if call.id == wanted), None)
        if target is None:
            return None
        before = [call for call in calls if call.start_ns <= target.start_ns]
        for call, one, judged, known in _odd(session, before, trace_id):
            process = session.names.processes[call.process]
            return FirstBad(
                span_id=span_hex(call.id),
                process=process.name,
                group=process.group,
                scope=process.scope,
                name=one.name,
                type=one.type,
                value=one.value,
                judged=judged,
                usual=known,
                path=_path(session, calls, call, target, one),
            )
    return None


def _calls(session: Session, params: dict[str, int]) -> list[_Call]:
    """The earliest calls of the trace, in start order."""
    rows = [row for segment in session.segments for row in session.segment(segment, SPANS, params)]
    rows.sort(key=lambda row: (row[0], row[2]))
    return [_call(session, row) for row in rows[:LOOKED_AT]]


def _call(session: Session, row: tuple[Any, ...]) -> _Call:
    id_, off, span, parent, process, data, type_, value, text = row
    seen = observations(session.names, data, type_, value, text)
    return _Call(span, parent, process, start_of(id_, off), seen)


def _odd(
    session: Session, calls: Sequence[_Call], trace_id: str
) -> Iterator[tuple[_Call, SpanObservation, Judged, Usual]]:
    """Odd values in the order of their calls."""
    known: dict[int, Mapping[str, Usual]] = {}
    for call in calls:
        if call.process not in known:
            if len(known) == MAX_PROCESSES:
                return
            known[call.process] = of_process(session, call.process, calls[0].start_ns, trace_id)
        for one in call.seen:
            usual = known[call.process].get(one.name)
            judged = judge(one.type, one.value, call.start_ns, usual)
            if judged.oddity and usual is not None:
                yield call, one, judged, usual


def _path(
    session: Session, calls: Sequence[_Call], first: _Call, target: _Call, bad: SpanObservation
) -> tuple[PathCall, ...]:
    """Up from the bad call to the caller that both have, and down to the target."""
    by_id = {call.id: call for call in calls}
    up, down = _callers(by_id, first), _callers(by_id, target)
    shared = next((call for call in up if call in down), None)
    way = up[: up.index(shared) + 1] if shared else [first]
    way += reversed(down[: down.index(shared)] if shared else [target])
    names = session.names.processes
    return tuple(
        PathCall(span_hex(call.id), names[call.process].name, names[call.process].group, _carries(call, bad))
        for call in way
    )


def _callers(by_id: Mapping[int, _Call], call: _Call) -> list[_Call]:
    """The call and its callers, the root last; a circle ends where it closes."""
    found = [call]
    while found[-1].parent is not None and len(found) < MAX_PATH:
        caller = by_id.get(found[-1].parent or 0)
        if caller is None or caller in found:
            break
        found.append(caller)
    return found


def _carries(call: _Call, bad: SpanObservation) -> str:
    """The observation of this call that equals the bad value; None and booleans say too little."""
    if bad.value is None or isinstance(bad.value, bool):
        return ""
    return next((one.name for one in call.seen if one.type == bad.type and one.value == bad.value), "")
