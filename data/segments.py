"""The list of segments in main.db: which one takes a day's spans, and when a new one is begun."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from data.ids import NS_PER_DAY
from data.segment import Segment
from data.sqlite import Connection, Durability, transaction

SELECT = "SELECT id, name, day, state, min_id, max_id, rows, applied_batch, retired FROM segment ORDER BY id"
INSERT = "INSERT INTO segment (id, name, day, state) VALUES (?, ?, ?, 'live')"
RAISE = (
    "INSERT INTO meta (key, value) VALUES (?, 1) "
    "ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value"
)
UPDATE = "UPDATE segment SET min_id = ?, max_id = ?, rows = ?, applied_batch = ? WHERE id = ?"
DROPPED = (
    "INSERT OR REPLACE INTO dropped_segment (name, day, reason, rows, bytes, min_id, max_id, dropped_ns) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
MOST_OPEN = 8  # writer connections; a day's spans rarely come to more than two


class Segments:
    """All segments, newest last; opens and closes their files for the writer."""

    def __init__(
        self, main: Connection, main_path: Path, directory: Path, durability: Durability, segment_bytes: int
    ) -> None:
        self._main = main
        self._main_path = main_path
        self._directory = directory
        self._durability = durability
        self._segment_bytes = segment_bytes
        self._all: dict[int, Segment] = {}
        self._open: dict[int, Segment] = {}  # least recently used first
        self.made = 0  # since the start

    def load(self) -> None:
        """Reads the list."""
        for id_, name, day, state, low, high, rows, applied, why in self._main.execute(SELECT).fetchall():
            self._all[id_] = Segment(
                id_, name, day, state, low, high, rows, applied, why, self._directory / name, self._durability
            )

    def __iter__(self) -> Iterator[Segment]:
        return iter(list(self._all.values()))

    def __len__(self) -> int:
        return len(self._all)

    def target(self, day: int) -> Segment:
        """The segment that takes spans of this day now."""
        newest = next((one for one in reversed(self._all.values()) if one.day == day), None)
        if newest is None or newest.state == "retiring" or self._is_full(newest):
            return self._make(day)
        if newest.state == "sealed":
            self.set_state(newest, "live")
        return newest

    def others(self, target: Segment) -> list[Segment]:
        """Further segments of the same day that can still be read."""
        return [
            one
            for one in self._all.values()
            if one.day == target.day and one is not target and one.state != "retiring" and one.path.exists()
        ]

    def use(self, segment: Segment) -> Segment:
        """Opens a segment for writing or looking, and closes the one not used for longest."""
        segment.open()
        self._open.pop(segment.id, None)
        self._open[segment.id] = segment
        while len(self._open) > MOST_OPEN:
            oldest = next(iter(self._open))
            self._open.pop(oldest).close()
        return segment

    def set_state(self, segment: Segment, state: str, retired: str | None = None) -> None:
        """Changes a state and raises the generation, so that readers look anew."""
        with transaction(self._main, self._main_path):
            self._main.execute(
                "UPDATE segment SET state = ?, retired = ? WHERE id = ?", (state, retired, segment.id)
            )
            self._main.execute(RAISE, ("generation",))
        segment.state, segment.retired = state, retired

    def forget(self, segment: Segment, reason: str, bytes_: int, now_ns: int) -> None:
        """Takes a segment whose file is gone off the list, and notes that it was there."""
        self.close_one(segment)
        row = (
            segment.name,
            segment.day,
            reason,
            segment.rows,
            bytes_,
            segment.min_id,
            segment.max_id,
            now_ns,
        )
        with transaction(self._main, self._main_path):
            self._main.execute(DROPPED, row)
            self._main.execute("DELETE FROM segment WHERE id = ?", (segment.id,))
            self._main.execute("DELETE FROM arrivals WHERE segment_id = ?", (segment.id,))
            self._main.execute(RAISE, ("generation",))
        del self._all[segment.id]

    def close_one(self, segment: Segment) -> None:
        """Closes a file until it is used again."""
        self._open.pop(segment.id, None)
        segment.close()

    def is_target(self, segment: Segment) -> bool:
        """Whether it is the newest of its day, which takes that day's spans until it is full."""
        return all(one.id <= segment.id for one in self._all.values() if one.day == segment.day)

    def save(self, segment: Segment, applied_batch: int) -> None:
        """Writes a segment's totals, inside the caller's transaction."""
        self._main.execute(UPDATE, (segment.min_id, segment.max_id, segment.rows, applied_batch, segment.id))

    def close(self) -> None:
        """Closes every file."""
        for segment in self._all.values():
            segment.close()
        self._open.clear()

    def _is_full(self, segment: Segment) -> bool:
        if not segment.full:
            segment.full = self.use(segment).bytes() >= self._segment_bytes
        return segment.full

    def _make(self, day: int) -> Segment:
        with transaction(self._main, self._main_path):
            number = int(self._main.execute(RAISE, ("segment_number",)).fetchone()[0])
            self._main.execute(RAISE, ("generation",))
            name = segment_name(day, number)
            self._main.execute(INSERT, (number, name, day))
        segment = Segment(
            number, name, day, "live", None, None, 0, 0, None, self._directory / name, self._durability
        )
        self._all[number] = segment
        self.made += 1
        return self.use(segment)


def segment_name(day: int, number: int) -> str:
    """The file name of a segment; the number never comes again."""
    date = datetime.fromtimestamp(day * NS_PER_DAY // 1_000_000_000, UTC)
    return f"spans-{date:%Y-%m-%d}-{number:04d}.db"
