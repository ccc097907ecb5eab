"""A figure of Plotly that is drawn when there is one.

dcc.Graph draws at once what it is mounted with, also nothing, and where nobody sees it: 130 ms of the load of
a page whose chart is hidden (decision 007). A Chart becomes a dcc.Graph with its first figure
(assets/js/view.js).
"""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

from dashboard.light import WILDCARDS, Light

PROPERTIES = ["id", "figure", "config", "className", "style", "responsive", "clickData"]


class Chart(Light, Component):
    """`figure` is None until there is something to draw; the rest is dcc.Graph's."""

    _children_props: list[str] = []  # noqa: RUF012 - Dash reads them from the class
    _base_nodes: list[str] = []  # noqa: RUF012
    _namespace = "flowglass_view"
    _type = "Chart"
    _prop_names = PROPERTIES
    _known = frozenset(PROPERTIES)
    _valid_wildcard_attributes = WILDCARDS
    available_properties = PROPERTIES
    available_wildcard_properties = WILDCARDS

    def __init__(self, figure: dict[str, Any] | None = None, **properties: Any) -> None:
        super().__init__(figure=figure, className="plot", **properties)
        del self.children
