"""What came in lately, in order of arrival: the tail that live views and alert matching follow."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from data.sqlite import Connection

KEEP_NS = 15 * 60 * 1_000_000_000
KEEP_ROWS = 1_000_000
INSERT = "INSERT OR IGNORE INTO arrivals (batch, segment_id, committed_ns, rows, ids) VALUES (?, ?, ?, ?, ?)"
LOAD = "SELECT batch, segment_id, committed_ns, rows FROM arrivals ORDER BY batch, segment_id"
DELETE = "DELETE FROM arrivals WHERE batch <= ?"


@dataclass(frozen=True, slots=True)
class Arrival:
    """The part of a commit that went to one segment."""

    batch: int
    segment_id: int
    committed_ns: int
    rows: int
    ids: bytes


class Arrivals:
    """The table `arrivals`, and what of it is not yet written."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, int, int]] = deque()  # batch, committed_ns, rows
        self._rows = 0
        self._unsaved: list[Arrival] = []

    def load(self, main: Connection) -> None:
        """Reads how much there is."""
        for batch, _, committed_ns, rows in main.execute(LOAD):
            self._note(batch, committed_ns, rows)

    def add(self, arrival: Arrival) -> None:
        """A commit that readers shall hear of with the next save."""
        self._unsaved.append(arrival)

    def has_unsaved(self) -> bool:
        """Whether a save is due."""
        return bool(self._unsaved)

    def save(self, main: Connection, now_ns: int) -> None:
        """Writes what is new and drops what is too old, inside the caller's transaction."""
        main.executemany(
            INSERT,
            [(one.batch, one.segment_id, one.committed_ns, one.rows, one.ids) for one in self._unsaved],
        )
        old = self._newest_too_old(now_ns)
        if old is not None:
            main.execute(DELETE, (old,))

    def saved(self, now_ns: int) -> None:
        """To be called once the transaction of `save` is committed."""
        old = self._newest_too_old(now_ns)
        while old is not None and self._kept and self._kept[0][0] <= old:
            self._rows -= self._kept.popleft()[2]
        for one in self._unsaved:
            self._note(one.batch, one.committed_ns, one.rows)
        self._unsaved.clear()

    def _note(self, batch: int, committed_ns: int, rows: int) -> None:
        self._kept.append((batch, committed_ns, rows))
        self._rows += rows

    def _newest_too_old(self, now_ns: int) -> int | None:
        """The newest batch that is past the limits; what is not yet saved does not count."""
        rows, found = self._rows, None
        for batch, committed_ns, count in self._kept:
            if rows <= KEEP_ROWS and committed_ns >= now_ns - KEEP_NS:
                break
            found, rows = batch, rows - count
        return found
