"""Who calls a function, what it calls, and how much of its time is its own, over a sample of its calls."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from queries.base import Reader, Session
from queries.code_sample import Newest, SampledCall

SAMPLED = 400  # calls looked at: the newest
NEAR_NS = 3_600 * 10**9  # parents and children are looked for this far around the sample
# Children and parents in one pass: it reads every span of these traces either way.
KIN = """
SELECT trace_hi, trace_lo, span_id, parent_id, process, id, duration_ns, status = 2
FROM span INDEXED BY span_trace
WHERE trace_lo IN (SELECT value FROM json_each(:traces))
  AND (parent_id IN (SELECT value FROM json_each(:spans))
    OR span_id IN (SELECT value FROM json_each(:parents)))
"""
Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Relation:
    """A caller or a callee. For a callee `share` is its part of the function's time, `each_ns` per call of
    the function; for a caller `share` is its part of the calls and `each_ns` is 0."""

    group: str
    name: str
    scope: str
    calls: int
    errors: int
    each_ns: float
    share: float


@dataclass(frozen=True, slots=True)
class Relations:
    """`roots` counts calls that nobody traced called, `lost` those whose parent is not stored."""

    sampled: int
    self_share: float | None  # of the time, spent in no traced callee; None without calls
    callers: tuple[Relation, ...]  # most calls first
    callees: tuple[Relation, ...]  # most time first
    roots: int
    lost: int


NOTHING = Relations(0, None, (), (), 0, 0)


def relations(reader: Reader, newest: Newest) -> Relations:
    """Callers and callees of these calls."""
    calls = newest.calls[:SAMPLED]
    if not calls:
        return NOTHING
    with reader.session() as session:
        kin = _kin(session, calls)
        session.refresh_names()
        return _relations(session, calls, kin)


def _kin(session: Session, calls: Sequence[SampledCall]) -> list[tuple[Any, ...]]:
    """The rows of KIN in the segments around the sample."""
    low = min(call.start_ns for call in calls) - NEAR_NS
    high = max(call.start_ns + call.duration_ns for call in calls) + NEAR_NS
    params = {
        "traces": json.dumps(sorted({call.trace_lo for call in calls})),
        "spans": json.dumps([call.span_id for call in calls]),
        "parents": json.dumps([call.parent_id for call in calls if call.parent_id]),
    }
    found: list[tuple[Any, ...]] = []
    for segment in session.segments:
        if (segment.min_id >> 11) * 1000 <= high and (segment.max_id >> 11) * 1000 >= low:
            found += session.segment(segment, KIN, params)
    return found


def _relations(session: Session, calls: Sequence[SampledCall], kin: list[Any]) -> Relations:
    by_identity = {call.identity: call for call in calls}
    intervals: dict[tuple[int, int, int], list[Interval]] = defaultdict(list)
    totals: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])  # calls, errors, nanoseconds
    for trace_hi, trace_lo, _, parent, process, id, duration, error in kin:
        identity = (trace_hi, trace_lo, parent)
        if identity not in by_identity:
            continue
        start = (id >> 11) * 1000
        intervals[identity].append((start, start + duration))
        total = totals[process]
        total[0], total[1], total[2] = total[0] + 1, total[1] + error, total[2] + duration
    whole = sum(call.duration_ns for call in calls) or 1
    covered = sum(_covered(by_identity[identity], found) for identity, found in intervals.items())
    callees = [
        _relation(session, process, found[0], found[1], found[2] / len(calls), found[2] / whole)
        for process, found in totals.items()
    ]
    callers, roots, lost = _callers(session, calls, kin)
    callees.sort(key=lambda one: (-one.share, one.name))
    return Relations(len(calls), max(0.0, 1 - covered / whole), callers, tuple(callees), roots, lost)


def _callers(
    session: Session, calls: Sequence[SampledCall], kin: list[Any]
) -> tuple[tuple[Relation, ...], int, int]:
    process_of = {row[:3]: row[4] for row in kin}
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    roots = lost = 0
    for call in calls:
        if call.parent_id is None:
            roots += 1
            continue
        process = process_of.get((call.trace_hi, call.trace_lo, call.parent_id))
        if process is None:
            lost += 1
            continue
        counts[process][0] += 1
        counts[process][1] += call.error
    found = [
        _relation(session, process, count, errors, 0.0, count / len(calls))
        for process, (count, errors) in counts.items()
    ]
    found.sort(key=lambda one: (-one.calls, one.name))
    return tuple(found), roots, lost


def _relation(
    session: Session, process: int, calls: int, errors: int, each_ns: float, share: float
) -> Relation:
    known = session.names.processes[process]
    return Relation(known.group, known.name, known.scope, calls, errors, each_ns, share)


def _covered(call: SampledCall, children: list[Interval]) -> int:
    """Nanoseconds of the call during which at least one child ran."""
    end_of_call = call.start_ns + call.duration_ns
    covered, reached = 0, call.start_ns
    for start, end in sorted(children):
        start, end = max(start, reached), min(end, end_of_call)
        if end > start:
            covered += end - start
            reached = end
    return covered
