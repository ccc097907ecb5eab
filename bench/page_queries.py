"""Every question that a tab asks the store, one after the other and nothing kept from before."""

from __future__ import annotations

from typing import Any, cast

from bench.world import HOUR_NS, Function, World
from callbacks import figures, shell
from callbacks.context import Context
from callbacks.incident import STEPS as INCIDENT_STEPS
from callbacks.shared import SharedResults
from config import Settings
from queries import (
    code,
    code_compare,
    code_history,
    code_load,
    code_raised,
    code_sample,
    code_stale,
    code_tree,
    code_values,
)
from queries.jobs import jobs
from queries.limits import TimeRange
from queries.present import first_group
from queries.stale import stale_count


def context(world: World) -> Context:
    """A page that nobody has looked at: its cache is empty."""
    return Context(Settings(), world.reader, cast(Any, None), SharedResults(), lambda: world.now_ns)


def overview(world: World, length_ns: int) -> None:
    """What callbacks/overview.py, the strip and the lamps ask for when the tab is opened."""
    ctx, range = context(world), world.newest(length_ns)
    first_group(world.reader)
    shell.vital_figures(ctx, world.now_ns)
    figures.group_health(ctx, world.now_ns)
    figures.vitals(ctx, range)
    figures.last_errors(ctx, range)
    figures.groups(ctx, range)
    figures.groups(ctx, range.before())
    figures.processes(ctx, range)
    figures.stale(ctx)
    figures.sizes(ctx)
    stale_count(world.reader)
    jobs(world.reader)


def error_kinds(world: World, length_ns: int) -> None:
    """What the switch "by kind" of the errors asks for."""
    figures.kinds(context(world), world.newest(length_ns))


def incident(world: World, length_ns: int) -> None:
    """What the incident view asks for."""
    ctx, range = context(world), world.newest(length_ns)
    figures.vitals(ctx, range, INCIDENT_STEPS)
    figures.kinds(ctx, range)
    figures.processes(ctx, range)
    figures.stale_in(ctx, range)


def inspector(world: World, function: Function, length_ns: int) -> None:
    """What Code Inspector asks for about one function, its source and every sub-tab's figures included."""
    range = world.newest(length_ns)
    wide = range if range.length_ns >= 24 * HOUR_NS else world.newest(24 * HOUR_NS)
    ask = (world.reader, *function)
    versions = code.versions(*ask)
    calls: dict[TimeRange, code_sample.Newest] = {}
    for part in (range, range.before()):
        code.function_stats(*ask, part)
        calls[part] = code_sample.newest(*ask, part)
        code_load.load(calls[part])
        code_tree.relations(world.reader, calls[part])
    code_history.history(*ask, wide)
    code_history.histogram(*ask, range)
    code_values.series(code_values.sample(world.reader, calls[range]))
    code_stale.stale_of(world.reader, [function])
    if versions:
        newest = versions[0]
        lines = code_raised.Lines(newest.file, newest.line, 40)
        code_raised.raised_lines(*ask, range, newest.hash, lines)
        for before in versions[1:2]:
            code_compare.verdict(*ask, before.hash, newest.hash, newest.first_seen_ns)


def lists(world: World, range: TimeRange) -> None:
    """What Code Inspector asks for when no function is chosen."""
    figures.processes(context(world), range)
