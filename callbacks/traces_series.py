"""One value over time, as the URL names it: its function and its data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State

from alerting.judging import Series
from callbacks.binding import in_browser, serve
from callbacks.traces_judging import in_force
from dashboard import fn, url
from dashboard.components import trace_series
from dashboard.components.trace_series import Panel
from dashboard.ids import Shell, Traces
from dashboard.theme import theme as theme_of
from queries.limits import TimeRange
from queries.series import value_over_time

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

Data = Mapping[str, Any]


def show_series(
    ctx: Context, wish: Data | None, theme: str | None, judged: Data | None, data: Data | None
) -> Any:
    """The series panel, nothing when no series is open. `judged` is what came of the form below its head."""
    function = fn.read(str((wish or {}).get("fn") or ""))
    name = str((wish or {}).get("data") or "")
    if function is None or not name:
        return None
    state = url.from_data(data)
    range = TimeRange(*url.window_ns(state, ctx.now_ns()))
    found = value_over_time(ctx.reader, function.group, function.name, function.scope, name, range)
    series = Series(function.group, function.scope, function.name, name)
    panel = Panel(in_force(ctx, series), bool((wish or {}).get("judge")), judged or {})
    return trace_series.shown(found, function.name, name, range, theme_of(theme), state, panel)


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_series,
        Output(Traces.SERIES, "children"),
        Input(Traces.SERIES_WISH, "data"), Input(Shell.THEME, "data"), Input(Traces.JUDGED, "data"),
        State(Shell.FILTER, "data"),
    )  # fmt: skip
    in_browser(app, "traces.seriesShown", Input(Traces.SERIES, "children"))
