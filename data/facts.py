"""What a batch of spans tells series and rollups: flat arrays, one entry per span or per observation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SERIES_BITS = 24  # of a data name within a series' key


@dataclass(frozen=True, slots=True)
class Facts:
    """Spans in order of start; observations in order of (series, start), one per series and span."""

    start_ns: Ints
    process: Ints
    version: Ints  # code_version.id, 0 when unknown
    duration_ns: Ints
    error: Flags
    root: Flags
    memory: Floats  # bytes, NaN when not measured
    span: Ints  # of each observation: place of its span
    name: Ints  # data_name.id
    type: Ints  # data_type.id
    number: Floats  # NaN when it is not a number (or is NaN)
    code: Ints  # equal for equal values
    changed: Flags  # whether the series' value was another before; known once the series were told
    values: Sequence[Any]

    @property
    def series(self) -> Ints:
        """The series of each observation, as series_key makes it."""
        return self.process[self.span] << SERIES_BITS | self.name

    def keep(self, spans: Flags) -> Facts:
        """Only the facts of some of the spans."""
        seen = spans[self.span] if len(self.span) else np.zeros(0, np.bool_)
        place = np.cumsum(spans) - 1
        return Facts(
            start_ns=self.start_ns[spans],
            process=self.process[spans],
            version=self.version[spans],
            duration_ns=self.duration_ns[spans],
            error=self.error[spans],
            root=self.root[spans],
            memory=self.memory[spans],
            span=place[self.span[seen]],
            name=self.name[seen],
            type=self.type[seen],
            number=self.number[seen],
            code=self.code[seen],
            changed=self.changed[seen],
            values=[value for value, one in zip(self.values, seen.tolist(), strict=True) if one],
        )


def by_series(process: Ints, span: Ints, name: Ints, start_ns: Ints) -> Ints:
    """Places of observations in order of (series, start); arguments are arrays of all observations.

    Of several observations with the same name in one span only the first counts.
    """
    key = process << SERIES_BITS | name
    order = np.lexsort((start_ns, key))
    key, span = key[order], span[order]
    again = (key[1:] == key[:-1]) & (span[1:] == span[:-1])
    return order[np.append(True, ~again)] if again.any() else order


def series_key(process: int, name: int) -> int:
    """One integer for a series (process, data name)."""
    return process << SERIES_BITS | name


def split_key(key: int) -> tuple[int, int]:
    """Process and data name of such an integer."""
    return key >> SERIES_BITS, key & ((1 << SERIES_BITS) - 1)


def none() -> Facts:
    """The facts of nothing."""
    ints, floats = np.zeros(0, np.int64), np.zeros(0, np.float64)
    flags = np.zeros(0, np.bool_)
    return Facts(ints, ints, ints, ints, flags, flags, floats, ints, ints, ints, floats, ints, flags, ())
