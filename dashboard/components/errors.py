"""Lists of errors: the last ones, each a link to its trace."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import format as show
from dashboard import url
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.url import PageState
from queries.overview import ErrorRow

EXCEPTION_LENGTH = 80  # characters of type and message together
COLUMNS = (Column("Timestamp", width="92px"), Column("Process", width="36%"), Column("Exception"))


def recent(errors: Sequence[ErrorRow], state: PageState) -> Component:
    """The last errors with Timestamp, Process and a shortened Exception; a press opens the trace."""
    if not errors:
        return empty("No error in this range", "Every span of it ended well.", sign="ok")
    return table(
        COLUMNS, [_row(error, state) for error in errors], fixed=True, look="links", label="Recent errors"
    )


def _row(error: ErrorRow, state: PageState) -> Component:
    href = link_to(error, state)
    what = error.exception or "error"
    text = f"{what}: {error.message}" if error.message else what
    return row(
        [
            cell(
                dcc.Link(show.clock_ms(error.timestamp_ns), href=href),
                "mono sub",
                show.full_time(error.timestamp_ns),
            ),
            cell(dcc.Link(error.process, href=href), "mono", f"{error.process} of {error.group}"),
            cell(
                dcc.Link([html.B(what, className="bad"), said(error)], href=href),
                "",
                show.shortened(text, 500),
            ),
        ],
        key=error.span_id,
    )


def said(error: ErrorRow) -> Component:
    """The message, shortened, beside its type."""
    room = max(20, EXCEPTION_LENGTH - len(error.exception))
    return html.Span(f" {show.shortened(error.message, room)}" if error.message else "", className="sub")


def link_to(error: ErrorRow, state: PageState) -> str:
    """Trace Explorer on the spans of this trace, with this span open."""
    explorer = url.PageState("traces", state.range, state.start_ns, state.end_ns)
    return url.href(explorer, q=f"trace:{error.trace_id}", trace=error.trace_id, span=error.span_id)
