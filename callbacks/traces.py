"""Trace Explorer: what the tab answers. Each part of it has a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import Input, Output, State

from callbacks import (
    traces_arrivals,
    traces_compare,
    traces_detail,
    traces_empty,
    traces_filter,
    traces_judging,
    traces_list,
    traces_outline,
    traces_series,
    traces_survey,
)
from callbacks.binding import in_browser
from dashboard.ids import Shell, Traces

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context


PARTS = (
    traces_list, traces_filter, traces_empty, traces_survey, traces_arrivals, traces_series, traces_judging,
    traces_detail, traces_outline, traces_compare,
)  # fmt: skip


def register(app: Dash, ctx: Context) -> None:
    """Bind this tab's handlers."""
    in_browser(
        app, "traces.derive",
        Output(Traces.QUERY, "data"), Output(Traces.PICK, "data"), Output(Traces.REGION, "data"),
        Output(Traces.ROOT, "className"),
        Input(Shell.FILTER, "data"), State(Traces.QUERY, "data"), State(Traces.PICK, "data"),
        State(Traces.REGION, "data"),
    )  # fmt: skip
    in_browser(
        app, "traces.place",
        Output(Traces.PLACED, "data"),  # without an output it would not be called when the tab is mounted
        *[Input(id, "data") for id in (Traces.PAGE, Traces.CONTROLS, Traces.SHOWN, Traces.PICK)],
    )  # fmt: skip
    for part in PARTS:
        part.register(app, ctx)
