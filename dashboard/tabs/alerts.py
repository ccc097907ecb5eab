"""Alerts: what the tab looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from dashboard.components.panel import panel_head
from dashboard.ids import Alerts

if TYPE_CHECKING:
    from config import Settings


def layout(settings: Settings) -> Component:
    """The tab with nothing in it yet."""
    return html.Div(
        html.Section(
            [
                panel_head("Stale values", meta=html.Span(id=Alerts.STALE_META)),
                html.Div(id=Alerts.STALE, className="pb stale-list"),
            ],
            className="panel",
        ),
        id=Alerts.ROOT,
    )
