"""Overview: is something wrong? The verdict, the 2 x 2 grid, errors, groups, stale values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash.development.base_component import Component

from dashboard import format as show
from dashboard.components import errors
from dashboard.components.marks import Children, attr, lamp
from dashboard.components.panel import panel_head
from dashboard.components.states import Way, first_visit, loading
from dashboard.components.tables import table
from dashboard.components.told import Told
from dashboard.components.view import View
from dashboard.figures.base import graph
from dashboard.ids import Overview
from dashboard.light import dcc, html

if TYPE_CHECKING:
    from config import Settings
    from dashboard.url import PageState
    from live.collector_status import CollectorStatus

WAIT_MS = 1000  # how often the first visit looks for the first span
PIE_PX = 176


def layout(settings: Settings, state: PageState) -> Component:
    """Every panel with its skeleton; callbacks fill them."""
    return html.Div(
        [
            dcc.Interval(id=Overview.WAIT, interval=WAIT_MS, disabled=True),
            Told(Overview.GOT_IT, "firstSpan"),
            Told(Overview.WISH, "go"),
            View(id=Overview.FIRST, hidden=True),
            html.Div(
                [
                    View(id=Overview.NOTICE),
                    html.Div(
                        [
                            View(id=Overview.VERDICT, className="said"),
                            View(id=Overview.INCIDENT_SWITCH),
                        ],
                        className="verdict",
                    ),
                    incident_panel(),
                    grid(),
                    View(id=Overview.FOOT),
                ],
                id=Overview.BODY,
            ),
        ],
        id=Overview.ROOT,
        **attr(data_topics="overview:@range error_event"),
    )


def grid() -> Component:
    tiles = [View(_waiting_tile(), id=id) for id in Overview.TILES]
    left = [html.Div(tiles, className="four"), groups_panel(), processes_panel()]
    right = [errors_panel(), stale_panel()]
    columns = [dbc.Col(part) for part in (left, right)]
    return html.Div(dbc.Row(columns, className="ov g-0"), id=Overview.GRID)


def _waiting_tile() -> Component:
    return html.Div(html.Div(className="skel"), className="panel read loading", **attr(aria_busy="true"))


def errors_panel() -> Component:
    """The last errors stand in a table of their own, so that a pushed one can be put on top of it."""
    last = table(
        errors.COLUMNS, [], fixed=True, look="links", label="Last errors", body_id=Overview.ERROR_ROWS
    )
    body = [
        html.Div(last, id=Overview.ERRORS_LAST, className="pb", hidden=True),
        View(loading(("Timestamp", "Process", "Exception"), 10), id=Overview.ERRORS_OTHER, className="pb"),
    ]
    views = View(id=Overview.ERRORS_TABS, className="subtabs")
    head = panel_head("Errors", extra=views, meta=View(tag="span", id=Overview.ERRORS_META))
    return html.Section([head, *body], className="panel errors")


def stale_panel() -> Component:
    head = panel_head("Stale values", meta=View(tag="span", id=Overview.STALE_META, className="row-x"))
    body = View(loading(("Process", "Data"), 5), id=Overview.STALE, className="pb")
    return html.Section([head, body], className="panel stales")


def groups_panel() -> Component:
    chart = graph(None, id=Overview.PIE, label="Share of spans by process group", height=PIE_PX, look="pie")
    body = html.Div(
        [
            html.Div([chart, View(id=Overview.PIE_TOTAL, className="pie-total")], className="pie-box"),
            View(loading(("Group", "Health"), 4), id=Overview.GROUPS, className="pb"),
        ],
        className="groups",
    )
    head = panel_head("Process groups", meta=View(tag="span", id=Overview.GROUPS_META, className="row-x"))
    return html.Section([head, body], className="panel grouped")


def processes_panel() -> Component:
    views = View(id=Overview.PROCESSES_TABS, className="subtabs")
    head = panel_head("Processes", extra=views, meta=View(tag="span", id=Overview.PROCESSES_META))
    body = View(loading(("Process", "Group"), 4), id=Overview.PROCESSES, className="pb")
    return html.Section([head, body], className="panel ranked")


def incident_panel() -> Component:
    head = panel_head("Incident view", meta=View(tag="span", id=Overview.INCIDENT_META, className="row-x"))
    label = "Errors, latency, traffic and stale runs over time"
    chart = graph(None, id=Overview.INCIDENT_CHART, label=label)
    return html.Section([head, chart], className="panel incident", id=Overview.INCIDENT, hidden=True)


def first(settings: Settings, waiting: Children) -> Component:
    """The page before any span has come."""
    return html.Section(
        [panel_head("No data yet", meta="waiting for the first span"), first_visit(ways(settings), waiting)],
        className="panel first",
    )


def ways(settings: Settings) -> tuple[Way, ...]:
    """Three ways to send the first span, each ready to be copied."""
    endpoint = f"http://localhost:{settings.collector.port}"
    return (
        Way("Trace a function of your own", "from flowglass import trace\n\n@trace\ndef price(order): ..."),
        Way(
            "Or start any program that has an OpenTelemetry SDK",
            f"OTEL_EXPORTER_OTLP_ENDPOINT={endpoint} "
            "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf python your_program.py",
        ),
        Way("Or run the order service that comes with Flowglass", "make demo"),
    )


def waiting(settings: Settings, status: CollectorStatus) -> Children:
    """What is being waited for, or why nothing can come."""
    if not status.reachable:
        return [lamp("bad"), f"The collector cannot be reached: {status.why}."]
    if status.rejected:
        reasons = ", ".join(f"{show.count(number)} for {why}" for why, number in status.rejected.items())
        return [lamp("warn"), f"Spans came, but were rejected: {reasons}."]
    grpc = settings.collector.grpc_port
    other = f"; programs that speak gRPC are told on {grpc} what to set" if grpc else ""
    words = f"Waiting for the first span, listening on {settings.collector.port}{other}"
    return [html.Span(className="pulse"), words]
