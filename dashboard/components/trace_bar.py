"""Above the list: the filter text with its colours, the controls that edit it, and its chips."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard.components.marks import attr, button, icon, icon_button, lamp, spoken
from dashboard.components.trace_menus import export_menu, presets_menu, times_menu
from dashboard.components.view import View
from dashboard.ids import Traces
from dashboard.light import dcc, html

HINT = "Filter: process:load* status:error duration:>250ms, a word, or a value"


def query_bar() -> Component:
    """The text, coloured by assets/js/traces_text.js on a layer that lies under it."""
    text = html.Div(
        [
            html.Div(id=Traces.PAINT, className="paint", **attr(aria_hidden="true")),
            html.Textarea(
                id=Traces.TEXT, rows=1, placeholder=HINT, spellCheck="false", maxLength=2000,
                role="combobox",
                **attr(
                    aria_label="Filter", aria_describedby=Traces.WHY_NOT, aria_autocomplete="list",
                    aria_expanded="false", aria_controls=Traces.PROPOSALS,
                ),
            ),
        ],
        className="qtext",
    )  # fmt: skip
    box = html.Div(
        [
            icon("funnel"),
            text,
            icon_button("x-circle", "Clear the filter", id=Traces.CLEAR, look="clear"),
            html.Span(id=Traces.META, className="qmeta only-l", role="status"),
        ],
        id=Traces.BOX,
        className="qbox",
    )
    return html.Div(
        [
            html.Div([box, presets_menu(), times_menu(), export_menu()], className="qbar"),
            html.Div(
                id=Traces.PROPOSALS, className="menu proposals", role="listbox", hidden=True,
                **attr(aria_label="What may stand here"),
            ),
            html.Div(id=Traces.WHY_NOT, className="why-not", role="alert", hidden=True),
        ],
        className="query",
    )  # fmt: skip


def filter_bar() -> Component:
    """Group, process and errors, which edit the text; then one chip per part of it."""
    group = html.Select(
        [html.Option("All groups", value="")], id=Traces.GROUP, **attr(aria_label="Process group")
    )
    search = dcc.Input(
        id=Traces.PROCESS, type="search", placeholder="Process", autoComplete="off", maxLength=200
    )
    process = html.Label([spoken("Search processes"), search])
    errors = button([lamp("bad"), "Errors only"], id=Traces.ERRORS, look="sm", **attr(aria_pressed="false"))
    facets = button([icon("sliders"), "Facets"], look="sm only-s", **attr(data_facets="open"))
    return html.Div(
        [
            html.Div([group, process, errors, facets], className="editors"),
            View(id=Traces.CHIPS, className="chip-row"),
            View(id=Traces.HIDDEN, className="end", role="status"),
        ],
        className="chips",
    )
