"""`restore FILE`: puts a backup's files into the data folder."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import click

from commands.archive import unpack, unpacked_bytes
from commands.base import CannotDo, settings, store_errors
from data.lock import FolderLock
from processes.checks import LEAST_FREE_BYTES, check_folder

# What a store leaves in its folder; all of it goes before a backup takes its place.
STORED = ("main.db*", "control.db*", "spans-*.db*")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace what the data folder holds.")
def restore(file: Path, overwrite: bool) -> None:
    """Put the backup FILE into the data folder. Flowglass must not run meanwhile."""
    folder = settings().store.data_dir
    with store_errors():
        check_folder(folder, max(LEAST_FREE_BYTES, unpacked_bytes(file)))
        lock = FolderLock(folder)
    try:
        there = stored(folder)
        if there and not overwrite:
            raise CannotDo(
                f"{folder} holds a store already; say --overwrite to replace it, "
                "or set FLOWGLASS_DATA_DIR to an empty folder"
            )
        with tempfile.TemporaryDirectory(dir=folder) as room:
            with click.progressbar(length=unpacked_bytes(file), label="restoring") as bar:
                names = unpack(file, Path(room), bar.update)
            for old in there:
                old.unlink()
            for name in reversed(
                names
            ):  # main.db last: without it there is no store, rather than half of one
                shutil.move(Path(room) / name, folder / name)
    finally:
        lock.release()
    click.echo(f"{len(names)} files from {file} in {folder}")


def stored(folder: Path) -> list[Path]:
    """The files of a store in a folder."""
    return [path for pattern in STORED for path in folder.glob(pattern)]
