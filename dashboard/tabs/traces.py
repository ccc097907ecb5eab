"""Trace Explorer: what the tab looks like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dash.development.base_component import Component

from dashboard.components.marks import attr, icon
from dashboard.components.store import Store
from dashboard.components.told import Told
from dashboard.components.trace_bar import filter_bar, query_bar
from dashboard.components.trace_charts import charts
from dashboard.components.trace_facets import facet_panel
from dashboard.components.trace_grid import trace_grid
from dashboard.components.trace_menus import columns_menu
from dashboard.components.trace_outline import trace_part
from dashboard.components.view import View
from dashboard.ids import Traces
from dashboard.light import html
from dashboard.url import PageState, as_data

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
REGION = re.compile(
    r"(?P<start_ns>\d{1,19})-(?P<end_ns>\d{1,19})-(?P<low_ns>\d{1,16})-(?P<high_ns>\d{1,16})", re.ASCII
)
WISHES = (  # written by the scripts; the server listens
    Traces.LISTED, Traces.MORE, Traces.OPEN, Traces.EMPTIED, Traces.CHECK, Traces.COMPLETE,
    Traces.OUTLINE_WISH, Traces.RAW_WISH, Traces.FIND_WISH, Traces.ARRIVED_WISH,
    Traces.SERIES_WISH, Traces.COMPARE_WISH, Traces.JUDGE,
)  # fmt: skip
ANSWERS = {  # what the server says, and what of `flowglass.told` takes it (assets/js/traces.js)
    Traces.PAGE: "page", Traces.NEXT: "next", Traces.CHILDREN: "children", Traces.CONTROLS: "controls",
    Traces.CHECKED: "checked", Traces.COMPLETED: "proposed", Traces.SHOWN: "shown",
    Traces.OUTLINE: "outline", Traces.FOUND_IDS: "found", Traces.SURVEY: "survey",
    Traces.ARRIVED: "arrived", Traces.JUDGED: "judged",
}  # fmt: skip


def layout(settings: Settings, state: PageState) -> Component:
    """Filter above, list in the middle, the open span beside it."""
    asked = {Traces.QUERY: rows(state), Traces.PICK: opened(state), Traces.REGION: region(state)}
    stores = [Store(id=store, data=data) for store, data in asked.items()]
    stores += [Store(id=wish) for wish in WISHES]  # None as data would be a change when it is mounted
    told = [Told(Traces.CAME, "traces.came", as_data(state))]
    told += [Told(answer, f"traces.{name}") for answer, name in ANSWERS.items()]
    return html.Div(
        [
            *stores,
            *told,
            query_bar(),
            filter_bar(),
            html.Div([facet_panel(), list_panel(), detail_panel()], className="tr"),
        ],
        id=Traces.ROOT,
        className="has-detail" if state.trace else "",
    )


# What of the URL decides the rows, and what is open beside them. assets/js/traces.js says the same of the
# URLs that come after the one the tab was mounted with.


def rows(state: PageState) -> dict[str, Any]:
    """The search. It names no page, so that no newer search gives it up."""
    data = {
        key: value for key, value in as_data(state).items() if key in ("range", "start_ns", "end_ns", "q")
    }
    of_tab = {key: state.extra.get(key, "") for key in ("cols", "noise", "at")}
    order = state.extra.get("order", "newest")
    return {**data, **of_tab, "order": order, "page": "", "serial": 0}


def opened(state: PageState) -> dict[str, str]:
    return {"trace": state.trace, "span": state.span}


def region(state: PageState) -> dict[str, str]:
    """The selected part of the heatmap; no start when there is none."""
    parts = REGION.fullmatch(state.extra.get("sel", ""))
    if not parts or int(parts["start_ns"]) >= int(parts["end_ns"]):
        return {"start_ns": ""}
    return parts.groupdict()


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
