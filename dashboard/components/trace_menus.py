"""Menus of the Trace Explorer: a button and what opens below it (assets/js/menus.js)."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard.components.marks import Child, attr, button, classes, icon, icon_button, spoken
from dashboard.components.when import zone_choice
from dashboard.ids import Traces
from dashboard.light import dcc, html
from dashboard.trace_columns import KNOWN

Parts = Sequence[Child]
EXPORTS = (("json", "JSON"), ("csv", "CSV"), ("jsonl", "JSON Lines"), ("otlp", "OTLP JSON"))
PRESETS = (
    ("Recent errors", "newest first", "status:error", ""),
    ("Recent slow", "against the p95 of their own process", "", "slowest"),
    ("Stale values", "values that have stopped changing", "is:stale", ""),
    ("New functions", "first seen in this range", "is:new", ""),
)


def icon_menu(sign: str, label: str, menu_id: str, children: Parts, *, look: str = "right") -> Component:
    """An icon that opens a menu."""
    return _pop(icon_button(sign, label, **_opens(menu_id)), menu_id, label, children, look)


def button_menu(sign: str, label: str, menu_id: str, children: Parts, *, look: str = "right") -> Component:
    """A button with a word that opens a menu."""
    return _pop(button([icon(sign), label], **_opens(menu_id)), menu_id, label, children, look)


def choice(words: str, **data: str) -> Component:
    """One line of a menu; choosing it closes the menu."""
    return html.Button(words, type="button", className="mi", **attr(**data))


def export_menu() -> Component:
    """The list as a file, in exactly its filter; assets/js/traces_export.js makes the links."""
    items: list[Child] = [html.H3("This list, at most 10,000 spans")]
    items += [choice(words, data_export=kind) for kind, words in EXPORTS]
    items += [
        html.Hr(),
        choice("The open trace, OTLP JSON", data_export="trace"),
        choice("Copy link", data_export="link"),
        html.Hr(),
        html.Span(choice("Alert on this search", data_alert_search="errors"), className="alert-on"),
    ]
    return button_menu("download", "Export", Traces.EXPORT_MENU, items)


def presets_menu() -> Component:
    """Searches that are always useful."""
    items = [
        html.Button(
            [html.B(name), html.Br(), html.Span(what, className="mut t1")],
            type="button",
            className="mi two-line",
            **attr(data_preset_q=q, data_preset_order=order),
        )
        for name, what, q, order in PRESETS
    ]
    return button_menu("lightning", "Presets", Traces.PRESETS_MENU, items)


def columns_menu() -> Component:
    """Which columns stand beside the seven; a field is added by its name."""
    boxes = [
        html.Button(
            [html.Span(className="box"), known.head],
            type="button",
            role="checkbox",
            className="col-line",
            **attr(data_column=name, aria_checked="false"),
        )
        for name, known in KNOWN.items()
    ]
    field = dcc.Input(id=Traces.FIELD, type="text", placeholder="attr.http.route", autoComplete="off")
    add = html.Label(
        [html.Span("Any attribute or observation", className="t1 mut"), field], className="add-field"
    )
    inside: list[Child] = [html.H3("Columns"), *boxes, html.Div(id=Traces.FIELD_LIST), add]
    menu = icon_menu(
        "layout-three-columns", "Columns", Traces.COLUMNS_MENU, inside, look="right columns-menu"
    )
    follow = icon_button(
        "broadcast", "Follow what arrives  l", id=Traces.FOLLOW, **attr(aria_pressed="false")
    )
    return html.Div([follow, menu], className="columns-pop")


def times_menu() -> Component:
    """The jump to a time, and how times are shown; assets/js/traces_time.js does both."""
    jump = dcc.Input(id=Traces.JUMP, type="text", autoComplete="off", placeholder="2026-11-21T13:00:00")
    inside: list[Child] = [
        html.H3(["List from a time, ", html.Span("UTC", className="zone-word")]),
        html.Div(
            [html.Label([spoken("Time"), jump]), button("Jump", look="pri", **attr(data_jump="1"))],
            className="jump",
        ),
        html.Hr(),
        html.H3("Show"),
        radio("The time", "show:time"),
        radio("How long ago", "show:ago"),
        html.H3("Zone"),
        *zone_choice(),
    ]
    return button_menu("clock-history", "Times", Traces.TIMES_MENU, inside, look="right times-menu")


def radio(words: str, times: str) -> Component:
    """One of two ways to show times."""
    named = attr(data_times=times, aria_checked="false")
    return html.Button(words, type="button", className="mi", role="menuitemradio", **named)


def _opens(menu_id: str) -> dict[str, str]:
    return attr(data_menu=menu_id, aria_haspopup="true", aria_expanded="false", aria_controls=menu_id)


def _pop(opener: Component, menu_id: str, label: str, children: Parts, look: str) -> Component:
    named = attr(aria_label=label, className=classes("menu", look))
    shown = html.Div(list(children), id=menu_id, hidden=True, role="group", **named)
    return html.Span([opener, shown], className="pop")
