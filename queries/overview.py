"""Is something wrong: vital signs, recent errors, traffic per process group.

Flowglass' own group is left out of every figure unless it is asked for by name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from data.ids import start_of
from queries.base import Reader, Session, TimeRange
from queries.cells import DAY_NS, DAYS, HOUR_NS, HOURS, MINUTES, are_few, cover
from queries.fetch import Key, fetch
from queries.limits import NS_PER_SECOND, page_limit
from queries.measures import SELF_GROUP, Ints, id_bounds, rate
from queries.scan import START
from queries.tally import Quantiles, Traffic, traffic, traffic_together

ERRORS = f"""
SELECT id, start_off FROM span INDEXED BY span_error
WHERE status = 2 AND id >= :low AND id < :high
AND {START} >= :start AND {START} < :end
AND process NOT IN (SELECT value FROM json_each(:hidden))
ORDER BY id DESC LIMIT :limit
"""  # noqa: S608, a fixed expression
SHARES = (0.50, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class VitalTotals:
    """The figures of one range. Quantiles are None when there are no spans."""

    spans: int
    errors: int
    traces: int  # root spans that start in the range
    error_rate: float
    traces_per_second: float
    spans_per_second: float
    p50_ns: int | None
    p95_ns: int | None
    p99_ns: int | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """One step of the series, from start_ns to the next bucket's start."""

    start_ns: int
    spans: int
    errors: int
    traces: int
    p95_ns: int | None


@dataclass(frozen=True, slots=True)
class VitalSigns(VitalTotals):
    """The figures of a range, its series, and the same figures of the equal range before it."""

    series: tuple[Bucket, ...]
    previous: VitalTotals | None  # None when the store does not reach back that far


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One failed span."""

    timestamp_ns: int
    process: str
    group: str
    exception: str  # type, "" when none was recorded
    message: str
    trace_id: str
    span_id: str


@dataclass(frozen=True, slots=True)
class GroupTotals:
    """Traffic of one process group in a range; share is its part of all spans."""

    group: str
    spans: int
    errors: int
    error_rate: float
    p95_ns: int | None
    share: float


def vital_signs(reader: Reader, range: TimeRange, buckets: int = 60, group: str = "") -> VitalSigns:
    """The figures of the range and its series in equal steps."""
    before = range.before()
    with reader.session() as session:
        now = _seen(session, range, group, range.length_ns // buckets)
        reaches_back = any(segment.min_id < id_bounds(before)[0] for segment in session.segments)
        previous = None
        if reaches_back:
            seen = _seen(session, before, group)
            previous = _totals(seen, before, seen.quantiles(SHARES))
    ends = _ends(range, buckets)
    slow, quantiles = now.quantiles_by_step(ends, 0.95, SHARES)
    totals = _totals(now, range, quantiles)
    columns = [column.tolist() for column in now.steps(ends)]
    series = tuple(Bucket(*row) for row in zip(ends.tolist(), *columns, slow, strict=False))
    return VitalSigns(
        **{name: getattr(totals, name) for name in VitalTotals.__slots__}, series=series, previous=previous
    )


def recent_errors(reader: Reader, range: TimeRange, limit: int = 10, group: str = "") -> tuple[ErrorRow, ...]:
    """The newest failed spans of the range."""
    low, high = id_bounds(range)
    with reader.session() as session:
        names = session.names
        hidden = (
            names.processes.keys() - names.processes_of(group) if group else names.processes_of(SELF_GROUP)
        )
        params = {
            "low": low,
            "high": high,
            "start": range.start_ns,
            "end": range.end_ns,
            "hidden": json.dumps(list(hidden)),
            "limit": page_limit(limit),
        }
        newest: list[tuple[int, Key]] = []
        for segment in session.within(low, high):  # newest first
            if len(newest) == limit and segment.max_id < newest[-1][1].id:
                break
            found = session.segment(segment, ERRORS, params)
            newest += [(start_of(*row), Key(segment, row[0])) for row in found]
            newest = sorted(newest, key=lambda one: one[0], reverse=True)[:limit]
        rows = fetch(session, [key for _, key in newest])
    return tuple(
        ErrorRow(
            row.timestamp_ns,
            row.process,
            row.group,
            row.exception,
            row.exception_message,
            row.trace_id,
            row.span_id,
        )
        for row in rows
    )


def group_totals(reader: Reader, range: TimeRange) -> tuple[GroupTotals, ...]:
    """Traffic per process group, busiest first."""
    with reader.session() as session:
        seen = traffic(session, range, "group")
        names = session.refresh_names().groups
    who = np.array([key for key in seen.who().tolist() if names.get(key) != SELF_GROUP], np.int64)
    seen = seen.of(who.tolist())
    calls, errors = seen.calls_of(who)
    p95 = seen.quantile_by_who(who, 0.95)
    spans = int(calls.sum())
    rows = zip(who.tolist(), calls.tolist(), errors.tolist(), p95, strict=True)
    totals = [
        GroupTotals(names[group], n, failed, rate(failed, n), slow, rate(n, spans))
        for group, n, failed, slow in rows
    ]
    return tuple(sorted(totals, key=lambda total: (-total.spans, total.group)))


def _seen(session: Session, range: TimeRange, group: str, step_ns: int = DAY_NS) -> Traffic:
    """The traffic that counts: of one group, or of all but Flowglass' own; cells no longer than a step."""
    most = DAYS if step_ns >= DAY_NS else HOURS if step_ns >= HOUR_NS else MINUTES
    least = MINUTES if most == DAYS or are_few(session, cover(session, range, most=most)) else HOURS
    named = [key for key, name in session.names.groups.items() if name == (group or SELF_GROUP)]
    return traffic_together(session, range, named, inside=bool(group), least=least, most=max(least, most))


def _ends(whole: TimeRange, steps: int) -> Ints:
    """Where a range begins, and the end of each of its equal steps."""
    return np.array([whole.start_ns + whole.length_ns * step // steps for step in range(steps + 1)], np.int64)


def _totals(seen: Traffic, range: TimeRange, quantiles: Quantiles) -> VitalTotals:
    spans, errors, traces = seen.calls, seen.errors, seen.roots
    seconds = range.length_ns / NS_PER_SECOND
    return VitalTotals(
        spans, errors, traces, rate(errors, spans), traces / seconds, spans / seconds, *quantiles
    )
