"""Code Inspector: values of the open function, and what is laid over the lines of its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Input, Output

from callbacks.binding import serve
from callbacks.code_state import Data, chosen_function, disk_source, identity, newest_of, relations_of
from callbacks.window import window
from dashboard import format
from dashboard.components import code_lines, code_source, code_value, code_values, source
from dashboard.components.code_lines import LineFacts
from dashboard.components.code_versions import Opened
from dashboard.components.states import failed
from dashboard.ids import Code, Shell
from dashboard.tabs import code as view
from queries import code_raised, code_stale, code_suspects
from queries import code_values as queries_values
from queries.code_raised import Lines, RaisedLine
from queries.code_stale import StaleHere
from queries.code_values import Sampled, ValueSeries
from queries.limits import TimeRange
from queries.source_files import DiskSource

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context


def show_values(ctx: Context, data: Data, _slow: Any) -> tuple[Any, ...]:
    """What was seen of each name, or what goes with slow and failing calls."""
    state, opened = chosen_function(ctx, data)
    range = window(state, ctx.now_ns(), ctx.settings.refresh.trends_seconds)
    seen, shown = sampled(ctx, opened, range), state.extra.get("values", "")
    tabs, meta = view.value_tabs(shown, state), f"last {format.count(len(seen.values))} calls"
    if shown == "slow":
        return code_values.suspects(code_suspects.suspects(seen), opened.fn, state), tabs, meta
    series, wanted = series_of(ctx, opened, range), state.extra.get("value", "")
    stale = code_stale.stale_of(ctx.reader, [identity(opened)])
    if not wanted:
        return code_values.seen(series, stale, opened.fn, state), tabs, meta
    found = code_value.chosen(series, wanted)
    if found is None:
        return code_value.gone(wanted, opened.fn, state), tabs, meta
    run = next((one for one in stale if one.data == found.name), None)
    return code_value.detail(found, run, opened.fn, state), tabs, meta


def show_notes(ctx: Context, data: Data, _slow: Any) -> Any:
    """What is known about the lines of the open version in the range."""
    state, opened = chosen_function(ctx, data)
    found = disk_source(ctx, opened, state)
    drawn = code_source.from_disk(found)[2] if found else code_source.whole(opened)
    if drawn is None or opened.compared is not None:
        return {}
    range = window(state, ctx.now_ns(), ctx.settings.refresh.trends_seconds)
    relations = relations_of(ctx, opened, range)
    facts = LineFacts(
        raised=_raised(ctx, opened, range, _lines(opened, found, len(drawn.lines))),
        callees=relations.callees,
        stale=_stale(ctx, opened, range),
        values=series_of(ctx, opened, range),
    )
    return source.all_notes_data(code_lines.notes(drawn, facts, opened.fn, state))


def _lines(opened: Opened, found: DiskSource | None, count: int) -> Lines:
    """Where the drawn text stands, as tracebacks name it."""
    if opened.shown is None:
        return Lines(found.file, found.line, count) if found else Lines("", 1, 0)
    return Lines(opened.shown.version.file, max(1, opened.shown.version.line), count)


def _raised(ctx: Context, opened: Opened, range: TimeRange, lines: Lines) -> tuple[RaisedLine, ...]:
    version = opened.shown.version.hash if opened.shown else ""
    return code_raised.raised_lines(ctx.reader, *identity(opened), range, version, lines)


def _stale(ctx: Context, opened: Opened, range: TimeRange) -> tuple[StaleHere, ...]:
    """Of the function and of everything it calls."""
    callees = relations_of(ctx, opened, range).callees
    return code_stale.stale_of(
        ctx.reader, [identity(opened), *((one.group, one.name, one.scope) for one in callees)]
    )


def sampled(ctx: Context, opened: Opened, range: TimeRange) -> Sampled:
    every = ctx.settings.refresh.trends_seconds
    key = ("code sample", *identity(opened), range)
    return ctx.cache.get(key, lambda: queries_values.sample(ctx.reader, newest_of(ctx, opened, range)), every)


def series_of(ctx: Context, opened: Opened, range: TimeRange) -> tuple[ValueSeries, ...]:
    every = ctx.settings.refresh.trends_seconds
    key = ("code series", *identity(opened), range)
    return ctx.cache.get(key, lambda: queries_values.series(sampled(ctx, opened, range)), every)


def register(app: Dash, ctx: Context) -> None:
    """Bind the handlers of values and line notes."""
    filter_, slow = Input(Shell.FILTER, "data"), Input(Shell.REFRESH_SLOW, "data")
    serve(
        app, ctx, show_values,
        Output(Code.VALUES, "view"), Output(Code.VALUES_TABS, "view"),
        Output(Code.VALUES_META, "view"),
        filter_, slow, on_failure=lambda failure: (failed(failure), None, ""),
    )  # fmt: skip
    serve(
        app, ctx, show_notes,
        Output(Code.SOURCE_NOTES, "data"), filter_, slow, on_failure=lambda failure: {},
    )  # fmt: skip
