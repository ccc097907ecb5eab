"""`rules`: rules as TOML files: written, taken in, and checked, also where nothing runs."""

from __future__ import annotations

import time
from pathlib import Path

import click

from alerting.rule_file import joined, read_paths
from alerting.rule_import import NotImported, exported, import_rules
from commands.base import CannotDo, settings, store_errors
from data.control import WHO, Control
from processes.errors import EXIT_CRASHED

FILE = click.Path(dir_okay=False, path_type=Path)
THERE = click.Path(exists=True, path_type=Path)


@click.group()
def rules() -> None:
    """Alert rules as TOML files: export, import, check."""


@rules.command()
@click.argument("file", type=FILE, required=False)
@click.option("--overwrite", is_flag=True, help="Replace FILE when it is there already.")
def export(file: Path | None, overwrite: bool) -> None:
    """Write the rules that were made on the page or over the API to FILE, or to the terminal."""
    if file is not None and file.exists() and not overwrite:
        raise CannotDo(f"{file} is there already; say --overwrite to replace it, or name another file")
    with store_errors():
        control = _control()
        try:
            text = exported(control)
        finally:
            control.close()
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotDo(f"{file}: {error.strerror}") from None


@rules.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Take in the rules of FILE: all of them, or none when one is wrong.

    A rule with an id replaces the one of that id; without, the one of its name. Flowglass may run meanwhile.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotDo(f"{file} cannot be read: {error}") from None
    with store_errors():
        control = _control()
        try:
            done = import_rules(control, text, str(file), time.time_ns(), WHO)
        except NotImported as error:
            click.echo(str(error), err=True)
            raise CannotDo("nothing was imported; mend these lines first") from None
        finally:
            control.close()
    click.echo(f"{len(done.added)} new, {len(done.changed)} changed, {len(done.same)} as they were")


@rules.command()
@click.argument("paths", type=THERE, nargs=-1, metavar="[FILE or FOLDER…]")
def check(paths: tuple[Path, ...]) -> None:
    """Check files and folders of rules, else the folder of the settings. Ends with 1 when one is wrong.

    Needs no store and nothing that runs. Whether channels exist is known only where they are: import says it.
    """
    looked = list(paths) or _folder()
    found = joined(read_paths(looked))
    for problem in found.problems:
        click.echo(problem.said, err=True)
    if found.problems:
        raise SystemExit(EXIT_CRASHED)
    files = len({one.file for one in found.rules})
    click.echo(f"{_counted(len(found.rules), 'rule')} in {_counted(files, 'file')}: nothing is wrong")


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"


def _folder() -> list[Path]:
    folder = settings().alerts.rules_folder
    if not folder:
        raise CannotDo("name a file or folder, or set [alerts] rules_folder")
    if not Path(folder).is_dir():
        raise CannotDo(f"{folder} is no folder; make it, or mend [alerts] rules_folder")
    return [Path(folder)]


def _control() -> Control:
    directory = settings().store.data_dir
    if not directory.is_dir():
        raise CannotDo(f"there is no store in {directory}")
    return Control.open(directory)
