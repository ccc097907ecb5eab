"""What all figures share: one layout per theme, its values from the tokens, and how a figure is mounted.

Figures are plain dicts: Plotly's own classes check every value again, which costs more than the query.
Tests put each figure through those classes instead.
"""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

from dashboard.components.chart import Chart
from dashboard.components.marks import attr
from dashboard.format import moment
from dashboard.light import html
from dashboard.theme import Theme, faint, token

SANS = "Plex Sans, system-ui, sans-serif"
CLEAR = "rgba(0,0,0,0)"
CONFIG: Any = {"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": "reset"}


def when(time_ns: int) -> str:
    """A time as Plotly reads it, in the reader's zone."""
    return moment(time_ns).strftime("%Y-%m-%dT%H:%M:%S.%f")


def layout(theme: Theme, **changes: Any) -> dict[str, Any]:
    """Panel and well show through, horizontal grid only, no legend, no title: the panel head is the title."""
    axis = {
        "gridcolor": token(theme, "grat"),
        "gridwidth": 1,
        "zeroline": False,
        "linecolor": token(theme, "line-2"),
        "linewidth": 1,
        "tickcolor": token(theme, "line-2"),
        "ticklen": 4,
        "tickwidth": 1,
        "ticks": "outside",
        "tickfont": {"size": 11, "color": token(theme, "text-3")},
    }
    spike = {"spikecolor": token(theme, "text-3"), "spikethickness": 1, "spikedash": "solid"}
    base = {
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": token(theme, "well"),
        "font": {"family": SANS, "size": 11, "color": token(theme, "text-2")},
        "margin": {"l": 44, "r": 12, "t": 4, "b": 22},
        "colorway": [token(theme, key) for key in ("p50", "p95", "p99", "thr")],
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": token(theme, "raised"),
            "bordercolor": token(theme, "line-ctl"),
            "font": {"family": SANS, "size": 12, "color": token(theme, "text")},
        },
        "showlegend": False,
        "dragmode": "zoom",
        "bargap": 0.15,
        "uirevision": "keep",
        "xaxis": axis | {"showgrid": False} | spike,
        "yaxis": axis | {"ticks": "", "showline": False, "rangemode": "tozero"},
    }
    return merged(base, changes)


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with `changes` laid over it, nested tables merged."""
    result = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def line(theme: Theme, key: str, *, fill: bool = False, width: float = 1.75) -> dict[str, Any]:
    """The look of one line, and of the field below it."""
    colour = token(theme, key)
    found: dict[str, Any] = {"mode": "lines", "line": {"color": colour, "width": width}}
    return found | ({"fill": "tozeroy", "fillcolor": faint(colour, 0.14)} if fill else {})


def graph(
    figure: dict[str, Any] | None, *, label: str, id: Any = None, height: int | None = None, look: str = ""
) -> Component:
    """A figure in the page, None while there is none. `label` says what it shows; height in pixels."""
    style = {"height": f"{height}px" if height else "100%"}
    chart = Chart(figure, config=CONFIG, style=style, **attr(id=id))
    return html.Div(chart, role="img", className=look or None, **attr(aria_label=label))
