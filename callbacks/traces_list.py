"""The trace list: its first page, the pages after it, and the calls of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dash import Input, Output, no_update

from callbacks import traces_query
from callbacks.binding import in_browser, serve
from callbacks.traces_query import ListQuery
from dashboard.components.states import Failure
from dashboard.components.trace_rows import grid_rows
from dashboard.ids import Traces
from queries import traces
from queries.errors import FilterError
from queries.limits import Page
from queries.rows import SpanRow

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

Data = Mapping[str, Any]


def show_first(ctx: Context, data: Data | None) -> Any:
    """The first page of the list that the URL asks for."""
    if not data:
        return no_update
    try:
        query = traces_query.of_url(data, ctx.now_ns())
    except FilterError as error:
        return nothing(error={"message": error.message, "suggestion": error.suggestion})
    return page_data(query, find(ctx, query, None))


def show_next(ctx: Context, data: Data | None) -> Any:
    """The page after the one that handed out this cursor."""
    if not data:
        return no_update
    query = traces_query.of_page(data)
    return page_data(query, find(ctx, query, str(data["cursor"])))


def show_calls(ctx: Context, data: Data | None) -> Any:
    """The calls that a row made, in the order they started."""
    if not data:
        return no_update
    page = traces.children(ctx.reader, str(data["trace"]), str(data["span"]), cursor=data.get("cursor"))
    return {"row": data["row"], "rows": grid_rows(page.rows), "cursor": page.next_cursor}


def find(ctx: Context, query: ListQuery, cursor: str | None) -> Page[SpanRow]:
    return traces.find_spans(
        ctx.reader, query.filter, query.range, cursor=cursor, newest_first=query.newest_first
    )


def page_data(query: ListQuery, page: Page[SpanRow]) -> dict[str, Any]:
    """One page as JSON: its rows, where to go on, and the very range it was found in."""
    return {
        "serial": query.serial,
        "q": query.q,
        "order": "newest" if query.newest_first else "oldest",
        "start_ns": str(query.range.start_ns),
        "end_ns": str(query.range.end_ns),
        "rows": grid_rows(page.rows),
        "cursor": page.next_cursor,
        "searched_back_ns": str(page.searched_back_to_ns),
        "elapsed_ms": round(page.elapsed_ms, 1),
    }


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
        app, ctx, show_first,
        Output(Traces.PAGE, "data"), Input(Traces.QUERY, "data"), on_failure=first_failed,
    )  # fmt: skip
    serve(
        app, ctx, show_next,
        Output(Traces.NEXT, "data"), Input(Traces.MORE, "data"), on_failure=said, at_first=False,
    )  # fmt: skip
    serve(
        app, ctx, show_calls,
        Output(Traces.CHILDREN, "data"), Input(Traces.OPEN, "data"), on_failure=said, at_first=False,
    )  # fmt: skip
    in_browser(app, "traces.first", Input(Traces.PAGE, "data"), at_first=False)
    in_browser(app, "traces.next", Input(Traces.NEXT, "data"), at_first=False)
    in_browser(app, "traces.children", Input(Traces.CHILDREN, "data"), at_first=False)
    in_browser(app, "traces.mark", Input(Traces.PICK, "data"), at_first=False)
