"""The open trace: its calls, part by part, and one of its spans as it was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, no_update

from callbacks.binding import serve
from dashboard.components.marks import attr, button, icon
from dashboard.components.states import Failure, failed
from dashboard.components.trace_outline import outline_data
from dashboard.ids import Traces
from dashboard.light import html
from queries import filters, traces
from queries.errors import FilterError
from queries.filter_tree import And, Clause
from queries.limits import MAX_RANGE_NS, TimeRange
from queries.outline import outline

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

Data = Mapping[str, Any]
MAX_FOUND = 1_000  # calls marked as found
FIRST, REST = 1_000, 5_000  # calls of the first part, and of each after it


def show_outline(ctx: Context, wish: Data | None) -> Any:
    """One part of the open trace."""
    if not wish or not wish.get("trace"):
        return no_update
    trace_id, cursor = str(wish["trace"]), wish.get("cursor")
    found = outline(ctx.reader, trace_id, cursor=cursor, limit=REST if cursor else FIRST)
    return outline_data(found, trace_id, cursor is None)


def show_raw(ctx: Context, wish: Data | None) -> Any:
    """The span as OTLP JSON, with a button that copies it."""
    if not wish:
        return no_update
    detail = traces.span_detail(ctx.reader, str(wish.get("trace")), str(wish.get("span")))
    if detail is None:
        return None
    text = json.dumps(traces.otlp_json(detail), ensure_ascii=False, indent=2)
    copy = button([icon("copy"), "Copy"], look="sm", **attr(data_copy=text))
    return [html.Div(copy, className="raw-tools"), html.Pre(text, className="raw", tabIndex=0)]


def find_in_trace(ctx: Context, wish: Data | None) -> Any:
    """Ids of the calls of the open trace that a text matches, read as the filter is."""
    if not wish:
        return no_update
    trace_id, text = str(wish.get("trace")), str(wish.get("text") or "")
    try:
        wanted = And((Clause("trace", "equals", trace_id), filters.parse(text)))
    except FilterError as error:
        return {"trace": trace_id, "text": text, "ids": [], "problem": error.message}
    start = int(wish.get("base") or 0)
    range = TimeRange(start, start + MAX_RANGE_NS)
    ids: list[str] = []
    cursor: str | None = None
    while len(ids) < MAX_FOUND:
        page = traces.find_spans(ctx.reader, wanted, range, cursor=cursor, newest_first=False)
        ids += [row.span_id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    return {"trace": trace_id, "text": text, "ids": ids, "more": cursor is not None}


def outline_failed(failure: Failure) -> Any:
    return {"error": f"{failure.what} {failure.mend}"}


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_outline,
        Output(Traces.OUTLINE, "data"), Input(Traces.OUTLINE_WISH, "data"),
        on_failure=outline_failed, at_first=False,
    )  # fmt: skip
    serve(
        app, ctx, show_raw,
        Output(Traces.RAW, "view"), Input(Traces.RAW_WISH, "data"), on_failure=failed, at_first=False,
    )  # fmt: skip
    serve(
        app, ctx, find_in_trace,
        Output(Traces.FOUND_IDS, "data"), Input(Traces.FIND_WISH, "data"),
        on_failure=outline_failed, at_first=False,
    )  # fmt: skip
