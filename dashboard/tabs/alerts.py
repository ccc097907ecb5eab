"""Alerts: what the tab looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash.development.base_component import Component

from dashboard.components.chart import Chart
from dashboard.components.marks import attr
from dashboard.components.panel import panel_head
from dashboard.components.states import loading
from dashboard.components.store import Store
from dashboard.components.told import Told
from dashboard.components.view import View
from dashboard.figures.base import CONFIG
from dashboard.ids import Alerts
from dashboard.light import html

if TYPE_CHECKING:
    from config import Settings
    from dashboard.url import PageState

KEYS = (("n", "New rule"),)


def layout(settings: Settings, state: PageState) -> Component:
    """The tab with nothing in it yet."""
    return html.Div(
        [
            Store(id=Alerts.ACT),
            Store(id=Alerts.DONE),
            Store(id=Alerts.DRAFT),
            Told(Alerts.WISH, "go"),
            View(id=Alerts.CARDS, className="cards", role="group", **attr(aria_label="How much of what")),
            html.Div([list_panel(), events_panel()], className="al"),
            html.Div([rule_column(), chart_panel()], id=Alerts.BUILD, className="build", hidden=True),
            stale_panel(),
            View(id=Alerts.FOOT, className="foot"),
        ],
        id=Alerts.ROOT,
    )


def list_panel() -> Component:
    """The views side by side, and the one that is open."""
    head = html.Div(
        [
            html.H2("Alerts", className="sr"),
            View(id=Alerts.TABS, className="subtabs first", tag="nav", **attr(aria_label="Views")),
            View(id=Alerts.TOOLS, className="meta", tag="span"),
        ],
        className="ph",
    )
    return html.Section(
        [
            head,
            View(id=Alerts.NOTICE, role="status"),
            View(loading(("Rule", "On", "State", "Value"), 4), id=Alerts.LIST, className="pb fill"),
        ],
        className="panel al-main",
        **attr(aria_label="Alerts"),
    )


def events_panel() -> Component:
    meta = html.Span([html.Span(className="pulse"), "last 100"], className="row-x")
    feed = View(id=Alerts.FEED, tag="ul", className="feed", **attr(aria_label="Events, newest first"))
    return html.Section(
        [panel_head("Events", meta=meta), html.Div(feed, className="feed-box", tabIndex=0)],
        className="panel al-events",
    )


def rule_column() -> Component:
    """The rule's form or what it says, and below it the message that it sends."""
    message = html.Section(
        [
            panel_head("Message", meta=View(id=Alerts.MESSAGE_META, tag="span")),
            View(id=Alerts.MESSAGE, className="msg"),
        ],
        className="panel grow",
    )
    rule = html.Section(
        [View(id=Alerts.RULE_HEAD, className="ph"), View(id=Alerts.SUGGESTED), View(id=Alerts.RULE)],
        className="panel al-rule",
    )
    column: Component = dbc.Col([rule, message])
    return column


def chart_panel() -> Component:
    """What was measured against its thresholds, and the moments one by one."""
    chart = Chart(id=Alerts.CHART, config=CONFIG, responsive=True)
    return html.Section(
        [
            View(id=Alerts.CHART_HEAD, className="ph"),
            html.Div(chart, className="al-chart", role="img", **attr(aria_label="Measured against limits")),
            View(id=Alerts.SLIDER, className="ph slide"),
            View(id=Alerts.JUDGED, className="judged"),
        ],
        className="panel al-replay",
        **attr(aria_label="Replay"),
    )


def stale_panel() -> Component:
    return html.Section(
        [
            panel_head("Stale values", meta=html.Span(id=Alerts.STALE_META)),
            View(loading(("Value", "Group", "Since"), 5), id=Alerts.STALE, className="pb stale-list"),
        ],
        id=Alerts.STALE_PANEL,
        className="panel",
    )
