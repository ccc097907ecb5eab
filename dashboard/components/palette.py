"""What lies over the page: the palette (go to, search everything) and the list of keys. Scripts fill them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dash.development.base_component import Component

from dashboard.components.marks import attr, icon, icon_button
from dashboard.components.view import View
from dashboard.ids import Shell
from dashboard.light import dcc, html

KINDS = (
    ("", "Everything"),
    ("process", "Processes"),
    ("value", "Values"),
    ("exception", "Exceptions"),
    ("trace", "Traces"),
)
EVERYWHERE = (
    ("Ctrl K", "Search everything, go anywhere"),
    ("?", "This list"),
    ("Esc", "Close what is open"),
    (".", "Pause and resume"),
    ("r", "Refresh now"),
    ("D", "Dark or light"),
    ("y", "Copy the link"),
)
TIME = (
    ("t", "Time range"),
    ("[", "Earlier"),
    ("]", "Later"),
    ("1 … 7", "Last 5m, 15m, 1h, 6h, 24h, 7d, 30d"),
)
KEYS = (("Everywhere", EVERYWHERE), ("Time", TIME))


class HasKeys(Protocol):
    """What the list needs to know of a tab."""

    @property
    def title(self) -> str: ...
    @property
    def letter(self) -> str: ...
    @property
    def keys(self) -> tuple[tuple[str, str], ...]: ...


def palette() -> Component:
    """One input over a list of results; kinds narrow what is found."""
    field = html.Div(
        [
            icon("search"),
            dcc.Input(
                id=Shell.PALETTE_TEXT, type="text", placeholder="Search everything", autoComplete="off"
            ),
            icon_button("x-lg", "Clear", id=Shell.PALETTE_CLEAR),
        ],
        className="pal-field",
    )
    kinds = [
        html.Button(words, type="button", className="btn-x sm quiet", **attr(data_kind=kind))
        for kind, words in KINDS
    ]
    within = html.Button(
        "This range only", type="button", className="btn-x sm quiet", **attr(data_within="1")
    )
    return html.Dialog(
        [
            field,
            html.Div([*kinds, html.Span(className="grow"), within], className="pal-kinds"),
            html.Div(id=Shell.PALETTE_STATUS, className="pal-status", role="status"),
            html.Div(
                id=Shell.PALETTE_LIST, className="pal-list", role="listbox", **attr(aria_label="Results")
            ),
            html.Div(
                [html.Kbd("Enter"), "open", html.Span(className="pal-scope")],
                className="pal-foot",
            ),
        ],
        id=Shell.PALETTE,
        className="over palette",
        **attr(aria_label="Search everything"),
    )


def key_list(tabs: Sequence[HasKeys]) -> Component:
    """Every key that works everywhere, and those of the tabs.

    A View, because Dash looks at each of its components whenever anything on the page changes.
    """
    going = ("Go to", tuple((f"g {tab.letter}", tab.title) for tab in tabs))
    own = [(tab.title, tab.keys) for tab in tabs if tab.keys]
    sections = [_section(title, keys) for title, keys in (*KEYS, going, *own)]
    close = icon_button("x-lg", "Close", look="close", **attr(data_close=Shell.KEYS))
    single = html.Button(
        "Single keys are on", type="button", className="btn-x sm quiet", role="switch",
        title="Off: no letter alone is a command, Ctrl K and this list stay",
        **attr(data_single_keys="1", aria_checked="true"),
    )  # fmt: skip
    # Scrolled with the keyboard too, so it takes the focus.
    reached = html.Div(View(sections), className="keys", tabIndex=0, role="group", **attr(aria_label="Keys"))
    return html.Dialog(
        [html.Div([html.H2("Keys"), single, close], className="ph"), reached],
        id=Shell.KEYS,
        className="over",
        **attr(aria_label="Keys"),
    )


def _section(title: str, keys: Sequence[tuple[str, str]]) -> Component:
    rows = [html.Div([html.Kbd(key), html.Span(words)], className="key") for key, words in keys]
    return html.Section([html.H3(title), *rows])
