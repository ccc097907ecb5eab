"""The open call beside the pinned one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, no_update

from callbacks.binding import serve
from dashboard.components import trace_compare
from dashboard.ids import Traces
from queries.compare_traces import compare

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context


def show_comparison(ctx: Context, wish: Mapping[str, Any] | None) -> Any:
    """Asked for only while the view is open."""
    if not wish:
        return no_update
    trace, _, span = str(wish.get("pin") or "").partition(":")
    if not trace or not span:
        return trace_compare.hint()
    whole = bool(wish.get("whole"))
    here = (str(wish.get("trace")), str(wish.get("span")))
    found = compare(ctx.reader, (trace, span), here, whole=whole)
    return trace_compare.gone() if found is None else trace_compare.shown(found, whole)


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_comparison,
        Output(Traces.COMPARE, "view"), Input(Traces.COMPARE_WISH, "data"), at_first=False,
    )  # fmt: skip
