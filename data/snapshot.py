"""A copy of the whole store as of one moment, taken while the collector writes.

Every file is read through a transaction of its own, all begun before the first byte is copied. The moment is
sound when main.db did not change while they were begun: then no segment refers to a name that main.db lacks,
and what a segment holds beyond main.db is one unannounced commit, as after a kill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.errors import StoreBusy, StoreError
from data.sqlite import Connection, connect_copy, connect_reader, named_errors

MAIN, CONTROL = "main.db", "control.db"
TRIES = 200  # the collector commits about 20 times a second; beginning takes a millisecond a file
SEGMENTS = "SELECT name FROM segment WHERE state <> 'retiring' ORDER BY id"
FIRST_PAGE = "SELECT count(*) FROM sqlite_master"  # the cheapest read that begins a transaction
PAGES_A_STEP = 4_096
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Part:
    """One file of the snapshot, held as of its moment."""

    name: str
    connection: Connection
    bytes: int

    def copy(self, to: Path, progress: Progress) -> None:
        """Writes it to a new file; `progress` is told how many bytes were copied since it was last called."""
        page = self.bytes // max(1, self._pages())
        done = 0

        def step(_status: int, left: int, total: int) -> None:
            nonlocal done
            progress((total - left - done) * page)
            done = total - left

        with named_errors(to), closing(connect_copy(to)) as copy:
            self.connection.backup(copy, pages=PAGES_A_STEP, progress=step)

    def _pages(self) -> int:
        return int(self.connection.execute("PRAGMA page_count").fetchone()[0])


@contextmanager
def snapshot(directory: Path) -> Iterator[tuple[Part, ...]]:
    """The files of a store as of one moment, main.db first; raises StoreError when there is no store."""
    if not (directory / MAIN).exists():
        raise StoreError(f"there is no store in {directory}")
    for _ in range(TRIES):
        with ExitStack() as stack:
            parts = _begin(directory, stack)
            if parts:
                yield parts
                return
    raise StoreBusy(f"{directory} was written without a pause; try again")


def _begin(directory: Path, stack: ExitStack) -> tuple[Part, ...]:
    """All transactions begun; nothing when main.db changed meanwhile."""
    with named_errors(directory / MAIN):
        watch = stack.enter_context(closing(connect_reader(directory / MAIN)))
        before = _version(watch)
        main = _open(directory / MAIN, stack)
        names = [name for (name,) in main.connection.execute(SEGMENTS)]
    parts = [main]
    for name in names:
        if (directory / name).exists():
            parts.append(_open(directory / name, stack))
    if _version(watch) != before:
        return ()
    if (directory / CONTROL).exists():
        parts.append(_open(directory / CONTROL, stack))
    return tuple(parts)


def _version(watch: Connection) -> int:
    """A number that changes when another connection commits."""
    return int(watch.execute("PRAGMA data_version").fetchone()[0])


def _open(path: Path, stack: ExitStack) -> Part:
    with named_errors(path):
        connection = stack.enter_context(closing(connect_reader(path)))
        connection.execute("BEGIN")
        connection.execute(FIRST_PAGE).fetchone()
        pages, size = (
            connection.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "page_size")
        )
    return Part(path.name, connection, pages * size)
