"""The store as its owner sees it: open a folder, write spans, close. One thread at a time may call it.

A write is one transaction per file, in this order: new dictionary entries (main.db), the spans of each day
(its segment), then what readers follow (main.db: arrivals, totals). Spans are safe from then on. What is
derived from them (series, rollups) is written at most a second later; after a kill it is made up for.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from data.arrivals import Arrival, Arrivals
from data.codes import Codes
from data.errors import StoreDamaged, StoreReadOnly
from data.facts import Facts
from data.ids import NS_PER_DAY
from data.lock import FolderLock
from data.migrate import migrate_main
from data.place import place
from data.rebuild import add_all, clear, facts_in
from data.records import SpanIn
from data.recover import facts_of
from data.rollups import Rollups
from data.rows import encode
from data.segment import LOG_BYTES, Segment, arrival_blob, arrival_ids, checkpoint_if_large
from data.segments import Segments
from data.series import StalenessSettings
from data.series_rules import SeriesRule
from data.sqlite import Connection, Durability, connect_writer, named_errors, transaction
from data.staleness import SeriesTable
from data.upkeep import RetentionSettings, Upkeep

MAIN = "main.db"
FLUSH_NS = 1_000_000_000  # derived tables are at most this far behind
RECOVER_ROWS = 50_000  # spans read back at a time
FORGET_SERIES = "DELETE FROM series WHERE process_id = ? AND data_name_id = ?"
CHECK_BYTES = 64 * 2**20  # a larger main.db is not read whole at every start: 1 s


class StoreSettings(RetentionSettings, Protocol):
    """The part of the settings that this needs."""

    @property
    def durability(self) -> Durability: ...


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the spans of one write."""

    batch: int  # number of the commit
    stored: int
    repeats: int  # known already, neither stored nor counted again
    conflicts: int  # stored, though their ids and start were taken by different content


@dataclass(frozen=True, slots=True)
class Checkpointed:
    """How much of the logs stands in the files now."""

    files: int
    pages: int
    of: int  # pages of the logs


class Store:
    """The write side of a data folder."""

    def __init__(
        self,
        directory: Path,
        settings: StoreSettings,
        staleness: StalenessSettings,
        now_ns: Callable[[], int],
    ) -> None:
        self._now_ns = now_ns
        self._lock = FolderLock(directory)
        self._path = directory / MAIN
        try:
            self._main = _open_main(self._path, settings.durability)
        except BaseException:
            self._lock.release()
            raise
        self._durability = settings.durability
        self._log_bytes = min(LOG_BYTES, settings.segment_bytes // 8)
        self._segments = Segments(
            self._main, self._path, directory, settings.durability, settings.segment_bytes
        )
        self.upkeep = Upkeep(self._main, self._path, self._segments, settings, self.flush)
        self._arrivals = Arrivals()
        self._staleness = staleness
        self._batch = 0
        self._flushed_ns: int | None = None
        self._pending = False
        self._behind: dict[int, Segment] = {}  # segments with commits that the derived tables lack

    @classmethod
    def open(
        cls, directory: Path, settings: StoreSettings, staleness: StalenessSettings, now_ns: Callable[[], int]
    ) -> Store:
        """Takes the folder's lock, brings the files up to date and makes up for a kill.

        Raises StoreLocked, StoreDamaged, StoreReadOnly, StoreNewer or DiskFull.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise StoreReadOnly(directory) from None
        store = cls(directory, settings, staleness, now_ns)
        try:
            store._load()
        except BaseException:
            store._abandon()
            raise
        return store

    def write(self, spans: Sequence[SpanIn]) -> Written:
        """Stores spans; when it returns they are committed. Raises DiskFull or StoreBusy."""
        with _no_collection():
            return self._write(spans)

    def flush(self) -> bool:
        """Writes what is derived from the spans so far; whether there was anything."""
        if not self._pending:
            return False
        self._save(derived=True)
        return True

    def judge_by(self, rules: Iterable[SeriesRule]) -> None:
        """Puts exceptions for single series in force, in place of those before."""
        self._series.configure(rules)

    def note_quiet(self, now_ns: int) -> int:
        """Tells same values from ended calls and gone sources; how many series changed."""
        changed = self._series.note_quiet(now_ns)
        if changed:
            self._save(derived=True)
        return changed

    def forget_series(self, before_ns: int) -> int:
        """Forgets series that had no value since then; how many."""
        series = self._series.forget_old(before_ns)
        with transaction(self._main, self._path):
            self._main.executemany(FORGET_SERIES, series)
        return len(series)

    def segments(self) -> tuple[Segment, ...]:
        """Every segment that is listed, oldest first."""
        return tuple(self._segments)

    def close(self) -> None:
        """Writes what is left, closes all files and gives the folder up."""
        try:
            self.flush()
        finally:
            self._abandon()

    def checkpoint(self) -> Checkpointed:
        """Moves the logs of all open files into them, as far as readers allow; waits for nobody."""
        opened = [(one.connection, one.path) for one in self._segments if one.connection is not None]
        pages = of = 0
        for connection, path in [(self._main, self._path), *opened]:
            with named_errors(path):
                _, frames, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            pages, of = pages + moved, of + frames
        return Checkpointed(1 + len(opened), pages, of)

    # Writing ------------------------------------------------------------------------------------------

    def _write(self, spans: Sequence[SpanIn]) -> Written:
        if self._arrivals.has_unsaved():
            self._announce()
        if not spans:
            return Written(self._batch, 0, 0, 0)
        batch, now = self._batch + 1, self._now_ns()
        stored = repeats = conflicts = 0
        try:
            for day, part in _by_day(spans):
                one = self._write_day(day, part, batch, now)
                stored += one.stored
                repeats += one.repeats
                conflicts += one.conflicts
        finally:
            if self._arrivals.has_unsaved():
                self._batch = batch
        if stored:
            self._announce()
        return Written(self._batch, stored, repeats, conflicts)

    def _write_day(self, day: int, spans: Sequence[SpanIn], batch: int, now: int) -> Written:
        """Stores the spans of one day."""
        order = sorted(range(len(spans)), key=[span.start_ns for span in spans].__getitem__)
        encoded = encode([spans[at] for at in order], self._codes)
        if self._codes.has_new():
            self._save_codes()
        segment = self._target(day, now)
        others = [self._segments.use(one) for one in self._segments.others(segment)]
        placed = place(encoded, segment, others)
        if len(placed.ids):
            arrived = placed.ids[np.argsort(np.array(order)[placed.order])]
            blob = arrival_blob(arrived)
            segment.write(batch, now, placed.ids, blob, placed.encoded)
            segment.grew(placed.ids)
            self._arrivals.add(Arrival(batch, segment.id, now, len(placed.ids), blob))
            self._take_in(segment, placed.encoded.facts)
            checkpoint_if_large(segment.open(), segment.path, self._log_bytes)
        return Written(batch, len(placed.ids), placed.repeats, placed.conflicts)

    def _target(self, day: int, now: int) -> Segment:
        """The segment that takes the day's spans; a new one may have to be made room for."""
        made = self._segments.made
        segment = self._segments.use(self._segments.target(day))
        if self._segments.made > made:
            self.upkeep.retire_oversize(now, segment)
            self.upkeep.reap(now)
        return segment

    def _take_in(self, segment: Segment, facts: Facts) -> None:
        """What the spans of a commit mean for the derived tables."""
        self._behind[segment.id] = segment
        self._pending = True
        self._rollups.add(replace(facts, changed=self._series.observe(facts)))
        self._series.see(facts)
        self._see_versions(facts)

    def _see_versions(self, facts: Facts) -> None:
        """The spans are in order of start: the last of a version to be put into a dict is its newest."""
        versions, starts = facts.version.tolist(), facts.start_ns.tolist()
        newest = dict(zip(versions, starts, strict=True))
        oldest = dict(zip(reversed(versions), reversed(starts), strict=True))
        for version, start_ns in newest.items():
            if version:
                self._codes.saw(version, oldest[version], start_ns)

    def _save_codes(self) -> None:
        """New dictionary entries; synced, for a segment must never outlive the names it refers to."""
        with named_errors(self._path):
            self._main.execute("PRAGMA synchronous = FULL")
        try:
            with transaction(self._main, self._path):
                self._codes.save(self._main)
        except BaseException:
            self._codes.reload(self._main)  # an entry that cannot be saved must not stop the next write
            raise
        finally:
            if self._durability == "process":
                self._main.execute("PRAGMA synchronous = NORMAL")
        self._codes.saved()

    def _announce(self) -> None:
        """Tells readers of what was committed, and writes the derived tables when their second is over."""
        now = self._now_ns()
        since = None if self._flushed_ns is None else now - self._flushed_ns
        self._save(derived=since is None or not 0 <= since < FLUSH_NS)

    def _save(self, *, derived: bool) -> None:
        now = self._now_ns()
        with transaction(self._main, self._path):
            self._arrivals.save(self._main, now)
            self._main.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('batch', ?)", (self._batch,))
            if derived:
                self._series.save(self._main, now)
                self._rollups.save(self._main, now)
                self._codes.save_seen(self._main)
            for segment in self._behind.values():
                self._segments.save(segment, self._batch if derived else segment.applied_batch)
        self._arrivals.saved(now)
        if derived:
            self._series.saved()
            self._rollups.saved()
            self._codes.seen_saved()
            for segment in self._behind.values():
                segment.applied_batch = self._batch  # only now: it tells what a segment may forget
            self._behind.clear()
            self._pending = False
            self._flushed_ns = now
        checkpoint_if_large(self._main, self._path, self._log_bytes)

    # Opening and closing ------------------------------------------------------------------------------

    def _load(self) -> None:
        with named_errors(self._path):
            self._codes = Codes.load(self._main)
            self._series = SeriesTable(self._staleness, self._codes)
            self._series.load(self._main)
            self._rollups = Rollups(self._codes)
            self._segments.load()
            self._arrivals.load(self._main)
            row = self._main.execute("SELECT value FROM meta WHERE key = 'batch'").fetchone()
        self._batch = row[0] if row else 0
        self._recover()

    def _recover(self) -> None:
        """Forgets segments whose file is gone, and takes in commits that main.db missed."""
        for segment in self._segments:
            if not segment.path.exists():
                if segment.max_id is not None or segment.state == "retiring":
                    self._segments.forget(segment, segment.retired or "missing", 0, self._now_ns())
                continue
            if segment.state == "live":
                self._catch_up(self._segments.use(segment))
        if self._pending:
            self._save(derived=True)
        if self._main.execute("SELECT 1 FROM meta WHERE key = 'rebuild'").fetchone():
            self._rebuild()

    def _rebuild(self) -> None:
        """Rollups from all spans; begun again at the next start when it does not come to its end."""
        with transaction(self._main, self._path):
            clear(self._main)
        for segment in self._segments:
            if segment.path.exists():
                facts = facts_in(self._segments.use(segment).open(), self._codes)
                with transaction(self._main, self._path):
                    add_all(facts, self._rollups, self._main, self._now_ns())
        with transaction(self._main, self._path):
            self._main.execute("DELETE FROM meta WHERE key = 'rebuild'")

    def _catch_up(self, segment: Segment) -> None:
        for batch, committed_ns, blob in segment.unapplied():
            ids = arrival_ids(blob)
            for part in np.array_split(ids, max(1, len(ids) // RECOVER_ROWS)):
                self._take_in(segment, facts_of(segment.rows_of(part.tolist()), self._codes))
            segment.grew(np.sort(ids))
            self._arrivals.add(Arrival(batch, segment.id, committed_ns, len(ids), blob))
            self._batch = max(self._batch, batch)
        if segment.id in self._behind:
            segment.recount()

    def _abandon(self) -> None:
        self._segments.close()
        self._main.close()
        self._lock.release()


def _open_main(path: Path, durability: Durability) -> Connection:
    with named_errors(path):
        main = connect_writer(path, durability)
    try:
        migrate_main(main, path)
        if path.stat().st_size <= CHECK_BYTES:
            with named_errors(path):
                found = main.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise StoreDamaged(path, found)
    except BaseException:
        main.close()
        raise
    return main


@contextmanager
def _no_collection() -> Iterator[None]:
    """Thousands of small objects that live as long as a write make the collector look for cycles in vain."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _by_day(spans: Sequence[SpanIn]) -> list[tuple[int, Sequence[SpanIn]]]:
    """The spans of each UTC day of start, in order of arrival; nearly always there is one day."""
    days = np.array([span.start_ns for span in spans], np.int64) // NS_PER_DAY
    if days[0] == days[-1] and (days == days[0]).all():
        return [(int(days[0]), spans)]
    return [
        (day, [spans[at] for at in np.flatnonzero(days == day).tolist()]) for day in np.unique(days).tolist()
    ]
