"""Why a search found nothing: the filter is tried again without each of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update

from callbacks import traces_query
from callbacks.binding import serve
from callbacks.searches import newest_only
from dashboard.components import trace_empty
from dashboard.components.states import Failure, failed
from dashboard.components.trace_empty import Emptied
from dashboard.ids import Traces
from queries import filters, traces
from queries.filter_tree import EMPTY, And, Not
from queries.health import store_sizes

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

MAX_TRIED = 12  # parts that are tried; each is one search of at most a quarter of a second


def show_why(ctx: Context, emptied: Mapping[str, Any] | None, data: Mapping[str, Any] | None) -> Any:
    """What emptied the list: a problem that the search told, or what is found out now."""
    if not emptied or not data:
        return no_update
    problem = emptied.get("problem") or {}
    if "failure" in problem:
        return failed(Failure(**problem["failure"]))
    if "error" in problem:
        return trace_empty.unreadable(problem["error"]["message"], problem["error"]["suggestion"])
    now = ctx.now_ns()
    return trace_empty.explained(look(ctx, traces_query.of_url(ctx, data)), now)


def look(ctx: Context, query: traces_query.ListQuery) -> Emptied:
    """Search for what is hidden, then without each part of the filter, then without any."""
    everybody = And((filters.parse(query.q), Not(traces_query.OWN)))
    found = traces.find_spans(ctx.reader, everybody, query.range, limit=1)
    parts = [chip.text for chip in filters.chips(query.q) if not chip.off and chip.text]
    culprits = [part for part in parts[:MAX_TRIED] if _any(ctx, query, filters.without(query.q, part))]
    return Emptied(
        hidden=bool(found.rows) and query.noise != EMPTY,
        filtered=bool(parts),
        culprits=tuple(culprits),
        rows_without_filter=bool(parts) and (bool(culprits) or _any(ctx, query, "")),
        range=query.range,
        newest_ns=store_sizes(ctx.reader).newest_ns,
    )


def _any(ctx: Context, query: traces_query.ListQuery, text: str) -> bool:
    wanted = traces_query.visible(filters.parse(text), query.noise)
    return bool(traces.find_spans(ctx.reader, wanted, query.range, limit=1).rows)


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, newest_only(show_why, at=1),
        Output(Traces.EMPTY, "view"),
        Input(Traces.EMPTIED, "data"), State(Traces.QUERY, "data"), at_first=False,
    )  # fmt: skip
