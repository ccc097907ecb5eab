"""Other programs at a store: one that holds its write lock, and one that puts something else in its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.sqlite import connect_writer


@contextmanager
def write_locked(path: Path) -> Iterator[None]:
    """Nobody else can write this database."""
    other = connect_writer(path)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """Something that is no database lies in the place of this one."""
    parts = [path.with_name(f"{path.name}{end}") for end in ("", "-wal", "-shm")]
    aside = path.parent / "aside"
    aside.mkdir()
    for part in parts:
        part.rename(aside / part.name)
    path.write_bytes(b"no database at all " * 100)
    try:
        yield
    finally:
        path.unlink()
        for part in parts:
            (aside / part.name).rename(part)
