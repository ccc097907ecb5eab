"""The lock that makes one process the owner of a data folder, held for life."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from data.errors import StoreLocked, StoreReadOnly

FILE_NAME = "collector.lock"


class FolderLock:
    """Held until `release` or the end of the process; the file tells the owner's pid."""

    def __init__(self, directory: Path, name: str = FILE_NAME) -> None:
        self._path = directory / name
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError:
            raise StoreReadOnly(self._path) from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = owner_of(directory, name)
            os.close(self._descriptor)
            raise StoreLocked(directory, owner) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Gives the folder up; the file stays, because removing it would race with the next owner."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def owner_of(directory: Path, name: str = FILE_NAME) -> int | None:
    """The pid written in the lock file, None when there is none."""
    try:
        text = (directory / name).read_text()
    except OSError:
        return None
    return int(text) if text.strip().isdigit() else None


def is_locked(directory: Path) -> bool:
    """Whether some process owns the folder now."""
    try:
        descriptor = os.open(directory / FILE_NAME, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
