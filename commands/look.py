"""`--data PATH`: a backup or a data folder, opened to be looked into and left as it is."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from commands.archive import unpack, unpacked_bytes


@contextmanager
def opened(data: Path | None) -> Iterator[Path | None]:
    """The folder to read: the one given, or one that a backup is unpacked to and that goes at the end."""
    if data is None or data.is_dir():
        yield data
        return
    owner = os.getpid()  # a forked server worker leaves through here too, and must not clear up
    folder = Path(tempfile.mkdtemp(prefix="flowglass-"))
    try:
        with click.progressbar(length=unpacked_bytes(data), label="unpacking") as bar:
            unpack(data, folder, bar.update)
        yield folder
    finally:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)
