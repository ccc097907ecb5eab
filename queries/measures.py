"""The columns of spans that statistics are made of, as arrays, and the figures made from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.base import Session, TimeRange

SELF_GROUP = "flowglass"  # Flowglass' own spans: left out unless asked for

IDS_PER_US = 2048  # row ids of one microsecond of start
NS_PER_US = 1000

Ints = npt.NDArray[np.int64]

# One row of texts, a column each: 0.9 µs a span where taking rows costs 2.1.
COLUMNS = """
SELECT group_concat(id), group_concat(process), group_concat(duration_ns),
group_concat((status = 2) + 2 * (parent_id IS NULL))
"""
SCAN = f"{COLUMNS} FROM span NOT INDEXED WHERE id >= ? AND id < ?"
OF_PROCESS = f"{COLUMNS} FROM span INDEXED BY span_process WHERE process = ? AND id >= ? AND id < ?"


@dataclass(frozen=True, slots=True)
class Measures:
    """One array per column, same length, in no particular order."""

    start_us: Ints
    process: Ints
    duration_ns: Ints
    error: npt.NDArray[np.bool_]
    root: npt.NDArray[np.bool_]

    def where(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Measures:
        """The chosen rows only, by a mask or by their positions."""
        return Measures(
            self.start_us[chosen],
            self.process[chosen],
            self.duration_ns[chosen],
            self.error[chosen],
            self.root[chosen],
        )


def id_bounds(range: TimeRange) -> tuple[int, int]:
    """Row ids of the range's start and end, to the microsecond."""
    return (range.start_ns // NS_PER_US) * IDS_PER_US, -(-range.end_ns // NS_PER_US) * IDS_PER_US


def measures(session: Session, range: TimeRange, processes: Collection[int] | None = None) -> Measures:
    """The measures of every span of the range, or of the given processes only."""
    low, high = id_bounds(range)
    found: list[tuple[str, ...]] = []  # of None where there is nothing
    for segment in session.within(low, high):
        if processes is None:
            found += session.segment(segment, SCAN, (low, high))
        for process in processes or ():
            found += session.segment(segment, OF_PROCESS, (process, low, high))
    ids, process_ids, durations, flags = arrays((row for row in found if row[0]), 4)
    return Measures(ids >> 11, process_ids, durations, (flags & 1) == 1, (flags & 2) == 2)


def arrays(rows: Iterable[Sequence[str]], columns: int) -> list[Ints]:
    """The integers of each column of rows whose texts group_concat has made."""
    return [numbers_of(texts) for texts in list(zip(*rows, strict=True)) or [()] * columns]


def numbers_of(texts: Sequence[str]) -> Ints:
    """The integers of texts that group_concat has made."""
    return np.fromstring(",".join(texts), np.int64, sep=",")


def quantiles(values: Ints, shares: Sequence[float]) -> tuple[int | None, ...]:
    """The values at these shares of the order (nearest rank), None when there are no values."""
    if not len(values):
        return (None,) * len(shares)
    ranks = [max(0, int(np.ceil(share * len(values))) - 1) for share in shares]
    ordered = np.partition(values, ranks)
    return tuple(int(ordered[rank]) for rank in ranks)


def rate(part: int, whole: int) -> float:
    """Share of the whole, 0 when there is nothing."""
    return part / whole if whole else 0.0
