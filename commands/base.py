"""What commands share: the settings, and failures in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from config import Settings
from data.errors import StoreError
from processes.errors import EXIT_CANNOT_START, StartError


class CannotDo(click.ClickException):
    """One line on stderr, and an exit code that is not 0."""

    exit_code = EXIT_CANNOT_START

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"flowglass: {self.message}", err=True)


def settings() -> Settings:
    """The settings; a wrong one ends the program with its line."""
    read: Callable[[], Settings] = click.get_current_context().obj
    return read()


@contextmanager
def store_errors() -> Iterator[None]:
    """What the store or its folder refuses, told in one line."""
    try:
        yield
    except (StartError, StoreError) as error:
        raise CannotDo(str(error)) from None
