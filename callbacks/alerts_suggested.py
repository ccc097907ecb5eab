"""Alerts: a threshold learned from history, for the rule that is being written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dash import Input, Output
from dash.exceptions import PreventUpdate

from alerting.learned import NoSuggestion, Suggestion, suggested
from alerting.preview import preview
from alerting.rule import Rule
from callbacks.alerts_preview import measured
from callbacks.alerts_state import Data, open_state
from callbacks.alerts_writing import writing
from callbacks.binding import serve
from dashboard.components import alert_suggested
from dashboard.components.states import Failure
from dashboard.ids import Alerts, Shell
from queries.errors import QueryError

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

KEPT_SECONDS = 600.0
MONTH_NS = 30 * 86_400 * 10**9


def show_suggested(ctx: Context, data: Data, draft: Data) -> Any:
    """The line below the sentence; nothing while none is written."""
    found = writing(ctx, open_state(data), draft)
    if found is None:
        return None
    return alert_suggested.line(suggestion(ctx, found.rule))


def suggestion(ctx: Context, rule: Rule) -> Suggestion | NoSuggestion:
    """Shared by all that write about the same, whatever threshold they have typed so far."""
    bare = replace(measured(rule), min_samples=rule.min_samples, for_=rule.for_)
    now = ctx.now_ns()

    def made() -> Suggestion | NoSuggestion:
        try:
            return suggested(bare, ctx.reader, now, lambda one: preview(one, ctx.reader, now, MONTH_NS))
        except QueryError as error:
            return NoSuggestion(str(error))

    key = ("alerts.suggested", bare, now // round(KEPT_SECONDS * 10**9))
    return ctx.cache.get(key, made, KEPT_SECONDS)


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_suggested, Output(Alerts.SUGGESTED, "view"),
        Input(Shell.FILTER, "data"), Input(Alerts.DRAFT, "data"), on_failure=_failed,
    )  # fmt: skip


def _failed(failure: Failure) -> Any:
    """The form's own panels say what is wrong."""
    raise PreventUpdate
