"""Argument values that go with slow or failing calls: which kinds of calls do so more than chance would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from queries.code_values import Sampled, Seen, as_text, finite, short

SLOWEST = 0.10  # a slow call is one of the slowest tenth
MIN_CALLS = 10  # with the value
MIN_LIFT = 1.5  # times as often as all calls
MIN_Z = 3.0  # standard deviations above chance
MAX_KINDS = 64  # distinct texts of a name; more is an identifier, which explains nothing
PARTS = 4  # quarters that numbers are cut into
TOP = 8


@dataclass(frozen=True, slots=True)
class Suspect:
    """One value, or a quarter of a number's range (bounded by `low` and `high`), and how its calls fared."""

    source: str
    name: str
    value: object
    type: str
    low: float | None
    high: float | None
    calls: int
    share: float  # of these calls that were slow, or failed
    usual: float  # share among all calls of the sample


@dataclass(frozen=True, slots=True)
class Suspects:
    """Strongest first. `slow_ns` is the duration above which a call counted as slow."""

    slow: tuple[Suspect, ...]
    failing: tuple[Suspect, ...]
    slow_ns: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """The calls that share a value or a quarter, as rows of the sample."""

    source: str
    name: str
    value: object
    type: str
    low: float | None
    high: float | None
    rows: tuple[int, ...]


def suspects(sampled: Sampled) -> Suspects:
    """What is found in the arguments and observed values of the sample; the return explains nothing."""
    if not sampled.duration_ns:
        return Suspects((), (), 0)
    durations = np.array(sampled.duration_ns)
    limit = int(np.quantile(durations, 1 - SLOWEST))
    kinds = list(_kinds(sampled))
    slow, failed = durations > limit, np.array(sampled.error, dtype=np.bool_)
    return Suspects(_ranked(kinds, slow), _ranked(kinds, failed), limit)


def _ranked(kinds: Sequence[_Kind], hit: np.ndarray) -> tuple[Suspect, ...]:
    usual = float(hit.mean())
    if not 0 < usual < 1:
        return ()
    found = []
    for kind in kinds:
        calls, hits = len(kind.rows), int(hit[list(kind.rows)].sum())
        if calls < MIN_CALLS or hits < MIN_LIFT * usual * calls:
            continue
        strength = (hits - usual * calls) / (usual * (1 - usual) * calls) ** 0.5
        if strength >= MIN_Z:
            share = hits / calls
            suspect = Suspect(
                kind.source, kind.name, kind.value, kind.type, kind.low, kind.high, calls, share, usual
            )
            found.append((strength, suspect))
    found.sort(key=lambda one: -one[0])
    return tuple(suspect for _, suspect in found[:TOP])


def _kinds(sampled: Sampled) -> Iterator[_Kind]:
    names = {key for call in sampled.values for key in call if key[0] != "return"}
    for source, name in sorted(names):
        rows = [(at, call[source, name]) for at, call in enumerate(sampled.values) if (source, name) in call]
        numbers = [(at, number) for at, seen in rows if (number := finite(seen)) is not None]
        texts = {as_text(seen.value) for _, seen in rows}
        if len(texts) <= MAX_KINDS:
            yield from _by_value(source, name, rows)
        elif len(numbers) > len(rows) / 2:
            yield from _by_quarter(source, name, rows[0][1].type, numbers)


def _by_value(source: str, name: str, rows: Sequence[tuple[int, Seen]]) -> Iterator[_Kind]:
    by_text: dict[str, list[int]] = {}
    first: dict[str, Seen] = {}
    for at, seen in rows:
        text = as_text(seen.value)
        by_text.setdefault(text, []).append(at)
        first.setdefault(text, seen)
    for text, found in by_text.items():
        seen = first[text]
        yield _Kind(source, name, short(seen.value), seen.type, None, None, tuple(found))


def _by_quarter(source: str, name: str, type: str, numbers: Sequence[tuple[int, float]]) -> Iterator[_Kind]:
    values = np.array([number for _, number in numbers])
    edges = np.unique(np.quantile(values, np.linspace(0, 1, PARTS + 1)))
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        last = high == edges[-1]
        inside = [at for at, number in numbers if low <= number < high or (last and number == high)]
        yield _Kind(source, name, None, type, low, high, tuple(inside))
