"""Trace Explorer: what the tab looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.marks import attr, icon
from dashboard.components.trace_bar import filter_bar, query_bar
from dashboard.components.trace_charts import charts
from dashboard.components.trace_facets import facet_panel
from dashboard.components.trace_grid import trace_grid
from dashboard.components.trace_menus import columns_menu
from dashboard.components.trace_outline import trace_part
from dashboard.components.view import View
from dashboard.ids import Traces

if TYPE_CHECKING:
    from config import Settings

KEYS = (
    ("/", "Write the filter"), ("Ctrl Space", "In the filter: what may stand here"),
    ("Tab", "In the filter: take the proposal"),
    ("j k", "Next and previous row"), ("Enter", "Open the row's span"),
    ("o", "Open the row's calls"), ("O", "Open the calls of all rows in view"), ("Esc", "Close what is open"),
    ("c", "Its code"), ("v", "Its value over time"), ("p", "Pin it to compare"),
    ("d", "Compare with the pinned"), ("e", "Export"),
    ("J", "List from a time"), ("m", "In a row: actions of the cell"), ("n", "Show new rows"),
    ("l", "Follow what arrives"), ("f", "More room for the trace"),
    ("< >", "Trace: one level less, more"), ("+ - 0", "Trace: zoom in, out, show all"),
)  # fmt: skip
STORES = (
    Traces.QUERY, Traces.PICK, Traces.PAGE, Traces.MORE, Traces.NEXT, Traces.OPEN, Traces.CHILDREN,
    Traces.EMPTIED, Traces.CHECK, Traces.CHECKED, Traces.EDIT, Traces.EDITED, Traces.CONTROLS,
    Traces.COMPLETE, Traces.COMPLETED, Traces.SHOWN,
    Traces.OUTLINE, Traces.OUTLINE_WISH, Traces.RAW_WISH, Traces.FIND_WISH, Traces.FOUND_IDS,
    Traces.SURVEY, Traces.REGION, Traces.ARRIVED_WISH, Traces.ARRIVED,
    Traces.SERIES_WISH, Traces.COMPARE_WISH, Traces.JUDGE, Traces.JUDGED,
)  # fmt: skip


def layout(settings: Settings) -> Component:
    """Filter above, list in the middle, the open span beside it."""
    stores = [dcc.Store(id=store) for store in STORES]
    return html.Div(
        [
            *stores,
            query_bar(),
            filter_bar(),
            html.Div([facet_panel(), list_panel(), detail_panel()], className="tr"),
        ],
        id=Traces.ROOT,
    )


def list_panel() -> Component:
    """The rows, what stands instead of them when there are none, and how far the search has come."""
    return html.Section(
        [
            charts(),
            View(id=Traces.DIFFERENCE, className="difference"),
            html.Div(id=Traces.SERIES, className="series"),
            new_bar(),
            html.Div(id=Traces.NOTE, className="list-note", role="status"),
            html.Div(
                [trace_grid(), columns_menu(), View(id=Traces.EMPTY, className="instead")],
                className="rows",
            ),
            html.Div(id=Traces.FOOT, className="list-foot", role="status"),
        ],
        id=Traces.LIST,
        className="panel list is-busy",
        **attr(aria_label="Spans", data_topics="new_rows"),
    )


def new_bar() -> Component:
    """How many rows have arrived; pressing it puts them in."""
    words = [icon("arrow-up-short"), html.B(), html.Span(className="since")]
    return html.Button(words, id=Traces.NEW, type="button", className="newbar", hidden=True)


def detail_panel() -> Component:
    """Filled when a span is open: its head, its trace, its parts."""
    return html.Section(
        [
            View(id=Traces.HEAD),
            View(id=Traces.FIRST_BAD),
            trace_part(),
            View(id=Traces.SPAN, className="span-parts"),
        ],
        id=Traces.DETAIL,
        className="panel detail",
        **attr(aria_label="Open span"),
    )
