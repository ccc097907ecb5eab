"""The trace list: its first page, the pages after it, and the calls of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dash import Input, Output, no_update

from callbacks import traces_query
from callbacks.binding import serve
from callbacks.searches import newest_only
from callbacks.traces_query import ListQuery
from dashboard import format, trace_columns
from dashboard.components.states import Failure
from dashboard.components.trace_grid import Column, columns
from dashboard.components.trace_rows import grid_rows
from dashboard.ids import Traces
from dashboard.trace_columns import is_field
from queries import filters, traces
from queries.errors import FilterError
from queries.extra import extra_values
from queries.filter_tree import EMPTY
from queries.limits import Page
from queries.rows import SpanRow
from queries.tail import tail
from queries.top import Top, top, top_page

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

Data = Mapping[str, Any]
TOP_SECONDS = 30.0  # how long the keys of a list that is not by time are kept for its next pages


def show_first(ctx: Context, data: Data | None) -> Any:
    """The first page of the list that the URL asks for, its columns, and the commit it was searched after."""
    if not data:
        return no_update
    try:
        text = traces_query.text_of(data)
    except FilterError as error:
        return {"serial": data.get("serial"), "refused": error.message}
    try:
        query = traces_query.of_url(ctx, {**data, "q": text, "edits": ()})
    except FilterError as error:
        return nothing(error={"message": error.message, "suggestion": error.suggestion})
    batch = tail(ctx.reader, None, query.filter).batch  # before the search, so that nothing arrives unseen
    page = page_data(ctx, query, find(ctx, query, None))
    return {**page, "columns": shown_columns(query), "batch": batch}


def show_next(ctx: Context, data: Data | None) -> Any:
    """The page after the one that handed out this cursor."""
    if not data:
        return no_update
    query = traces_query.of_page(ctx, data)
    return page_data(ctx, query, find(ctx, query, str(data["cursor"])))


def show_calls(ctx: Context, data: Data | None) -> Any:
    """The calls that a row made, in the order they started."""
    if not data:
        return no_update
    page = traces.children(ctx.reader, str(data["trace"]), str(data["span"]), cursor=data.get("cursor"))
    fields = [name for name in trace_columns.columns(data.get("cols")) if is_field(name)]
    extra = extra_values(ctx.reader, page.rows, fields) if fields else ()
    return {"row": data["row"], "rows": grid_rows(page.rows, extra), "cursor": page.next_cursor}


def find(ctx: Context, query: ListQuery, cursor: str | None) -> Page[SpanRow]:
    """One page by time, or of the 1,000 that are most."""
    if query.order.measure is not None:
        return top_page(ctx.reader, most(ctx, query), int(cursor or 0))
    return traces.find_spans(
        ctx.reader, query.filter, query.listed, cursor=cursor, newest_first=query.order.largest_first
    )


def most(ctx: Context, query: ListQuery) -> Top:
    """The 1,000 that are most, kept while their pages are asked for."""
    measure, largest = query.order.measure or "duration", query.order.largest_first
    key = ("top", filters.to_text(query.filter), query.range, query.order.name)
    return ctx.cache.get(
        key, lambda: top(ctx.reader, query.filter, query.range, measure, largest_first=largest), TOP_SECONDS
    )


def page_data(ctx: Context, query: ListQuery, page: Page[SpanRow]) -> dict[str, Any]:
    """One page as JSON: its rows, where to go on, and the very range it was found in."""
    fields = [name for name in query.columns if is_field(name)]
    return {
        "page": query.page,
        "serial": query.serial,
        "q": query.q,
        "applied": filters.to_text(query.filter),
        "order": query.order.name,
        "top": query.order.words if query.order.measure else "",
        "cols": ",".join(query.columns),
        "noise": "" if query.noise != EMPTY else "1",
        "at": "" if query.at_ns is None else str(query.at_ns),
        "start_ns": str(query.range.start_ns),
        "end_ns": str(query.range.end_ns),
        "rows": grid_rows(page.rows, extra_values(ctx.reader, page.rows, fields) if fields else ()),
        "cursor": page.next_cursor,
        "searched_back_ns": str(page.searched_back_to_ns),
        "elapsed_ms": round(page.elapsed_ms, 1),
    }


def shown_columns(query: ListQuery) -> list[Column]:
    """The seven columns and those that the URL names; times have their day when the range has several."""
    days = format.moment(query.range.start_ns).date() != format.moment(query.range.end_ns).date()
    return columns(query.columns, days=days)


def nothing(**problem: Any) -> dict[str, Any]:
    """A list that could not be searched: no rows, and the problem that is shown in their place."""
    return {"serial": 0, "rows": [], "cursor": None, "problem": problem}


def first_failed(failure: Failure) -> Any:
    return nothing(failure=asdict(failure))


def said(failure: Failure) -> Any:
    """A failure in one line, for what only adds to a list that is already there."""
    return {"error": f"{failure.what} {failure.mend}"}


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, newest_only(show_first),
        Output(Traces.PAGE, "data"), Input(Traces.QUERY, "data"), on_failure=first_failed,
    )  # fmt: skip
    serve(
        app, ctx, newest_only(show_next),
        Output(Traces.NEXT, "data"), Input(Traces.MORE, "data"), on_failure=said, at_first=False,
    )  # fmt: skip
    serve(
        app, ctx, show_calls,
        Output(Traces.CHILDREN, "data"), Input(Traces.OPEN, "data"), on_failure=said, at_first=False,
    )  # fmt: skip
