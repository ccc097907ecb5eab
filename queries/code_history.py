"""One function over time: latency, calls, errors and memory per bucket, its versions, its histogram.

Many calls are read as cells of the rollups: their percentiles are at most 1.1 % off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.histogram import bucket_values
from queries.base import Reader, Session, TimeRange
from queries.calls import process_id
from queries.code_parts import Parts, parts_of
from queries.measures import Ints, id_bounds, rate
from queries.names import Names
from queries.tally import counted_by, spread, step_of

FAILED = """
SELECT duration_ns FROM span INDEXED BY span_error
WHERE status = 2 AND process = :process AND {within} ORDER BY id DESC LIMIT :limit
"""
BETWEEN = "id >= :low AND id < :high"  # a fifth of the time, which segments that lie in the range are spared
MOST_FAILED = 50_000
SHARES = (0.50, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Moment:
    """One bucket of time; percentiles are None when nothing was called in it. Nanoseconds."""

    start_ns: int
    calls: int
    errors: int
    p50_ns: int | None
    p95_ns: int | None
    p99_ns: int | None
    memory_p50: int | None  # bytes, None when no call was sampled
    memory_p95: int | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Calls whose duration lies between two bounds (nanoseconds, half-open)."""

    low_ns: float
    high_ns: float
    calls: int
    errors: int


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """What one version did in the range. `hash` is "" for calls that carried no version."""

    hash: str
    calls: int
    errors: int
    error_rate: float
    p50_ns: int
    p95_ns: int
    p99_ns: int
    first_ns: int  # start of its first call in the range, or of the cell that holds it
    last_ns: int


@dataclass(frozen=True, slots=True)
class History:
    """The buckets in order of time, each `step_ns` long, and the versions that ran."""

    step_ns: int
    moments: tuple[Moment, ...]
    versions: tuple[VersionFigures, ...]


def history(
    reader: Reader, group: str, name: str, scope: str, range: TimeRange, buckets: int = 144
) -> History:
    """The function's range cut into so many buckets; an unknown function has empty ones."""
    step = max(1, -(-range.length_ns // buckets))
    with reader.session() as session:
        process = process_id(session.names, group, name, scope)
        parts = parts_of(session, process, range, step)
        names = session.names
    return History(step, _moments(parts, range, step, buckets), _versions(parts, names))


def histogram(
    reader: Reader, group: str, name: str, scope: str, range: TimeRange, bins: int = 48
) -> tuple[Bin, ...]:
    """Durations of the range in so many bins of equal ratio; none when nothing was called."""
    with reader.session() as session:
        process = process_id(session.names, group, name, scope)
        parts = parts_of(session, process, range, range.length_ns)
        failed = (
            _failed(session, process, range)
            if len(parts.cells.calls)
            else parts.calls.duration_ns[parts.calls.error]
        )
    codes, counts, sizes = parts.cells.durations
    durations = np.concatenate([bucket_values(codes), parts.calls.duration_ns])
    if not len(durations):
        return ()
    weights = np.concatenate(
        [counts * np.repeat(parts.cells.share, sizes), np.ones(len(parts.calls.start_us))]
    )
    durations = np.maximum(durations, 1)
    low, high = float(durations.min()), float(durations.max()) * 1.001
    edges = np.geomspace(low, max(high, low * 1.1), bins + 1)
    every, _ = np.histogram(durations, edges, weights=weights)
    errors, _ = np.histogram(np.clip(failed, low, edges[-1]), edges)
    rows = zip(
        edges[:-1].tolist(),
        edges[1:].tolist(),
        np.rint(every).astype(np.int64).tolist(),
        errors.tolist(),
        strict=True,
    )
    return tuple(Bin(*row) for row in rows)


def _failed(session: Session, process: int | None, range: TimeRange) -> Ints:
    """The durations of the failed calls, the newest of them where they are very many."""
    low, high = id_bounds(range)
    found: list[int] = []
    for segment in session.within(low, high):
        if len(found) < MOST_FAILED:
            whole = low <= segment.min_id and segment.max_id < high
            sql = FAILED.format(within="TRUE" if whole else BETWEEN)
            params = {"process": process, "low": low, "high": high, "limit": MOST_FAILED - len(found)}
            found += [duration for (duration,) in session.segment(segment, sql, params)]
    return np.array(found, np.int64)


def _moments(parts: Parts, range: TimeRange, step_ns: int, buckets: int) -> tuple[Moment, ...]:
    ends = range.start_ns + step_ns * np.arange(buckets + 1)
    cells, calls = step_of(parts.cells.middle_ns, ends), step_of(parts.start_ns, ends)
    every = spread(parts.cells, parts.cells.calls, ends) + counted_by(parts.start_ns, ends)
    failed = spread(parts.cells, parts.cells.errors, ends) + counted_by(
        parts.start_ns[parts.calls.error], ends
    )
    rows = zip(
        ends[:-1].tolist(),
        np.diff(every).tolist(),
        np.diff(failed).tolist(),
        *parts.durations(cells, calls, buckets, SHARES),
        *parts.memories(cells, calls, buckets, (0.50, 0.95)),
        strict=True,
    )
    return tuple(Moment(*row) for row in rows)


def _versions(parts: Parts, names: Names) -> tuple[VersionFigures, ...]:
    """The version seen last first."""
    present = np.union1d(parts.cells.version, parts.calls.version).tolist()
    found = [_figures(parts.of_version(key), _hash(names, key)) for key in present]
    return tuple(sorted(found, key=lambda version: -version.last_ns))


def _hash(names: Names, key: int) -> str:
    version = names.versions.get(key)
    return version.hash if version else ""


def _figures(parts: Parts, hash: str) -> VersionFigures:
    calls, errors = parts.totals()
    cells = parts.cells
    whole = np.zeros(len(cells.calls), np.int64), np.zeros(len(parts.calls.start_us), np.int64)
    (p50,), (p95,), (p99,) = parts.durations(*whole, 1, SHARES)
    starts = np.concatenate([cells.start_ns, parts.start_ns])
    ends = np.concatenate([cells.start_ns + cells.length_ns, parts.start_ns])
    return VersionFigures(
        hash=hash,
        calls=calls,
        errors=errors,
        error_rate=rate(errors, calls),
        p50_ns=p50 or 0,
        p95_ns=p95 or 0,
        p99_ns=p99 or 0,
        first_ns=int(starts.min()),
        last_ns=int(ends.max()),
    )
