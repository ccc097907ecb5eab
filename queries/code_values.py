"""What went into a function and came out of it: each value's types, range and distribution in a sample."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Literal, NamedTuple

import numpy as np

from data import body
from data.values import NUMERIC_TEXT_TYPES, number_of
from queries.base import Reader
from queries.code_sample import Newest, SampledCall
from queries.names import Names

MAX_SERIES = 40  # names shown; a function with more is a bag of locals
BARS = 9
LAST = 5
COMMON = 8  # of its values listed, the commonest
RARE = 0.01  # of the calls; a value or a type seen more rarely is unusual
FEW_KINDS = 64  # distinct values; of more, each is rare and none unusual
ENOUGH = 100  # calls with the name, before any of them is called unusual
UNUSUAL = 8
MAX_TEXT = 200  # characters of a value that is handed on


class Seen(NamedTuple):
    """One value as it was seen. A sample makes thousands, and a tuple takes half the time of a dataclass."""

    value: Any
    type: str


@dataclass(frozen=True, slots=True)
class Unusual:
    """Calls whose value was unusual: beyond a bound, of a rare type, or a rare value among few kinds."""

    kind: Literal["above", "below", "type", "value"]
    bound: float | None  # of above and below
    seen: Seen  # the newest of them
    calls: int


@dataclass(frozen=True, slots=True)
class ValueSeries:
    """One name over the sample. `bars` counts numbers in nine equal parts, or the commonest texts."""

    source: str
    name: str
    types: tuple[tuple[str, int], ...]  # commonest first
    seen: int
    nulls: int
    distinct: int
    last: tuple[Seen, ...]  # newest first
    low: float | None  # smallest number, None when there is none
    high: float | None
    p99: float | None  # numbers above it are unusual
    bars: tuple[int, ...]
    common: tuple[tuple[Seen, int], ...] = ()  # the commonest values and their calls
    unusual: tuple[Unusual, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampled:
    """The sample as columns: one row per call, newest first."""

    duration_ns: tuple[int, ...]
    error: tuple[bool, ...]
    values: tuple[dict[tuple[str, str], Seen], ...]  # by (source, name)


def sample(reader: Reader, newest: Newest) -> Sampled:
    """The values of these calls."""
    calls = newest.calls
    with reader.session() as session:
        names = session.names
    return Sampled(
        tuple(call.duration_ns for call in calls),
        tuple(bool(call.error) for call in calls),
        tuple(_values(names, calls)),
    )


def _values(names: Names, calls: Sequence[SampledCall]) -> Iterator[dict[tuple[str, str], Seen]]:
    """Every observation of each call by (source, name)."""
    sources, data_names, types, seen = body.SOURCES, names.data_names, names.data_types, Seen
    for call in calls:
        yield {
            (sources[source], data_names[name]): seen(value, types[type_])
            for source, name, type_, value in body.observed(call.body, call.data, call.type, call.value)
        }


def series(sampled: Sampled) -> tuple[ValueSeries, ...]:
    """Every name of the sample: arguments first, then what was observed, then the return."""
    by_name: dict[tuple[str, str], list[Seen]] = {}
    for call in sampled.values:
        for key, seen in call.items():
            by_name.setdefault(key, []).append(seen)
    order = {"arg": 0, "observe": 1, "local": 2, "return": 3}
    keys = sorted(by_name, key=lambda key: order.get(key[0], 4))
    return tuple(_series(key, by_name[key]) for key in keys[:MAX_SERIES])


def _series(key: tuple[str, str], seen: Sequence[Seen]) -> ValueSeries:
    told = [value if isinstance(value, str) else repr(value) for value, _ in seen]  # `as_text` without a call
    texts, types = Counter(told), Counter(map(itemgetter(1), seen))
    commonest = texts.most_common(max(BARS, COMMON))
    common = [(seen[told.index(text)], count) for text, count in commonest[:COMMON]]  # the newest of each
    kinds = set(map(type, map(itemgetter(0), seen)))
    finites = _finites(seen, kinds, types)
    numbers = np.array([number for number in finites if number is not None], dtype=np.float64)
    numeric = len(numbers) > len(seen) / 2
    bounds = _Bounds(finites, *np.quantile(numbers, (RARE, 1 - RARE)).tolist()) if len(numbers) else None
    return ValueSeries(
        source=key[0],
        name=key[1],
        types=tuple(types.most_common()),
        seen=len(seen),
        nulls=sum(map(is_null, seen)) if type(None) in kinds or "NoneType" in types else 0,
        distinct=len(texts),
        last=tuple(Seen(short(one.value), one.type) for one in seen[:LAST]),
        low=float(numbers.min()) if len(numbers) else None,
        high=float(numbers.max()) if len(numbers) else None,
        p99=bounds.most if bounds else None,
        bars=_bars(numbers) if numeric else tuple(count for _, count in commonest[:BARS]),
        common=tuple((Seen(short(one.value), one.type), count) for one, count in common),
        unusual=tuple(_unusual(seen, told, texts, types, bounds if numeric else None)),
    )


def _finites(seen: Sequence[Seen], kinds: set[type], types: Counter[str]) -> list[float | None]:
    """`finite` of each; where all are texts of no numeric type, or plain numbers, none is looked at alone."""
    if kinds <= {str} and types.keys().isdisjoint(NUMERIC_TEXT_TYPES):
        return [None] * len(seen)
    if kinds <= {int, float}:
        numbers: list[float | None] = [float(one.value) for one in seen]
        if all(map(math.isfinite, map(itemgetter(0), seen))):
            return numbers
    return [finite(one) for one in seen]


class _Bounds(NamedTuple):
    """Numbers of a series, None where a value is none, and what all but one in a hundred lie between."""

    numbers: Sequence[float | None]
    least: float
    most: float


def _unusual(
    seen: Sequence[Seen],
    told: Sequence[str],
    texts: Counter[str],
    types: Counter[str],
    bounds: _Bounds | None,
) -> Iterator[Unusual]:
    """What differs from nearly all other calls; each value as text, and its bounds where most are numbers."""
    if len(seen) < ENOUGH:
        return
    odd = {name for name, count in types.most_common()[1:] if count <= RARE * len(seen)}
    for name in sorted(odd):
        yield _found("type", None, [one for one in seen if one.type == name])
    kinds = texts
    if odd:
        kinds = Counter(text for one, text in zip(seen, told, strict=True) if one.type not in odd)
    if len(kinds) <= FEW_KINDS:
        rare = [text for text, count in kinds.items() if count <= RARE * len(seen)]
        for text in sorted(rare, key=lambda one: kinds[one])[:UNUSUAL]:
            yield _found("value", None, [one for one, other in zip(seen, told, strict=True) if other == text])
    elif bounds:
        yield from _beyond(seen, bounds)


def _beyond(seen: Sequence[Seen], bounds: _Bounds) -> Iterator[Unusual]:
    """Numbers outside of what all but one in a hundred are."""
    numbers, least, most = bounds
    pairs = [(number, one) for number, one in zip(numbers, seen, strict=True) if number is not None]
    if above := [one for number, one in pairs if number > most]:
        yield _found("above", most, above)
    if below := [one for number, one in pairs if number < least]:
        yield _found("below", least, below)


def _found(
    kind: Literal["above", "below", "type", "value"], bound: float | None, calls: Sequence[Seen]
) -> Unusual:
    return Unusual(kind, bound, Seen(short(calls[0].value), calls[0].type), len(calls))


def _bars(numbers: np.ndarray) -> tuple[int, ...]:
    """Counts in nine equal parts between the smallest and the largest number."""
    low, high = float(numbers.min()), float(numbers.max())
    if not high > low or not math.isfinite(high - low):
        return (len(numbers),)
    return tuple(np.histogram(numbers, BARS, (low, high))[0].tolist())


def is_null(seen: Seen) -> bool:
    """None, as the tracer sends it, or an empty value."""
    return seen.value is None or seen.type == "NoneType"


def finite(seen: Seen) -> float | None:
    """The value as a number that can be drawn."""
    number = number_of(seen.type, seen.value)
    return float(number) if number is not None and math.isfinite(number) else None


def as_text(value: Any) -> str:
    """What tells values apart when they are counted."""
    return value if isinstance(value, str) else repr(value)


def short(value: Any) -> Any:
    """A number as it is, anything else as text of bounded length."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = as_text(value)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
