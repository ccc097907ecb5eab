"""Alerts: what the tab answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output
from dash.exceptions import PreventUpdate

from callbacks import alerts_acts, alerts_board, alerts_chart, alerts_rule, alerts_suggested
from callbacks.binding import serve
from dashboard import url
from dashboard.components import stale_values
from dashboard.components.states import Failure, failed
from dashboard.ids import Alerts, Shell
from queries import stale

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

SHOWN = 50


def show_stale(ctx: Context, data: Mapping[str, Any] | None, _tick: Any) -> tuple[Any, Any]:
    """The values that are stale now."""
    state = url.from_data(data)
    if state.tab != "alerts":
        raise PreventUpdate
    seconds = ctx.settings.refresh.vital_seconds
    values, count = ctx.cache.get("alerts.stale", lambda: _stale_now(ctx), seconds * 0.8)
    repeats = ctx.settings.staleness.repeats
    meta = f"{count} now" if count <= SHOWN else f"{SHOWN} of {count}, the latest seen first"
    return stale_values.listed(values, state, ctx.now_ns(), repeats), meta


def _stale_now(ctx: Context) -> tuple[tuple[stale.StaleValue, ...], int]:
    return stale.stale_now(ctx.reader, SHOWN), stale.stale_count(ctx.reader)


def register(app: Dash, ctx: Context) -> None:
    """Bind this tab's handlers."""
    serve(
        app, ctx, show_stale,
        Output(Alerts.STALE, "view"), Output(Alerts.STALE_META, "children"),
        Input(Shell.FILTER, "data"), Input(Shell.REFRESH, "data"), on_failure=_failed,
    )  # fmt: skip
    for part in (alerts_board, alerts_rule, alerts_suggested, alerts_chart, alerts_acts):
        part.register(app, ctx)


def _failed(failure: Failure) -> tuple[Any, str]:
    return failed(failure), ""
