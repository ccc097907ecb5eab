"""`backup FILE`: the whole data folder as one file, while Flowglass runs or not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from commands.archive import pack
from commands.base import CannotDo, settings, store_errors
from data.snapshot import snapshot


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE when it is there already.")
def backup(file: Path, overwrite: bool) -> None:
    """Write all that is stored, as of this moment, into FILE.

    FILE is a tar; a name that ends in .gz or .tgz compresses it. Restore it with `restore`, or look
    into it with `python app.py --data FILE`.
    """
    if file.exists() and not overwrite:
        raise CannotDo(f"{file} is there already; say --overwrite to replace it, or name another file")
    if not file.absolute().parent.is_dir():
        raise CannotDo(f"{file.absolute().parent} is not a folder; make it first")
    made = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    with store_errors(), snapshot(settings().store.data_dir) as parts:
        total = sum(part.bytes for part in parts)
        with click.progressbar(length=total, label="backing up") as bar:
            pack(parts, file.absolute(), made, bar.update)
    click.echo(f"{len(parts)} files, {total / 1e6:,.1f} MB, as of {made}, in {file}")
