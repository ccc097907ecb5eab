"""Is something wrong: vital signs, recent errors, traffic per process group.

Flowglass' own group is left out of every figure unless it is asked for by name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from queries.base import Reader, Session, TimeRange
from queries.fetch import Key, fetch
from queries.limits import NS_PER_SECOND, page_limit
from queries.measures import NS_PER_US, SELF_GROUP, Measures, id_bounds, measures, quantiles, rate

ERRORS = """
SELECT id FROM span INDEXED BY span_error
WHERE status = 2 AND id >= :low AND id < :high AND process NOT IN (SELECT value FROM json_each(:hidden))
ORDER BY id DESC LIMIT :limit
"""
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
        now = _seen(session, range, group)
        reaches_back = any(segment.min_id < id_bounds(before)[0] for segment in session.segments)
        previous = _totals(_seen(session, before, group), before) if reaches_back else None
    totals = _totals(now, range)
    return VitalSigns(
        **{name: getattr(totals, name) for name in VitalTotals.__slots__},
        series=_series(now, range, buckets),
        previous=previous,
    )


def recent_errors(reader: Reader, range: TimeRange, limit: int = 10, group: str = "") -> tuple[ErrorRow, ...]:
    """The newest failed spans of the range."""
    low, high = id_bounds(range)
    with reader.session() as session:
        names = session.names
        hidden = (
            names.processes.keys() - names.processes_of(group) if group else names.processes_of(SELF_GROUP)
        )
        params = {"low": low, "high": high, "hidden": json.dumps(list(hidden)), "limit": page_limit(limit)}
        keys = [
            Key(segment, row[0])
            for segment in session.segments
            if segment.min_id < high and segment.max_id >= low
            for row in session.segment(segment, ERRORS, params)
        ]
        newest = sorted(keys, key=lambda key: key.id, reverse=True)[:limit]
        rows = fetch(session, newest)
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
        seen = _seen(session, range, "")
        names = session.refresh_names()
    members: dict[str, list[int]] = {}
    for process in np.unique(seen.process).tolist():
        members.setdefault(names.processes[process].group, []).append(process)
    totals = [
        _group(group, seen.where(np.isin(seen.process, processes)), len(seen.process))
        for group, processes in members.items()
    ]
    return tuple(sorted(totals, key=lambda total: (-total.spans, total.group)))


def _seen(session: Session, range: TimeRange, group: str) -> Measures:
    """The spans that count: of one group, or of all but Flowglass' own."""
    if group:
        return measures(session, range, session.names.processes_of(group))
    seen = measures(session, range)
    return seen.where(~np.isin(seen.process, list(session.names.processes_of(SELF_GROUP))))


def _totals(seen: Measures, range: TimeRange) -> VitalTotals:
    spans, errors, traces = len(seen.process), int(seen.error.sum()), int(seen.root.sum())
    seconds = range.length_ns / NS_PER_SECOND
    p50, p95, p99 = quantiles(seen.duration_ns, SHARES)
    return VitalTotals(
        spans, errors, traces, rate(errors, spans), traces / seconds, spans / seconds, p50, p95, p99
    )


def _series(seen: Measures, whole: TimeRange, buckets: int) -> tuple[Bucket, ...]:
    edges = [whole.start_ns + whole.length_ns * step // buckets for step in range(buckets + 1)]
    order = np.argsort(seen.start_us, kind="stable")
    ordered = seen.where(order)
    cuts = np.searchsorted(ordered.start_us * NS_PER_US, edges[1:-1])
    parts = np.split(np.arange(len(order)), cuts)
    return tuple(_bucket(start, ordered.where(part)) for start, part in zip(edges, parts, strict=False))


def _bucket(start_ns: int, seen: Measures) -> Bucket:
    (p95,) = quantiles(seen.duration_ns, (0.95,))
    return Bucket(start_ns, len(seen.process), int(seen.error.sum()), int(seen.root.sum()), p95)


def _group(group: str, seen: Measures, all_spans: int) -> GroupTotals:
    spans, errors = len(seen.process), int(seen.error.sum())
    (p95,) = quantiles(seen.duration_ns, (0.95,))
    return GroupTotals(group, spans, errors, rate(errors, spans), p95, rate(spans, all_spans))
