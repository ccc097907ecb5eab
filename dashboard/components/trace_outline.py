"""The trace beside the list: the frame that the scripts of its views fill, and the data for it."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.marks import attr, icon, icon_button
from dashboard.ids import Traces
from queries.outline import Outline

ERROR, STALE = 1, 2
VIEWS = (("waterfall", "Waterfall"), ("statistics", "Statistics"), ("flame", "Flame"), ("raw", "Raw"))


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
    tools = html.Span(id=Traces.TRACE_TOOLS, className="meta")
    bodies = [html.Div(waterfall(), className="view", **attr(data_view_body="waterfall"))]
    bodies += [
        html.Div(className="view", hidden=True, **attr(data_view_body=key, aria_label=name))
        for key, name in VIEWS[1:3]
    ]
    bodies.append(
        html.Div(html.Div(id=Traces.RAW), className="view", hidden=True, **attr(data_view_body="raw"))
    )
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
    ]  # fmt: skip


def trace_tools() -> list[Component]:
    """Find in the trace, collapse by level, what is left out."""
    return [
        icon_button("arrows-collapse", "One level less", **attr(data_level="-1")),
        icon_button("arrows-expand", "One level more", **attr(data_level="1")),
        icon_button("zoom-out", "Show the whole trace  0", **attr(data_zoom="all")),
        html.Span(icon("search")),
    ]
