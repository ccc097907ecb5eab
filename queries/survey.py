"""What a filter's spans look like as a whole: over time, by duration, and by the values of each facet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from queries.base import Reader, TimeRange
from queries.filter_tree import Filter
from queries.names import Names
from queries.survey_scan import Ints, Matches, matches

FACETS = ("group", "process", "status", "type", "exception", "version")
SHOWN = 50  # values of one facet
LEAST_NS, DECADES, PER_DECADE = 1_000, 8, 4  # durations from 1 µs to 100 s, four steps a decade


@dataclass(frozen=True, slots=True)
class Step:
    """One step of time, from start_ns to the next one's start."""

    start_ns: int
    ok: int
    errors: int


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet and how many spans carry it."""

    value: str
    spans: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The commonest values of one field; `distinct` counts all that were seen."""

    field: str
    values: tuple[FacetValue, ...]
    distinct: int


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts of matching spans. When not `exact`, they are estimated from an even part of the range."""

    steps: tuple[Step, ...]
    heat: tuple[tuple[int, ...], ...]  # spans by duration (lowest first) and step of time
    facets: Mapping[str, Facet]
    spans: int
    exact: bool
    elapsed_ms: float


def survey(
    reader: Reader, filter: Filter, range: TimeRange, *, steps: int = 60, facets: tuple[str, ...] = FACETS
) -> Survey:
    """Counts over the range in equal steps of time, by duration, and by facet."""
    with reader.session() as session:
        seen = matches(session, filter, range, steps)
        names = session.refresh_names() if len(seen.id) else session.names
        elapsed = session.elapsed_ms()
    edges = [range.start_ns + range.length_ns * step // steps for step in _upto(steps)]
    at = np.clip(np.searchsorted(edges, seen.start_ns, "right") - 1, 0, steps - 1)
    return Survey(
        steps=_steps(seen, at, edges),
        heat=_heat(seen, at, steps),
        facets={field: _facet(field, seen, names) for field in facets},
        spans=_scaled(len(seen.id), seen.scale),
        exact=seen.scale == 1,
        elapsed_ms=elapsed,
    )


def bin_edges_ns() -> tuple[int, ...]:
    """Bounds of the durations that `heat` counts; what is shorter or longer is in the first or last."""
    return tuple(round(LEAST_NS * 10 ** (step / PER_DECADE)) for step in _upto(DECADES * PER_DECADE + 1))


def _upto(count: int) -> range:
    return range(count)


def _scaled(number: int, scale: float) -> int:
    return round(number * scale)


def _steps(seen: Matches, at: Ints, edges: list[int]) -> tuple[Step, ...]:
    all_, errors = (
        np.bincount(at, minlength=len(edges)), np.bincount(at, seen.error, minlength=len(edges)),
    )  # fmt: skip
    return tuple(
        Step(start, _scaled(int(total - bad), seen.scale), _scaled(int(bad), seen.scale))
        for start, total, bad in zip(edges, all_, errors, strict=True)
    )


def _heat(seen: Matches, at: Ints, steps: int) -> tuple[tuple[int, ...], ...]:
    bins = DECADES * PER_DECADE
    row = np.clip(np.searchsorted(bin_edges_ns(), seen.duration_ns, "right") - 1, 0, bins - 1)
    counts = np.bincount(row * steps + at, minlength=bins * steps).reshape(bins, steps) * seen.scale
    return tuple(tuple(int(count) for count in line) for line in np.rint(counts))


def _facet(field: str, seen: Matches, names: Names) -> Facet:
    counts: dict[str, int] = {}
    codes, numbers = np.unique(_codes(field, seen), return_counts=True)
    for code, number in zip(codes.tolist(), numbers.tolist(), strict=True):
        name = _name(field, code, names)
        if name:
            counts[name] = counts.get(name, 0) + number
    common = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN]
    return Facet(field, tuple(FacetValue(name, _scaled(n, seen.scale)) for name, n in common), len(counts))


def _codes(field: str, seen: Matches) -> Ints:
    columns = {"status": seen.error, "type": seen.type, "exception": seen.exception, "version": seen.version}
    return columns.get(field, seen.process)


def _name(field: str, code: int, names: Names) -> str:
    """The value that a code stands for, "" when the span has none."""
    if field == "status":
        return "error" if code else "ok"
    if field in ("group", "process"):
        known = names.processes.get(code)
        return "" if known is None else known.group if field == "group" else known.name
    if field == "version":
        version = names.versions.get(code)
        return version.hash if version else ""
    return (names.data_types if field == "type" else names.exceptions).get(code, "")
