"""`judge`: how single series are judged for staleness, where that differs from the settings."""

from __future__ import annotations

import time
from pathlib import Path

import click

from commands.base import CannotDo, settings, store_errors
from data.control import WHO, Control
from data.series_rules import SeriesRule, rules, set_rule
from queries.base import Reader
from queries.names import Names

SAID = {"in": "always judged", "out": "never judged", "": "judged by type and name"}


@click.command()
@click.argument("series", nargs=-1, metavar="[GROUP PROCESS DATA]")
@click.option("--scope", help="The process's module, where several have one with this name.")
@click.option("--always", "judged", flag_value="in", help="Judge it, whatever its type and name.")
@click.option("--never", "judged", flag_value="out", help="Never call its values stale.")
@click.option("--repeats", type=click.IntRange(1), help="Equal values in a row beyond which it is stale.")
@click.option("--min-seconds", type=click.FloatRange(0), help="How long they must have repeated as well.")
@click.option("--tolerance", type=click.FloatRange(0), help="Numbers that differ by no more count as equal.")
def judge(
    series: tuple[str, ...],
    scope: str | None,
    judged: str | None,
    repeats: int | None,
    min_seconds: float | None,
    tolerance: float | None,
) -> None:
    """Set how the values of one series are judged, or list what is set.

    What is not given is as the settings say; with no option at all the series is judged like any other again.
    Flowglass may run meanwhile, and takes it in within half a minute.
    """
    if len(series) not in (0, 3):
        raise click.UsageError("a series is named by its process group, its process and its data name")
    directory = settings().store.data_dir
    if not directory.is_dir():
        raise CannotDo(f"there is no store in {directory}")
    with store_errors():
        control = Control.open(directory)
        try:
            if series:
                group, process, data = series
                set_rule(
                    control,
                    SeriesRule(
                        group, scope_of(_names(directory), group, process, scope), process, data,
                        judged or "", repeats, min_seconds, tolerance, time.time_ns(), WHO,
                    ),
                )  # fmt: skip
            for rule in rules(control):
                if not series or (rule.group, rule.process, rule.data) == series:
                    click.echo(line(rule))
        finally:
            control.close()


def line(rule: SeriesRule) -> str:
    """One series and how it is judged."""
    own = [
        f"{name} {value:g}"
        for name, value in (
            ("repeats", rule.repeats), ("min-seconds", rule.min_seconds), ("tolerance", rule.float_tolerance)
        )
        if value is not None
    ]  # fmt: skip
    where = f"{rule.group} · {rule.process} · {rule.data}" + (f" ({rule.scope})" if rule.scope else "")
    return f"{where}: {', '.join([SAID[rule.judged], *own])}"


def scope_of(names: Names, group: str, process: str, scope: str | None) -> str:
    """The scope of the one process that is meant; CannotDo when there is none or more than one."""
    scopes = {one.scope for one in names.processes.values() if (one.group, one.name) == (group, process)}
    if not scopes:
        raise CannotDo(f"group {group!r} has no process {process!r}")
    if scope is None and len(scopes) > 1:
        raise CannotDo(f"{process!r} is in several modules, say --scope: {', '.join(sorted(scopes))}")
    if scope is not None and scope not in scopes:
        raise CannotDo(f"{process!r} has no module {scope!r}, but {', '.join(sorted(scopes))}")
    return min(scopes) if scope is None else scope


def _names(directory: Path) -> Names:
    reader = Reader.open(directory)
    try:
        with reader.session() as session:
            return session.refresh_names()
    finally:
        reader.close()
