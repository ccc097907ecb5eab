"""What keeps the store small: sealing, dropping by age and by size. Each call is one short step.

A segment goes in two moves. First it is marked as retiring, and readers, who look at the list before each
query, let go of it; ten seconds later its files are removed. Readers take a file that is gone as empty.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from data.ids import NS_PER_DAY, first_row_id
from data.rollups import TABLES, TIERS
from data.segment import Segment, checkpoint_if_large
from data.segments import Segments
from data.sqlite import Connection, named_errors, transaction

LET_GO_NS = 10 * 1_000_000_000  # readers have this long to close a retiring file
SEAL_AFTER_NS = 3_600 * 1_000_000_000  # after the end of the day: late spans are over by then
KEEP_HISTORY_NS = 31 * NS_PER_DAY  # of stale runs and dropped segments
EXPIRE_ROWS, PRUNE_ROWS = 1_000, 2_000  # of one step: about 20 ms
MERGE_PAGES = 64  # of the text index in one step: about 10 ms
STEP_LOG_BYTES = 2 * 2**20  # of a log that steps have written: moving more waits for the disk
OLD_SPANS = "DELETE FROM span WHERE id IN (SELECT id FROM span WHERE id < ? ORDER BY id LIMIT ?)"
OLD_RUNS = "DELETE FROM stale_run WHERE ended_ns IS NOT NULL AND last_ns < ?"
OLD_DROPS = "DELETE FROM dropped_segment WHERE dropped_ns < ?"
EXPIRED = (
    "INSERT INTO meta (key, value) VALUES ('expired_ns', ?) "
    "ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)"
)
MERGE = "INSERT INTO span_text (span_text, rank) VALUES ('merge', ?)"


class RetentionSettings(Protocol):
    """The part of the settings that this needs."""

    @property
    def retention_days(self) -> int: ...
    @property
    def max_bytes(self) -> int: ...
    @property
    def segment_bytes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Retired:
    """Segments that were taken out of use."""

    segments: int = 0
    rows: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Reaped:
    """Segments whose files were removed, and by how much the disk's free space grew meanwhile."""

    segments: int = 0
    rows: int = 0
    bytes: int = 0
    freed: int = 0


@dataclass(frozen=True, slots=True)
class Removed:
    """A segment whose files are gone, their size, and by how much the disk's free space grew."""

    segment: Segment
    bytes: int
    freed: int


class Upkeep:
    """The steps. The caller sees to it that they run on the writer's thread."""

    def __init__(
        self,
        main: Connection,
        main_path: Path,
        segments: Segments,
        settings: RetentionSettings,
        flush: Callable[[], object],
    ) -> None:
        self._main = main
        self._path = main_path
        self._segments = segments
        self._settings = settings
        self._flush = flush

    def bytes_on_disk(self) -> int:
        """Of main.db and all segments, with their logs."""
        own = (self._path.with_name(self._path.name + suffix) for suffix in ("", "-wal", "-shm"))
        main = sum(path.stat().st_size for path in own if path.exists())
        return main + sum(segment.bytes_on_disk() for segment in self._segments)

    # Dropping -----------------------------------------------------------------------------------------
    # When a segment is begun, those in use take at most the cap less 1.5 segments. The one that made room
    # waits to be removed while the new one grows: together at most the cap and half a segment.

    def retire_aged(self, now_ns: int) -> Retired:
        """Takes out of use what lies wholly before the age limit."""
        oldest_ns = max(0, now_ns - self._settings.retention_days * NS_PER_DAY)
        with transaction(self._main, self._path):
            self._main.execute(EXPIRED, (oldest_ns,))
        oldest_day = oldest_ns // NS_PER_DAY
        return self._retire([one for one in self._kept() if one.day < oldest_day], "age", now_ns)

    def retire_oversize(self, now_ns: int, writing: Segment | None = None) -> Retired:
        """Takes the oldest segments out of use until a new one has room to grow; never the one in use."""
        room = self._settings.max_bytes - 3 * self._settings.segment_bytes // 2
        total = self.bytes_on_disk() - sum(
            one.bytes_on_disk() for one in self._segments if one.state == "retiring"
        )
        going = []
        for segment in sorted(self._kept(), key=lambda one: (one.day, one.id)):
            if total <= room:
                break
            if segment is not writing:
                total -= segment.bytes_on_disk()
                going.append(segment)
        return self._retire(going, "size", now_ns)

    def reap(self, now_ns: int) -> Reaped:
        """Removes the files of what retired long enough ago, or at once when the cap would be passed."""
        return self.forget([removed(segment) for segment in self.due(now_ns)], now_ns)

    def due(self, now_ns: int) -> list[Segment]:
        """The segments whose files are to be removed now: they are closed, and nobody opens them again."""
        limit = self._settings.max_bytes - self._settings.segment_bytes // 2
        total, found = self.bytes_on_disk(), list[Segment]()
        for segment in sorted(self._segments, key=lambda one: (one.day, one.id)):
            waits = 0 <= now_ns - segment.retired_ns < LET_GO_NS
            if segment.state == "retiring" and not (waits and total <= limit):
                self._segments.close_one(segment)
                total -= segment.bytes_on_disk()
                found.append(segment)
        return found

    def forget(self, gone: Iterable[Removed], now_ns: int) -> Reaped:
        """Takes segments whose files have been removed off the list."""
        listed = [one for one in gone if one.segment in self._segments]
        for one in listed:
            self._segments.forget(one.segment, one.segment.retired or "missing", one.bytes, now_ns)
        return Reaped(
            len(listed),
            sum(one.segment.rows for one in listed),
            sum(one.bytes for one in listed),
            sum(one.freed for one in listed),
        )

    def expire_step(self, now_ns: int) -> int:
        """Deletes some spans past the age limit whose segment is still in use; how many."""
        oldest = first_row_id(max(0, now_ns - self._settings.retention_days * NS_PER_DAY))
        for segment in self._kept():
            if segment.min_id is None or segment.min_id >= oldest or not segment.path.exists():
                continue
            connection = self._segments.use(segment).open()
            with transaction(connection, segment.path):
                deleted = connection.execute(OLD_SPANS, (oldest, EXPIRE_ROWS)).rowcount
            segment.rows -= deleted
            with named_errors(segment.path):
                segment.min_id = connection.execute("SELECT min(id) FROM span").fetchone()[0]
            if segment.min_id is None:
                segment.max_id = None
            with transaction(self._main, self._path):
                self._segments.save(segment, segment.applied_batch)
            checkpoint_if_large(connection, segment.path, STEP_LOG_BYTES)
            return int(deleted)
        return 0

    def prune_step(self, now_ns: int) -> int:
        """Deletes some cells and histories that are older than they are kept; how many."""
        checkpoint_if_large(self._main, self._path, STEP_LOG_BYTES)
        with transaction(self._main, self._path):
            for tier in TIERS:
                for table in TABLES:
                    oldest = (now_ns - tier.keep_ns) // tier.unit_ns
                    pruned = self._main.execute(table.forget, (tier.number, oldest, PRUNE_ROWS)).rowcount
                    if pruned:
                        return int(pruned)
            gone = self._main.execute(OLD_RUNS, (now_ns - KEEP_HISTORY_NS,)).rowcount
            return int(gone + self._main.execute(OLD_DROPS, (now_ns - KEEP_HISTORY_NS,)).rowcount)

    def _kept(self) -> list[Segment]:
        return [one for one in self._segments if one.state != "retiring"]

    def _retire(self, segments: list[Segment], reason: str, now_ns: int) -> Retired:
        done = Retired()
        if segments:
            self._flush()  # what they still owe to series and rollups
        for segment in segments:
            self._segments.set_state(segment, "retiring", reason)
            segment.retired_ns = now_ns
            self._segments.close_one(segment)
            bytes_ = segment.bytes_on_disk()
            done = Retired(done.segments + 1, done.rows + segment.rows, done.bytes + bytes_)
        return done

    # Sealing ------------------------------------------------------------------------------------------

    def seal_step(self, now_ns: int) -> str:
        """One step towards sealing a segment that takes no more spans; what was done, "" for nothing."""
        for segment in self._kept():
            if segment.state == "live" and segment.rows and self._is_over(segment, now_ns):
                done = self._seal(self._segments.use(segment))
                if done:
                    return done
        return ""

    def _is_over(self, segment: Segment, now_ns: int) -> bool:
        if not segment.path.exists():
            return False
        return (segment.day + 1) * NS_PER_DAY + SEAL_AFTER_NS < now_ns or not self._segments.is_target(
            segment
        )

    def _seal(self, segment: Segment) -> str:
        """Merges the text index step by step, then empties the log; "" when a reader holds the log."""
        connection = segment.open()
        checkpoint_if_large(connection, segment.path, STEP_LOG_BYTES)
        with named_errors(segment.path):
            before = connection.total_changes
            connection.execute(MERGE, (MERGE_PAGES if segment.merging else -MERGE_PAGES,))
            segment.merging = True
            if connection.total_changes - before >= 2:  # SQLite's documented sign of work done
                return f"merging the text index of {segment.name}"
            self._flush()
            connection.execute("DELETE FROM batch WHERE batch <= ?", (segment.applied_batch,))
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            return ""
        segment.merging = False
        self._segments.set_state(segment, "sealed")
        self._segments.close_one(segment)
        return f"sealed {segment.name}"


def removed(segment: Segment) -> Removed:
    """Removes the files of a closed segment, the log first: a file without its log is whole, as of earlier.

    On any thread: a large file takes the disk 60 ms.
    """
    free, bytes_ = _free_bytes(segment.path.parent), segment.bytes_on_disk()
    for path in reversed(segment.files()):
        path.unlink(missing_ok=True)
    return Removed(segment, bytes_, max(0, _free_bytes(segment.path.parent) - free))


def _free_bytes(directory: Path) -> int:
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize
