"""Facts summed into cells: per group, per process and version, per value series; for any length of cell.

Everything is arrays. Spans and observations are put in order once, by (who, start); then the cells of every
tier are neighbours, and a cell begins where who or the tier's time changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.facts import SERIES_BITS, Facts, Flags, Floats, Ints
from data.histogram import bucket_codes

MOST_DISTINCT = 64  # values of a cell told apart; more than these are "more"
WHO_BITS = 31
DISTINCT_BITS = 24  # of a value's code within a cell


@dataclass(frozen=True, slots=True)
class Bags:
    """For each cell a bag of integers: sorted by cell and integer, each with its count."""

    cell: Ints
    item: Ints
    count: Ints

    @classmethod
    def of(cls, cell: Ints, item: Ints, count: Ints | None = None) -> Bags:
        """Counts equal items of equal cells; items are within ±2^31."""
        packed = cell << 32 | (item + 2**31)
        if count is None:
            keys, counts = np.unique(packed, return_counts=True)
        else:
            keys, place = np.unique(packed, return_inverse=True)
            counts = np.bincount(place, count, len(keys)).astype(np.int64)
        return cls(keys >> 32, (keys & (2**32 - 1)) - 2**31, counts.astype(np.int64))

    def plus(self, cell: Ints, item: Ints, count: Ints) -> Bags:
        """With further counts added."""
        return Bags.of(
            np.concatenate((self.cell, cell)),
            np.concatenate((self.item, item)),
            np.concatenate((self.count, count)),
        )

    def first(self) -> Ints:
        """Where the bag of each cell that has one begins."""
        return np.flatnonzero(np.diff(self.cell, prepend=-1))


@dataclass(slots=True)
class CallCells:
    """Cells of calls, of a group or of a process and version."""

    t: Ints
    who: tuple[Ints, Ints]  # process and version; group and 0
    calls: Ints
    errors: Ints
    roots: Ints
    duration_ns: Ints
    longest_ns: Ints
    durations: Bags
    memories: Bags


@dataclass(slots=True)
class SeriesCells:
    """Cells of values of a series."""

    t: Ints
    who: tuple[Ints, Ints]  # process and data name
    calls: Ints
    nulls: Ints
    changes: Ints
    total: Floats
    least: Floats  # inf where there is no number
    most: Floats
    numbers: Bags
    type: Ints  # of all values, 0 where they have several
    types: Bags  # of cells that have several
    values: Bags  # 24 bits of each value's code


@dataclass(frozen=True, slots=True)
class Calls:
    """Spans in order of (who, start)."""

    who: tuple[Ints, Ints]
    changed: Flags  # another who than the one before
    start_ns: Ints
    error: Ints
    root: Ints
    duration_ns: Ints
    bucket: Ints
    memory: Floats

    @classmethod
    def of(cls, facts: Facts, first: Ints, second: Ints) -> Calls:
        """The spans of a batch, whose `who` are these."""
        order = np.lexsort((facts.start_ns, first << WHO_BITS | second))
        first, second = first[order], second[order]
        duration = facts.duration_ns[order]
        return cls(
            (first, second),
            _changes(first, second),
            facts.start_ns[order],
            facts.error[order].astype(np.int64),
            facts.root[order].astype(np.int64),
            duration,
            bucket_codes(duration),
            facts.memory[order],
        )

    def cells(self, unit_ns: int, since_ns: int) -> CallCells:
        """Cells of this length, of the spans that start at `since_ns` or later."""
        keep = self.start_ns >= since_ns
        t, first, cell = _cells(self.start_ns, self.changed, keep, unit_ns)
        measured = keep & ~np.isnan(self.memory)
        number = np.zeros(len(keep), np.int64)
        number[keep] = cell
        return CallCells(
            t,
            (self.who[0][keep][first], self.who[1][keep][first]),
            np.diff(first, append=len(cell)),
            _sum(self.error[keep], first),
            _sum(self.root[keep], first),
            _sum(self.duration_ns[keep], first),
            np.maximum.reduceat(self.duration_ns[keep], first) if len(first) else first,
            Bags.of(cell, self.bucket[keep]),
            Bags.of(number[measured], bucket_codes(self.memory[measured])),
        )


@dataclass(frozen=True, slots=True)
class Values:
    """Observations in order of (series, start)."""

    who: tuple[Ints, Ints]
    changed: Flags
    start_ns: Ints
    null: Ints
    change: Ints
    number: Floats
    bucket: Ints  # of numbers that are finite; 0 elsewhere
    type: Ints
    code: Ints

    @classmethod
    def of(cls, facts: Facts, null_type: int) -> Values:
        """The observations of a batch; of several with one name in a span only the first."""
        start, key = facts.start_ns[facts.span], facts.series
        order = np.lexsort((start, key))
        key, number, kind = key[order], facts.number[order], facts.type[order]
        finite = np.isfinite(number)
        return cls(
            (key >> SERIES_BITS, key & (1 << SERIES_BITS) - 1),
            _changes(key, key),
            start[order],
            (kind == null_type).astype(np.int64),
            facts.changed[order].astype(np.int64),
            np.where(finite, number, np.nan),
            bucket_codes(np.where(finite, number, 0.0)),
            kind,
            fold(facts.code[order]),
        )

    def cells(self, unit_ns: int, since_ns: int) -> SeriesCells:
        """Cells of this length, of the observations that start at `since_ns` or later."""
        keep = self.start_ns >= since_ns
        t, first, cell = _cells(self.start_ns, self.changed, keep, unit_ns)
        number = self.number[keep]
        finite = ~np.isnan(number)
        kind = self.type[keep]
        mixed = (
            np.maximum.reduceat(kind, first) != np.minimum.reduceat(kind, first) if len(first) else keep[:0]
        )
        return SeriesCells(
            t,
            (self.who[0][keep][first], self.who[1][keep][first]),
            np.diff(first, append=len(cell)),
            _sum(self.null[keep], first),
            _sum(self.change[keep], first),
            np.add.reduceat(np.where(finite, number, 0.0), first) if len(first) else np.zeros(0),
            np.minimum.reduceat(np.where(finite, number, np.inf), first) if len(first) else np.zeros(0),
            np.maximum.reduceat(np.where(finite, number, -np.inf), first) if len(first) else np.zeros(0),
            Bags.of(cell[finite], self.bucket[keep][finite]),
            np.where(mixed, 0, kind[first]),
            Bags.of(cell[mixed[cell]], kind[mixed[cell]]),
            Bags.of(cell, self.code[keep]),
        )


def fold(codes: Ints) -> Ints:
    """64 bits of a value's code as 24 that differ as well."""
    spread: Ints = (codes ^ codes >> 32) * np.int64(0x9E3779B97F4A7C1 | 1)
    short: Ints = spread >> 20 & (2**DISTINCT_BITS - 1)
    return short


def joined(parts: Sequence[Facts]) -> Facts:
    """The facts of several batches as one; the values themselves are left out."""
    if len(parts) == 1:
        return parts[0]
    at = np.cumsum([0, *(len(part.start_ns) for part in parts[:-1])])
    spans = np.concatenate([part.span + shift for part, shift in zip(parts, at.tolist(), strict=True)])

    def all_of(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    names = ("start_ns", "process", "version", "duration_ns", "error", "root", "memory")
    more = ("name", "type", "number", "code", "changed")
    return Facts(**{name: all_of(name) for name in (*names, *more)}, span=spans, values=())


def _cells(start_ns: Ints, changed: Flags, keep: Flags, unit_ns: int) -> tuple[Ints, Ints, Ints]:
    """Time of each cell, where it begins among those kept, and the cell of each of them."""
    t = start_ns[keep] // unit_ns
    who = np.cumsum(changed)[keep]
    begins = _changes(who, t)
    first = np.flatnonzero(begins)
    return t[first], first, np.cumsum(begins) - 1


def _changes(one: Ints | Flags, other: Ints) -> Flags:
    """Where either differs from the one before."""
    made = np.ones(len(one), np.bool_)
    made[1:] = (one[1:] != one[:-1]) | (other[1:] != other[:-1])
    return made


def _sum(values: Ints, first: Ints) -> Ints:
    sums: Ints = np.add.reduceat(values, first) if len(first) else values[:0]
    return sums
