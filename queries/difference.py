"""What is different about some spans: the properties whose values are spread most unlike the rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data import body
from queries.base import Reader, Session, TimeRange
from queries.bodies import source_of
from queries.filter_tree import Filter
from queries.names import Names
from queries.survey_scan import Ints, Matches, matches

SAMPLE = 750  # spans read of each side
LEAST_SCORE = 0.1
MOST_PROPERTIES = 20
MOST_VALUES = 6
MAX_TEXT = 120  # characters of a value that is compared
ID_SHARE = 0.6  # a property nearly every span has a value of its own for is an id, and says nothing
BINS = 6  # parts that numbers of many values are cut into
MANY = 12  # numbers of more values than this are cut into parts
ABSENT = None

ROWS = """
SELECT process, status = 2, data, type, value, exception, version, resource, kind, body
FROM span WHERE id IN (SELECT value FROM json_each(?))
"""

Value = str | float | None
Properties = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Region:
    """Spans that start in a range and took this long, nanoseconds, half-open."""

    range: TimeRange
    low_ns: int
    high_ns: int


@dataclass(frozen=True, slots=True)
class ValueShare:
    """One value, or numbers from `low` to below `high`, and its share of the spans on either side."""

    value: str  # "" for spans without the property
    inside: float
    outside: float
    low: float | None = None
    high: float | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """One property by its name in a filter; a score of 0 is spread alike, of 1 shares no value."""

    field: str
    score: float
    values: tuple[ValueShare, ...]  # the most unlike first


@dataclass(frozen=True, slots=True)
class Difference:
    """Properties that set the spans of a region apart, and how many spans were compared."""

    properties: tuple[Property, ...]
    inside: int  # spans of the region, estimated when not exact
    compared_inside: int
    compared_outside: int
    exact: bool


def difference(reader: Reader, filter: Filter, range: TimeRange, region: Region) -> Difference:
    """What sets the matching spans of a region apart from the other matching spans of the range."""
    with reader.session() as session:
        seen = matches(session, filter, range)
        session.refresh_names()
        chosen = _inside(seen, region)
        inside = _sampled(session, seen, np.flatnonzero(chosen))
        outside = _sampled(session, seen, np.flatnonzero(~chosen))
    return Difference(
        properties=ranked(inside, outside),
        inside=round(int(chosen.sum()) * seen.scale),
        compared_inside=len(inside),
        compared_outside=len(outside),
        exact=seen.scale == 1,
    )


def _inside(seen: Matches, region: Region) -> Any:
    starts, took = seen.start_ns, seen.duration_ns
    when = (starts >= region.range.start_ns) & (starts < region.range.end_ns)
    return when & (took >= region.low_ns) & (took < region.high_ns)


def _sampled(session: Session, seen: Matches, at: Ints) -> list[Properties]:
    """The properties of at most SAMPLE of these spans, evenly chosen."""
    if len(at) > SAMPLE:
        at = at[np.linspace(0, len(at) - 1, SAMPLE).astype(np.int64)]
    found: list[Properties] = []
    resources: dict[int, Mapping[str, Any]] = {}
    for segment in session.segments:
        ids = seen.id[at[seen.segment[at] == segment.id]].tolist()
        for row in session.segment(segment, ROWS, (json.dumps(ids),)) if ids else ():
            found.append(dict(_properties(session.names, row, resources)))
    return found


def _properties(
    names: Names, row: tuple[Any, ...], resources: dict[int, Mapping[str, Any]]
) -> Iterator[tuple[str, Value]]:
    process, failed, data, type_, value, exception, version, resource, _, text = row
    known, decoded = names.processes[process], body.decode(text)
    yield "process", known.name
    yield "group", known.group
    yield "status", "error" if failed else "ok"
    if exception is not None:
        yield "exception", names.exceptions.get(exception, "")
    if version is not None and version in names.versions:
        yield "version", names.versions[version].hash
    for seen in decoded.all_observations(data, type_, value):
        yield f"data.{names.data_names.get(seen.name_id, '')}", _plain(seen.value)
    for key, attribute in decoded.attributes.items():
        yield f"attr.{key}", _plain(attribute)
    if resource not in resources:
        resources[resource] = source_of(names.resources.get(resource, "{}")).attributes
    for key, attribute in resources[resource].items():
        yield f"resource.{key}", _plain(attribute)


def _plain(value: Any) -> Value:
    """A value as it is compared: numbers as numbers, the rest as short text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return float(value)
    return str(value)[:MAX_TEXT]


def ranked(inside: Sequence[Properties], outside: Sequence[Properties]) -> tuple[Property, ...]:
    """Properties by how unlike their values are spread; what only tells ids apart is left out."""
    if not inside or not outside:
        return ()
    fields = {field for span in (*inside, *outside) for field in span}
    found = [compared(field, inside, outside) for field in fields]
    kept = [one for one in found if one is not None and one.score >= LEAST_SCORE]
    kept.sort(key=lambda one: (-one.score, one.field))
    return tuple(kept[:MOST_PROPERTIES])


def compared(field: str, inside: Sequence[Properties], outside: Sequence[Properties]) -> Property | None:
    """One property on both sides, None when it is nothing but an id."""
    here = [span.get(field, ABSENT) for span in inside]
    there = [span.get(field, ABSENT) for span in outside]
    present = [value for value in (*here, *there) if value is not ABSENT]
    numbers = [value for value in present if isinstance(value, float)]
    edges = _edges(numbers) if len(numbers) == len(present) and len(set(numbers)) > MANY else ()
    if not edges and len(set(present)) > max(MANY, ID_SHARE * len(present)):
        return None
    one = Counter(_binned(value, edges) for value in here)
    other = Counter(_binned(value, edges) for value in there)
    shares = [
        _share(value, one[value] / len(here), other[value] / len(there), edges) for value in {**one, **other}
    ]
    shares.sort(key=lambda share: (-abs(share.inside - share.outside), -share.inside, share.value))
    score = sum(abs(share.inside - share.outside) for share in shares) / 2
    return Property(field, score, tuple(shares[:MOST_VALUES]))


def _edges(numbers: Sequence[float]) -> tuple[float, ...]:
    """Bounds between parts that hold about as many of the numbers each."""
    inner = np.quantile(np.array(numbers), np.linspace(0, 1, BINS + 1)[1:-1])
    return tuple(sorted(set(inner.tolist())))


def _binned(value: Value, edges: Sequence[float]) -> Value | int:
    if value is ABSENT or not edges:
        return value
    return int(np.searchsorted(edges, float(value), "right"))


def _share(value: Value | int, inside: float, outside: float, edges: Sequence[float]) -> ValueShare:
    if value is ABSENT:
        return ValueShare("", inside, outside, absent=True)
    if not edges:
        return ValueShare(f"{value:g}" if isinstance(value, float) else str(value), inside, outside)
    at = int(value)
    low = edges[at - 1] if at > 0 else None
    high = edges[at] if at < len(edges) else None
    return ValueShare("", inside, outside, low, high)
