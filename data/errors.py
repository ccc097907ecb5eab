"""Everything the store can fail with, as one tree; each message is one line that says how to mend it.

StoreError
├── StoreLocked     another collector owns the folder
├── StoreDamaged    a file is not a database, or a broken one
├── StoreReadOnly   the folder or a file cannot be written
├── StoreNewer      a file was written by a newer Flowglass
├── StoreBusy       another program holds a lock for longer than we wait; trying again may help
└── DiskFull        nothing can be written until there is space
"""

from __future__ import annotations

from pathlib import Path


class StoreError(Exception):
    """Base of all errors that the store raises on purpose."""


class StoreLocked(StoreError):
    """Another collector owns the data folder."""

    def __init__(self, directory: Path, pid: int | None) -> None:
        owner = f"process {pid}" if pid else "another process"
        super().__init__(f"data folder {directory} is in use by {owner}; stop it, or choose another folder")
        self.pid = pid


class StoreDamaged(StoreError):
    """A file is not a database, or a broken one."""

    def __init__(self, file: Path, why: str, mend: str = "") -> None:
        self.file = file
        self.why = " ".join(why.replace("*", "").split())
        one = "move this file away to lose only the spans it holds"
        whole = "move the whole folder away to start empty"
        self.mend = mend or f"restore a backup, or {one if file.name.startswith('spans-') else whole}"
        super().__init__(f"{file} is damaged ({self.why}); {self.mend}")


class StoreReadOnly(StoreError):
    """The folder or a file cannot be written."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} cannot be written; give this user the right to, or choose another folder")
        self.file = file


class StoreNewer(StoreError):
    """A file was written by a newer Flowglass."""

    def __init__(self, file: Path, found: int, known: int) -> None:
        super().__init__(
            f"{file} has schema {found}, this Flowglass knows up to {known}; run the newer Flowglass, "
            "or choose another folder"
        )
        self.file = file


class StoreBusy(StoreError):
    """Another program held a lock of a file for longer than we wait."""


class DiskFull(StoreError):
    """Nothing can be written until there is space."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"the disk of {file} is full; free some space, or lower [store] max_bytes")
        self.file = file
