"""Above the list: spans over time and by duration. assets/js/traces_charts.js draws the data this makes."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

from dashboard.components.marks import attr, icon_button, lamp
from dashboard.ids import Traces
from dashboard.light import html
from queries.limits import TimeRange
from queries.survey import Survey, bin_edges_ns

LEAST_BINS = 12  # rows of the heatmap: three decades at least


def chart_data(found: Survey, range: TimeRange, serial: int) -> dict[str, Any]:
    """A survey as JSON. Nanoseconds of time travel as text; durations fit into a number."""
    first, last = _bins(found.heat)
    edges = bin_edges_ns()
    return {
        "serial": serial,
        "start_ns": str(range.start_ns),
        "end_ns": str(range.end_ns),
        "ok": [step.ok for step in found.steps],
        "errors": [step.errors for step in found.steps],
        "heat": [list(line) for line in found.heat[first:last]],
        "lows": list(edges[first : last + 1]),
        "spans": found.spans,
        "exact": found.exact,
        "elapsed_ms": round(found.elapsed_ms),
    }


def _bins(heat: tuple[tuple[int, ...], ...]) -> tuple[int, int]:
    """The rows of the heatmap that hold something, widened to whole decades."""
    full = [at for at, line in enumerate(heat) if any(line)]
    if not full:
        return 12, 24
    first = full[0] // 4 * 4
    last = max(-(-(full[-1] + 1) // 4) * 4, first + LEAST_BINS)
    return (first, last) if last <= len(heat) else (len(heat) - LEAST_BINS, len(heat))


def charts() -> Component:
    """Two frames: histogram by status, and duration on a log scale."""
    key = [
        html.B("Spans", id=Traces.HIST_TITLE),
        html.Span([html.Span(className="sw"), "OK"], className="row-x key"),
        html.Span([lamp("bad"), "ERROR"], className="row-x key"),
        html.Span(id=Traces.HIST_NOTE, className="note"),
        _alert("errors", "Alert on the error rate of this search"),
    ]
    heat = [
        html.B("Duration"),
        html.Span("log scale"),
        html.Span(id=Traces.HEAT_NOTE, className="note"),
        _alert("slow", "Alert on the latency of this search"),
    ]
    return html.Div(
        [
            _framed(Traces.HIST, key, "Spans over time; drag to zoom"),
            _framed(Traces.HEAT, heat, "Spans by time and duration; drag to select"),
        ],
        className="charts2",
    )  # fmt: skip


def _alert(template: str, label: str) -> Component:
    """A rule about the search, begun where its chart stands."""
    return icon_button("bell", label, look="sm alert-on", **attr(data_alert_search=template))


def _framed(id: str, head: list[Component], label: str) -> Component:
    chart = html.Div(id=id, className="chart", role="img", tabIndex=0, **attr(aria_label=label))
    return html.Div([html.Div(head, className="cap"), chart])
