"""Trace Explorer: what the tab answers. Each part of it has a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context


PARTS = (
    traces_list, traces_filter, traces_empty, traces_survey, traces_arrivals, traces_series, traces_judging,
    traces_detail, traces_outline, traces_compare,
)  # fmt: skip


def register(app: Dash, ctx: Context) -> None:
    """Bind this tab's handlers."""
    for part in PARTS:
        part.register(app, ctx)
