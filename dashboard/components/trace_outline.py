"""The trace beside the list: the frame that the scripts of its views fill, and the data for it."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

from dashboard.components.marks import attr, button, icon_button, spoken
from dashboard.components.trace_menus import icon_menu
from dashboard.components.view import View
from dashboard.ids import Traces
from dashboard.light import dcc, html
from queries.outline import Outline

ERROR, STALE = 1, 2
VIEWS = (
    ("waterfall", "Waterfall"), ("statistics", "Statistics"), ("flame", "Flame"), ("raw", "Raw"),
    ("compare", "Compare"),
)  # fmt: skip


def outline_data(found: Outline, trace_id: str, first: bool) -> dict[str, Any]:
    """An outline as JSON, small: names once, times relative to the first start of this part."""
    base = found.rows[0].start_ns if found.rows else 0
    names = list(dict.fromkeys((row.process, row.group, row.scope) for row in found.rows))
    index = {name: at for at, name in enumerate(names)}
    rows = [
        [
            row.span_id,
            row.parent_span_id,
            index[row.process, row.group, row.scope],
            row.start_ns - base,
            row.duration_ns,
            ERROR * row.error + STALE * row.stale,
            row.exception,
        ]
        for row in found.rows
    ]
    return {
        "trace": trace_id,
        "first": first,
        "base": str(base),
        "names": names,
        "rows": rows,
        "cursor": found.next_cursor,
        "spans": found.spans,
    }


def trace_part() -> Component:
    """Views of the trace with their tools; empty until a trace is open."""
    heads = [
        html.Button(name, type="button", role="tab", **attr(data_view=key, aria_selected="false"))
        for key, name in VIEWS
    ]
    tabs = html.Div(heads, className="subtabs", role="tablist", **attr(aria_label="Views of the trace"))
    tools = html.Span(trace_tools(), className="meta")
    bodies = [html.Div(waterfall(), className="view", **attr(data_view_body="waterfall"))]
    bodies += [
        html.Div(className="view", hidden=True, **attr(data_view_body=key, aria_label=name))
        for key, name in VIEWS[1:3]
    ]
    for key, id in (("raw", Traces.RAW), ("compare", Traces.COMPARE)):
        bodies.append(html.Div(View(id=id), className="view", hidden=True, **attr(data_view_body=key)))
    return html.Div(
        [html.Div([tabs, tools], className="ph low"), *bodies], id=Traces.TRACE, className="trace-part"
    )


def waterfall() -> list[Component]:
    """Minimap, axis and rows."""
    canvas = html.Canvas(**attr(aria_hidden="true"))
    window = html.Span(className="win", **attr(aria_hidden="true"))
    axis = html.Span(className="axis", **attr(aria_hidden="true"))
    heads = [html.Span("Process"), axis, html.Span("Time", className="r")]
    keys = "Arrow keys go through the calls, plus and minus zoom, 0 shows all."
    return [
        html.Div([canvas, window], className="mini well", title="Drag to zoom, double-click to show all"),
        html.Div(
            [
                html.Div(heads, className="wf-h"),
                html.Div(
                    html.Div(className="wf-pad"), className="wf-scroll", tabIndex=0, role="tree",
                    **attr(aria_label=f"Calls of the trace. {keys}"),
                ),
            ],
            className="wf",
        ),
        html.Div(className="wf-foot", role="status"),
    ]  # fmt: skip


def trace_tools() -> list[Component]:
    """Find in the trace, what is left out, levels, zoom; assets/js/traces_tools.js acts on them."""
    find = dcc.Input(id=Traces.FIND, type="search", placeholder="Find in trace", autoComplete="off")
    everything = button("Show everything", look="sm", **attr(data_hide="none"))
    left_out = [everything, html.Div(id=Traces.HIDE_LIST)]
    return [
        html.Span(id=Traces.FOUND, className="found", role="status"),
        html.Label([spoken("Find in trace"), find], className="find-in"),
        icon_button("funnel", "Show only what was found", id=Traces.FIND_ONLY, **attr(aria_pressed="false")),
        icon_menu("eye", "Leave out groups or processes", Traces.HIDE_MENU, left_out, look="right hide-menu"),
        icon_button("dash-square", "One level less  <", look="level", **attr(data_level="-1")),
        icon_button("plus-square", "One level more  >", look="level", **attr(data_level="1")),
        icon_button("arrows-angle-expand", "More room  f", id=Traces.WIDE, **attr(aria_pressed="false")),
    ]
