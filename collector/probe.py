"""Whether the disk takes data again: asked while the writer's circuit is open."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from data.errors import DiskFull, StoreError

FULL = (errno.ENOSPC, errno.EDQUOT)
PROBE_BYTES = 4 * 2**20  # about what a commit needs with its logs


def probe_disk(directory: Path) -> None:
    """Writes and forgets a small file; raises DiskFull or StoreError."""
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(directory) from None
        raise StoreError(f"{directory} cannot be written: {error.strerror}") from None
