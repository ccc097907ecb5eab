"""A real lock on a store, as another program would hold it that keeps everybody out."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FIRST, COUNT = 120, 8  # the bytes of a -shm file that SQLite locks to write, to check-point and to read


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody reads or writes this database in another process; those that do are waited for."""
    shared = path.with_name(f"{path.name}-shm")
    descriptor = os.open(shared, os.O_RDWR)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX, COUNT, FIRST)
        yield
    finally:
        os.close(descriptor)
