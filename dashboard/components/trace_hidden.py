"""The pill that says how many of Flowglass' own spans the list leaves out, and shows them."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import format


def pill(spans: int, exact: bool, href: str) -> Component | None:
    """Nothing when none is left out."""
    if not spans:
        return None
    counted = format.count(spans) if exact else f"about {format.count(spans)}"
    return html.Span([f"{counted} of Flowglass' own hidden ", dcc.Link("show", href=href)])
