"""Code Inspector: what the tab looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from dashboard.ids import Code

if TYPE_CHECKING:
    from config import Settings


def layout(settings: Settings) -> Component:
    return html.Div(id=Code.ROOT)
