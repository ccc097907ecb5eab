"""The columns of spans that statistics are made of, as arrays, and the figures made from them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.base import Session, TimeRange

SELF_GROUP = "flowglass"  # Flowglass' own spans: left out unless asked for

IDS_PER_US = 2048  # row ids of one microsecond of start
NS_PER_US = 1000

Ints = npt.NDArray[np.int64]

SCAN = """
SELECT id, process, duration_ns, (status = 2) + 2 * (parent_id IS NULL) FROM span NOT INDEXED
WHERE id >= ? AND id < ?
"""
OF_PROCESS = """
SELECT id, process, duration_ns, (status = 2) + 2 * (parent_id IS NULL) FROM span INDEXED BY span_process
WHERE process = ? AND id >= ? AND id < ?
"""


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
    rows: list[tuple[int, ...]] = []
    for segment in session.within(low, high):
        if processes is None:
            rows += session.segment(segment, SCAN, (low, high))
        for process in processes or ():
            rows += session.segment(segment, OF_PROCESS, (process, low, high))
    return _arrays(rows)


def _arrays(rows: list[tuple[int, ...]]) -> Measures:
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return Measures(
        table[:, 0] >> 11, table[:, 1], table[:, 2], (table[:, 3] & 1) == 1, (table[:, 3] & 2) == 2
    )


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
