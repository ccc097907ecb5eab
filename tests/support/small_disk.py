"""A disk that is soon full, and a way to give some of it back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A folder on a disk of 12 MB, 4 of which can be given back by removing `ballast`."""
    folder.mkdir()
    if os.getuid() or os.system(f"mount -t tmpfs -o size=12m tmpfs {folder} 2>/dev/null"):
        pytest.skip("needs the right to mount a small disk")
    try:
        (folder / "ballast").write_bytes(bytes(4 * 2**20))
        yield folder
    finally:
        os.system(f"umount -l {folder}")
