"""Functions: which there are, what they did in a range, and the source as it ran."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from queries import match
from queries.base import Reader, Session, TimeRange
from queries.limits import page_limit
from queries.measures import Ints, Measures, id_bounds, measures, quantiles, rate
from queries.names import Names, ProcessId

MEMORY = """
SELECT memory FROM span INDEXED BY span_process
WHERE process = ? AND id >= ? AND id < ? AND memory IS NOT NULL
"""
VERSIONS = """
SELECT hash, source, function, file, line, first_seen_ns, last_seen_ns FROM code_version
WHERE process_id = ? ORDER BY last_seen_ns DESC, id DESC
"""
SHARES = (0.50, 0.95, 0.99)
NOWHERE = ("", 0)  # file and line of a process that no code version is known of


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """One process as the selector lists it. Without a range, spans and errors are 0 and p95 None."""

    group: str
    name: str
    scope: str
    file: str
    line: int
    spans: int
    errors: int
    p95_ns: int | None


@dataclass(frozen=True, slots=True)
class FunctionStats:
    """Figures of one function in a range; None where there are no calls, or no memory samples (bytes)."""

    calls: int
    errors: int
    error_rate: float
    mean_ns: float | None
    p50_ns: int | None
    p95_ns: int | None
    p99_ns: int | None
    max_ns: int | None
    memory_p50: int | None
    memory_p95: int | None
    memory_samples: int


@dataclass(frozen=True, slots=True)
class CodeVersion:
    """One source of a function; source is None until a span has brought it."""

    hash: str
    source: str | None
    function: str
    file: str
    line: int
    first_seen_ns: int
    last_seen_ns: int


def functions(
    reader: Reader, contains: str = "", range: TimeRange | None = None, limit: int = 50
) -> tuple[FunctionRow, ...]:
    """Processes whose name, group, scope or file contains the text; the busiest of the range first."""
    page_limit(limit)
    fits = match.contains(contains)
    with reader.session() as session:
        places = _places(session.names)
        chosen = {
            key: process
            for key, process in session.names.processes.items()
            if any(map(fits, (process.name, process.group, process.scope, places.get(key, NOWHERE)[0])))
        }
        seen = _calls(session, range, chosen)
    rows = [_function(process, places.get(key, NOWHERE), seen.get(key)) for key, process in chosen.items()]
    rows.sort(key=lambda row: (-row.spans, row.group, row.name, row.scope))
    return tuple(rows[:limit])


def function_stats(reader: Reader, group: str, name: str, scope: str, range: TimeRange) -> FunctionStats:
    """Figures of one function, over every call of the range."""
    with reader.session() as session:
        keys = process_ids(session.names, group, name, scope)
        seen = measures(session, range, keys)
        memory = _memory(session, keys, range)
    calls, errors = len(seen.process), int(seen.error.sum())
    p50, p95, p99 = quantiles(seen.duration_ns, SHARES)
    memory_p50, memory_p95 = quantiles(memory, (0.50, 0.95))
    return FunctionStats(
        calls=calls,
        errors=errors,
        error_rate=rate(errors, calls),
        mean_ns=float(seen.duration_ns.mean()) if calls else None,
        p50_ns=p50,
        p95_ns=p95,
        p99_ns=p99,
        max_ns=int(seen.duration_ns.max()) if calls else None,
        memory_p50=memory_p50,
        memory_p95=memory_p95,
        memory_samples=len(memory),
    )


def versions(reader: Reader, group: str, name: str, scope: str) -> tuple[CodeVersion, ...]:
    """Every source of a function, the one seen last first."""
    with reader.session() as session:
        keys = process_ids(session.names, group, name, scope)
        return tuple(CodeVersion(*row) for key in keys for row in session.main(VERSIONS, (key,)))


def process_ids(names: Names, group: str, name: str, scope: str) -> list[int]:
    """The id of a process, as a list that is empty when there is no such process."""
    wanted = (group, name, scope)
    return [key for key, p in names.processes.items() if (p.group, p.name, p.scope) == wanted]


def _places(names: Names) -> dict[int, tuple[str, int]]:
    """File and line of each process, from its youngest code version."""
    return {version.process_id: (version.file, version.line) for _, version in sorted(names.versions.items())}


def _calls(session: Session, range: TimeRange | None, chosen: Iterable[int]) -> dict[int, Measures]:
    """The measures of each process that was called in the range."""
    if range is None:
        return {}
    seen = measures(session, range)
    seen = seen.where(np.argsort(seen.process, kind="stable"))
    present, starts = np.unique(seen.process, return_index=True)
    parts = np.split(np.arange(len(seen.process)), starts[1:])
    wanted = set(chosen)
    return {
        key: seen.where(part) for key, part in zip(present.tolist(), parts, strict=False) if key in wanted
    }


def _function(process: ProcessId, place: tuple[str, int], seen: Measures | None) -> FunctionRow:
    spans = len(seen.process) if seen else 0
    errors = int(seen.error.sum()) if seen else 0
    (p95,) = quantiles(seen.duration_ns, (0.95,)) if seen else (None,)
    return FunctionRow(process.group, process.name, process.scope, *place, spans, errors, p95)


def _memory(session: Session, keys: Iterable[int], range: TimeRange) -> Ints:
    low, high = id_bounds(range)
    rows = [
        row
        for segment in session.segments
        if segment.min_id < high and segment.max_id >= low
        for key in keys
        for row in session.segment(segment, MEMORY, (key, low, high))
    ]
    return np.array(rows, dtype=np.int64).reshape(-1)
