"""A group that imports a command when it is called or listed, so that starting a process loads none."""

from __future__ import annotations

import importlib

import click

# Each with the module of this package, and the function in it, that it is.
COMMANDS = {
    "backup": "backup",
    "export": "export",
    "import": "import_file",
    "judge": "judge",
    "restore": "restore",
    "rules": "rules",
    "seed": "seed",
    "verify": "verify",
}


class Lazily(click.Group):
    """The group's own commands, then those of this package."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*super().list_commands(context), *COMMANDS]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return super().get_command(context, name)
        found: click.Command = getattr(importlib.import_module(f"commands.{COMMANDS[name]}"), COMMANDS[name])
        return found
