"""The calls of one function: all of them where they are few, else cells of its rollups and calls beside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from queries.base import Session, TimeRange
from queries.calls import NO_MEMORY, Calls, calls_of
from queries.cells import DAYS, HOURS, MINUTES, Cells, Tier, cover, read
from queries.measures import NS_PER_US, Ints
from queries.tally import FEW, exact_quantiles, quantiles_by_part


@dataclass(frozen=True, slots=True)
class Parts:
    """Cells and single calls that together are all calls of a range."""

    cells: Cells
    calls: Calls

    @property
    def start_ns(self) -> Ints:
        """Starts of the single calls, to the microsecond."""
        starts: Ints = self.calls.start_us * NS_PER_US
        return starts

    def of_version(self, version: int) -> Parts:
        """The calls of one code version."""
        return Parts(
            self.cells.where(self.cells.version == version), self.calls.where(self.calls.version == version)
        )

    def totals(self) -> tuple[int, int]:
        """Calls and errors."""
        calls, errors = (self.cells.calls, self.cells.errors)
        counted, failed = (float((column * self.cells.share).sum()) for column in (calls, errors))
        return round(counted) + len(self.calls.start_us), round(failed) + int(self.calls.error.sum())

    def durations(
        self, cells: Ints, calls: Ints, count: int, shares: tuple[float, ...]
    ) -> list[list[int | None]]:
        """For each share the durations of `count` parts; the arrays say of which part a cell or call is."""
        if not len(self.cells.calls):
            return exact_quantiles(calls, self.calls.duration_ns, count, shares)
        values = self.calls.duration_ns
        return quantiles_by_part(self.cells.durations, self.cells.share, cells, values, calls, count, shares)

    def memories(
        self, cells: Ints, calls: Ints, count: int, shares: tuple[float, ...]
    ) -> list[list[int | None]]:
        """The same of memory deltas, in bytes."""
        measured = self.calls.memory != NO_MEMORY
        values, calls = self.calls.memory[measured], calls[measured]
        if not len(self.cells.calls):
            return exact_quantiles(calls, values, count, shares)
        return quantiles_by_part(self.cells.memories, self.cells.share, cells, values, calls, count, shares)


def parts_of(session: Session, process: int | None, range: TimeRange, step_ns: int) -> Parts:
    """All calls of a function in a range, by cells no longer than a step."""
    covered = cover(session, range, most=_tier(step_ns), of_one=True)
    cells = read(session, covered, "process", -1 if process is None else process, memory=True)
    if (cells.calls * cells.share).sum() <= FEW:
        return Parts(cells.where(np.zeros(len(cells.calls), np.bool_)), calls_of(session, process, range))
    found = [calls_of(session, process, edge) for edge in covered.edges]
    return Parts(cells, joined(found) if found else calls_of(session, None, range))


def joined(parts: list[Calls]) -> Calls:
    """Several arrays of calls as one."""
    return Calls(*(np.concatenate([getattr(part, name) for part in parts]) for name in Calls.__slots__))


def _tier(step_ns: int) -> Tier:
    """The longest cells that are no longer than a step."""
    return next((tier for tier in (DAYS, HOURS) if tier.unit_ns <= step_ns), MINUTES)
