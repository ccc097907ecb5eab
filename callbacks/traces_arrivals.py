"""What has arrived since the list was searched, in the order of arrival: so late parents count too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, no_update

from callbacks import traces_query
from callbacks.binding import in_browser, serve
from dashboard import trace_columns
from dashboard.components.states import Failure
from dashboard.components.trace_rows import grid_rows
from dashboard.ids import Live, Shell, Traces
from dashboard.trace_columns import is_field
from queries import filters
from queries.extra import extra_values
from queries.tail import tail

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

Data = Mapping[str, Any]


def show_arrived(ctx: Context, wish: Data | None) -> Any:
    """Matching rows since a batch, newest first; without a batch only the one to begin with."""
    if not wish:
        return no_update
    before = wish.get("batch")
    noise = traces_query.hidden_noise(ctx, wish)
    wanted = traces_query.visible(filters.parse(str(wish.get("q") or "")), noise)
    found = tail(ctx.reader, None if before is None else int(before), wanted)
    rows = sorted(found.rows, key=lambda row: (row.timestamp_ns, row.span_id), reverse=True)
    fields = [name for name in trace_columns.columns(wish.get("cols")) if is_field(name)]
    return {
        "serial": wish.get("serial"),
        "batch": found.batch,
        "rows": grid_rows(rows, extra_values(ctx.reader, rows, fields) if fields else ()),
        "matched": found.matched,
        "gap": found.gap or found.matched > len(rows),
    }


def said(failure: Failure) -> Any:
    """Nothing is shown of a look that failed; the next one comes by itself."""
    return {"error": failure.what}


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_arrived,
        Output(Traces.ARRIVED, "data"), Input(Traces.ARRIVED_WISH, "data"), on_failure=said, at_first=False,
    )  # fmt: skip
    in_browser(app, "traces.look", Input(Live.NEW_ROWS, "data"), Input(Shell.POLL, "data"))  # fmt: skip
