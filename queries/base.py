"""The way to the store for every query: sessions over read-only connections, with a time budget.

    with reader.session() as session:
        session.names, session.segments, session.main(SQL, params), session.segment(segment, SQL, params)

A store that does not exist yet, and a file that has vanished, read as empty.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from data import sqlite
from queries import given_up
from queries.errors import (
    BadCursor,
    FilterError,
    QueryError,
    QueryGivenUp,
    QueryTimeout,
    RangeTooLong,
    StoreUnavailable,
    TooManyRows,
)
from queries.limits import BUDGET_SECONDS, MAX_PAGE, MAX_RANGE_NS, MAX_ROWS, Page, TimeRange
from queries.names import Names, Rows
from queries.pool import Pool

__all__ = [
    "MAX_PAGE",
    "MAX_RANGE_NS",
    "MAX_ROWS",
    "BadCursor",
    "FilterError",
    "Page",
    "QueryError",
    "QueryGivenUp",
    "QueryTimeout",
    "RangeTooLong",
    "Reader",
    "Segment",
    "Session",
    "StoreUnavailable",
    "TimeRange",
    "TooManyRows",
]

MAIN, CONTROL = "main.db", "control.db"
HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
GIVEN_UP = "another search has taken the place of this one"
OPCODES = 20_000  # virtual machine steps between two looks at the clock, about 0.2 ms
Row = tuple[Any, ...]
Tracing = Callable[[str], AbstractContextManager[None]]  # a span of this name around a block

EXISTS = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('meta', 'segment', 'process')"
GENERATION = "SELECT value FROM meta WHERE key = 'generation'"
SEGMENTS = """
SELECT id, name, day, state, min_id, max_id, rows FROM segment
WHERE state <> 'retiring' AND min_id IS NOT NULL ORDER BY max_id DESC, id DESC
"""


class Segment(NamedTuple):
    """One file of spans. `min_id` and `max_id` bound the row ids it held when the session began."""

    id: int
    name: str
    day: int
    state: str
    min_id: int
    max_id: int
    rows: int

    def meets(self, low: int, high: int) -> bool:
        """Whether it may hold row ids from low up to, not including, high."""
        return self.min_id < high and self.max_id >= low


def untraced(name: str) -> AbstractContextManager[None]:
    """No span at all."""
    return nullcontext()


class Session:
    """One query's view of the store: names and segments at its start, and a deadline."""

    def __init__(self, reader: Reader, budget_seconds: float) -> None:
        self._reader = reader
        self.started = reader.clock()
        self.deadline = self.started + budget_seconds
        self._given_up = given_up.now()
        self.there = False  # whether there is a store
        self.names = Names()
        self.segments: tuple[Segment, ...] = ()  # newest first

    def elapsed_ms(self) -> float:
        """Milliseconds since the session began."""
        return (self._reader.clock() - self.started) * 1000

    def over(self, seconds: float) -> bool:
        """Whether the session has taken longer than this."""
        return self._reader.clock() - self.started > seconds

    def within(self, low: int, high: int) -> list[Segment]:
        """The segments that may hold row ids from low up to, not including, high; newest first."""
        return [one for one in self.segments if one.meets(low, high)]

    def refresh_names(self) -> Names:
        """The names as of now, for spans that came after the session began."""
        if self.there:
            self.names = self._reader.grow(self.names, self.main)
        return self.names

    def main(self, sql: str, params: Any = ()) -> list[Row]:
        """Rows of main.db; none when there is no store."""
        return self._rows(self._reader.file(MAIN), sql, params)

    def segment(self, segment: Segment, sql: str, params: Any = ()) -> list[Row]:
        """Rows of one segment; none when its file has vanished."""
        return self._rows(self._reader.file(segment.name), sql, params)

    def control(self, table: str, sql: str, params: Any = ()) -> list[Row]:
        """Rows of control.db; none when there is no such table yet."""
        path = self._reader.file(CONTROL)
        if not path.exists() or not self._rows(path, HAS_TABLE, (table,)):
            return []
        return self._rows(path, sql, params)

    def _rows(self, path: Path, sql: str, params: Any) -> list[Row]:
        if self._given_up():
            raise QueryGivenUp(GIVEN_UP)
        pool = self._reader.pool
        try:
            connection = pool.take(path)
        except sqlite.Error as error:
            if not path.exists():
                return []
            raise StoreUnavailable(f"{path.name}: {error}") from error
        try:
            connection.set_progress_handler(self._is_over, OPCODES)
            rows: list[Row] = connection.execute(sql, params).fetchall()
        except sqlite.OperationalError as error:
            connection.close()
            raise self._reason(path, error) from error
        except sqlite.DatabaseError as error:
            connection.close()
            raise StoreUnavailable(f"{path.name}: {error}") from error
        except BaseException:
            connection.close()
            raise
        pool.give(path, connection)
        return rows

    def _is_over(self) -> int:
        return 1 if self._given_up() or self._reader.clock() > self.deadline else 0

    def _reason(self, path: Path, error: Exception) -> QueryError:
        if self._given_up():
            return QueryGivenUp(GIVEN_UP)
        if "interrupted" in str(error):
            return QueryTimeout(f"the query took longer than {self.deadline - self.started:g} s")
        return StoreUnavailable(f"{path.name}: {error}")


class Reader:
    """Read-only access to one store, for any number of threads."""

    def __init__(
        self, directory: Path, budget_seconds: float, clock: Callable[[], float], tracing: Tracing
    ) -> None:
        self.directory = directory
        self.tracing = tracing
        self.budget_seconds = budget_seconds
        self.clock = clock
        self.pool = Pool()
        self._files: dict[str, Path] = {}
        self._lock = threading.Lock()
        self._names = Names()
        self._generation: Any = None
        self._looking = threading.RLock()  # taken before _lock
        self._eye: sqlite.Connection | None = None  # tells whether anything was committed, see _look
        self._seen: tuple[int | None, tuple[Segment, ...]] = (None, ())  # at which version, and what
        self._store: tuple[int, int] | None = None  # device and inode of main.db
        self._made: tuple[int, int] | None = None  # those of the main.db whose tables have been seen

    @classmethod
    def open(
        cls,
        directory: Path,
        budget_seconds: float = BUDGET_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        tracing: Tracing = untraced,
    ) -> Reader:
        """A reader of the store in this folder, which need not exist yet; `tracing` sees every query."""
        return cls(Path(directory), budget_seconds, clock, tracing)

    def file(self, name: str) -> Path:
        """The path of a file of the store; kept, for to join and hash one takes as long as a small read."""
        path = self._files.get(name)
        if path is None:
            path = self._files[name] = self.directory / name
        return path

    def close(self) -> None:
        """Close idle connections. Sessions that still run close theirs at their end."""
        self._shut_eye()
        self.pool.close()

    def session(self, budget_seconds: float | None = None) -> AbstractContextManager[Session]:
        """One query's view of the store, as of now. Traced under the name of the query that asks."""
        return self._session(sys._getframe(1).f_code.co_name, budget_seconds or self.budget_seconds)

    @contextmanager
    def _session(self, query: str, budget_seconds: float) -> Iterator[Session]:
        stopped: QueryGivenUp | None = None
        with self.tracing(query):
            try:
                session = Session(self, budget_seconds)
                if self._is_there() and self._has_tables(session):
                    self._look(session)
                yield session
            except QueryGivenUp as given_up:  # no failure, so the span shall not say so
                stopped = given_up
        if stopped:
            raise stopped

    def _is_there(self) -> bool:
        """Whether there is a store; forgets all of an earlier one that stood in its place."""
        try:
            stat = self.file(MAIN).stat()
        except OSError:
            return False
        if self._store != (stat.st_dev, stat.st_ino):
            self._shut_eye()
            with self._lock:
                self._store = (stat.st_dev, stat.st_ino)
                self._names = Names()
                self.pool.close()
                self.pool = Pool()
        return True

    def _has_tables(self, session: Session) -> bool:
        """Whether the store's tables are made; they stay, so they are looked for until they are there."""
        store = self._store
        if self._made != store and session.main(EXISTS) == [(3,)]:
            self._made = store
        return self._made == store

    def _look(self, session: Session) -> None:
        """Fill a session with the segments and names of this moment.

        They are read when main.db has changed: 18 µs a session instead of 123, and a page has 25 of them.
        """
        session.there = True
        with self._looking:
            version = self._version()
            if version is None or version != self._seen[0]:
                generation = session.main(GENERATION)
                segments = tuple(map(Segment._make, session.main(SEGMENTS)))
                if generation != self._generation:
                    self._generation = generation
                    kept = {self.directory / segment.name for segment in segments}
                    self.pool.retire(kept | {self.directory / MAIN})
                self.grow(self._names, session.main)
                self._seen = version, segments
            session.segments, session.names = self._seen[1], self._names

    def _version(self) -> int | None:
        """Rises with each commit to main.db; None when it cannot be told."""
        try:
            if self._eye is None:
                self._eye = self.pool.take(self.file(MAIN))
            return int(self._eye.execute("PRAGMA data_version").fetchone()[0])
        except sqlite.Error:
            self._shut_eye()
            return None

    def _shut_eye(self) -> None:
        with self._looking:
            eye, self._eye, self._seen = self._eye, None, (None, ())
        if eye is not None:
            eye.close()

    def grow(self, names: Names, rows: Rows) -> Names:
        """Names with what was added since, remembered for the sessions to come."""
        grown = names.grown(rows)
        with self._lock:
            if grown.sizes > self._names.sizes:
                self._names = grown
        return grown
