"""A figure of Plotly that is drawn when there is one.

dcc.Graph draws at once what it is mounted with, also nothing, and where nobody sees it: 130 ms of the load of
a page whose chart is hidden (decision 007). A Chart becomes a dcc.Graph with its first figure
(assets/js/view.js).
"""

from __future__ import annotations

from typing import Any

from dashboard.light import Own

PROPERTIES = ["id", "figure", "config", "className", "style", "responsive", "clickData"]


class Chart(Own):
    """`figure` is None until there is something to draw; the rest is dcc.Graph's."""

    _type = "Chart"
    _prop_names = PROPERTIES

    def __init__(self, figure: dict[str, Any] | None = None, **properties: Any) -> None:
        super().__init__(figure=figure, className="plot", **properties)
