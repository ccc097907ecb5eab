"""Functions: which there are, what they did in a range, and the source as it ran."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.histogram import bucket_codes
from queries import match
from queries.base import Reader, Session, TimeRange
from queries.calls import process_id
from queries.limits import page_limit
from queries.measures import Ints, id_bounds, quantiles, rate
from queries.names import Names
from queries.tally import Quantiles, Traffic, merged_quantiles, traffic, traffic_by_process, traffic_of

MEMORY = """
SELECT memory FROM span INDEXED BY span_process
WHERE process = ? AND id >= ? AND id < ? AND memory IS NOT NULL
"""
VERSIONS = """
SELECT hash, CASE WHEN :texts IS NULL OR hash IN (SELECT value FROM json_each(:texts)) THEN source END,
  function, file, line, first_seen_ns, last_seen_ns FROM code_version
WHERE process_id = :process ORDER BY last_seen_ns DESC, id DESC
"""
SHARES = (0.50, 0.95, 0.99)
NEVER = (0, 0)  # calls and errors of a process that was not called
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
        figures = _figures(traffic_by_process(session, range, durations=False)) if range else {}
        order = sorted(chosen, key=lambda key: (chosen[key].group, chosen[key].name, chosen[key].scope))
        order.sort(key=lambda key: -figures.get(key, NEVER)[0])
        shown = order[:limit]
        called = [key for key in shown if key in figures]
        p95 = _p95(session, range, called) if range and called else {}
    return tuple(
        FunctionRow(
            chosen[key].group,
            chosen[key].name,
            chosen[key].scope,
            *places.get(key, NOWHERE),
            *figures.get(key, NEVER),
            p95.get(key),
        )
        for key in shown
    )


def _figures(seen: Traffic) -> dict[int, tuple[int, int]]:
    """Calls and errors of each process."""
    who = seen.who()
    calls, errors = seen.calls_of(who)
    return dict(zip(who.tolist(), zip(calls.tolist(), errors.tolist(), strict=True), strict=True))


def _p95(session: Session, range: TimeRange, processes: list[int]) -> dict[int, int | None]:
    """The p95 of some processes."""
    who = np.array(sorted(processes), np.int64)
    seen = traffic_of(session, range, processes)
    return dict(zip(who.tolist(), seen.quantile_by_who(who, 0.95), strict=True))


def function_stats(reader: Reader, group: str, name: str, scope: str, range: TimeRange) -> FunctionStats:
    """Figures of one function, over every call of the range."""
    with reader.session() as session:
        process = process_id(session.names, group, name, scope)
        if process is None:
            return FunctionStats(0, 0, 0.0, None, None, None, None, None, None, None, 0)
        seen = traffic(session, range, "process", process, memory=True)
        memory = [row for edge in seen.edges for row in _memory(session, process, edge)]
    calls, errors = seen.calls, seen.errors
    p50, p95, p99 = seen.quantiles(SHARES)
    (memory_p50, memory_p95), samples = _memory_figures(seen, np.array(memory, np.int64).reshape(-1))
    return FunctionStats(
        calls=calls,
        errors=errors,
        error_rate=rate(errors, calls),
        mean_ns=seen.duration_ns / calls if calls else None,
        p50_ns=p50,
        p95_ns=p95,
        p99_ns=p99,
        max_ns=seen.longest_ns if calls else None,
        memory_p50=memory_p50,
        memory_p95=memory_p95,
        memory_samples=samples,
    )


def versions(
    reader: Reader, group: str, name: str, scope: str, texts_of: Sequence[str] | None = None
) -> tuple[CodeVersion, ...]:
    """Every version of a function, the one seen last first; the texts of all, or of these hashes only."""
    texts = None if texts_of is None else json.dumps(list(texts_of))
    with reader.session() as session:
        process = process_id(session.names, group, name, scope)
        rows = session.main(VERSIONS, {"process": process, "texts": texts})
    return tuple(CodeVersion(*row) for row in rows)


def _places(names: Names) -> dict[int, tuple[str, int]]:
    """File and line of each process, from its youngest code version."""
    return {version.process_id: (version.file, version.line) for _, version in sorted(names.versions.items())}


def _memory(session: Session, process: int, range: TimeRange) -> list[tuple[int]]:
    """The memory deltas of the calls of a range that measured one."""
    low, high = id_bounds(range)
    return [
        (row[0],)
        for segment in session.within(low, high)
        for row in session.segment(segment, MEMORY, (process, low, high))
    ]


def _memory_figures(seen: Traffic, beside: Ints) -> tuple[Quantiles, int]:
    """Median and p95 of memory deltas, and of how many."""
    codes, counts, _ = seen.cells.memories
    if not len(codes):
        return quantiles(beside, (0.50, 0.95)), len(beside)
    every = np.concatenate([codes, bucket_codes(beside)])
    weights = np.concatenate([counts, np.ones(len(beside))])
    return merged_quantiles(every, weights, (0.50, 0.95)), int(weights.sum())
