"""One function over time: latency, calls, errors and memory per bucket, its versions, its histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from queries.base import Reader, TimeRange
from queries.calls import NO_MEMORY, Calls, calls_of, process_id
from queries.measures import Ints, quantiles, rate
from queries.names import Names

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
    first_ns: int  # start of its first call in the range
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
    with reader.session() as session:
        calls = calls_of(session, process_id(session.names, group, name, scope), range)
        names = session.names
    step = max(1, -(-range.length_ns // buckets))
    return History(step, _moments(calls, range, step, buckets), _versions(calls, names))


def histogram(
    reader: Reader, group: str, name: str, scope: str, range: TimeRange, bins: int = 48
) -> tuple[Bin, ...]:
    """Durations of the range in so many bins of equal ratio; none when nothing was called."""
    with reader.session() as session:
        calls = calls_of(session, process_id(session.names, group, name, scope), range)
    if not len(calls.duration_ns):
        return ()
    durations = np.maximum(calls.duration_ns, 1)
    low, high = float(durations.min()), float(durations.max()) * 1.001
    edges = np.geomspace(low, max(high, low * 1.1), bins + 1)
    every, _ = np.histogram(durations, edges)
    failed, _ = np.histogram(durations[calls.error], edges)
    rows = zip(edges[:-1].tolist(), edges[1:].tolist(), every.tolist(), failed.tolist(), strict=True)
    return tuple(Bin(*row) for row in rows)


def _moments(calls: Calls, range: TimeRange, step_ns: int, buckets: int) -> tuple[Moment, ...]:
    slot = (calls.start_us * 1000 - range.start_ns) // step_ns
    order = np.argsort(slot, kind="stable")
    edges = np.searchsorted(slot[order], np.arange(buckets + 1))
    return tuple(
        _moment(calls, order[low:high], range.start_ns + at * step_ns)
        for at, (low, high) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    )


def _moment(calls: Calls, rows: Ints, start_ns: int) -> Moment:
    p50, p95, p99 = quantiles(calls.duration_ns[rows], SHARES)
    memory = calls.memory[rows]
    memory_p50, memory_p95 = quantiles(memory[memory != NO_MEMORY], (0.50, 0.95))
    errors = int(calls.error[rows].sum())
    return Moment(start_ns, len(rows), errors, p50, p95, p99, memory_p50, memory_p95)


def _versions(calls: Calls, names: Names) -> tuple[VersionFigures, ...]:
    """The version seen last first."""
    present = np.unique(calls.version).tolist()
    found = [_figures(calls.where(calls.version == key), _hash(names, key)) for key in present]
    return tuple(sorted(found, key=lambda version: -version.last_ns))


def _hash(names: Names, key: int) -> str:
    version = names.versions.get(key)
    return version.hash if version else ""


def _figures(calls: Calls, hash: str) -> VersionFigures:
    p50, p95, p99 = quantiles(calls.duration_ns, SHARES)
    count, errors = len(calls.start_us), int(calls.error.sum())
    return VersionFigures(
        hash=hash,
        calls=count,
        errors=errors,
        error_rate=rate(errors, count),
        p50_ns=p50 or 0,
        p95_ns=p95 or 0,
        p99_ns=p99 or 0,
        first_ns=int(calls.start_us.min()) * 1000,
        last_ns=int(calls.start_us.max()) * 1000,
    )
