"""Menus of the Trace Explorer: a button and what opens below it (assets/js/menus.js)."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.components.marks import Child, attr, button, classes, icon, icon_button

Parts = Sequence[Child]


def icon_menu(sign: str, label: str, menu_id: str, children: Parts, *, look: str = "right") -> Component:
    """An icon that opens a menu."""
    return _pop(icon_button(sign, label, **_opens(menu_id)), menu_id, label, children, look)


def button_menu(sign: str, label: str, menu_id: str, children: Parts, *, look: str = "right") -> Component:
    """A button with a word that opens a menu."""
    return _pop(button([icon(sign), label], **_opens(menu_id)), menu_id, label, children, look)


def choice(words: str, **data: str) -> Component:
    """One line of a menu; choosing it closes the menu."""
    return html.Button(words, type="button", className="mi", **attr(**data))


def _opens(menu_id: str) -> dict[str, str]:
    return attr(data_menu=menu_id, aria_haspopup="true", aria_expanded="false", aria_controls=menu_id)


def _pop(opener: Component, menu_id: str, label: str, children: Parts, look: str) -> Component:
    named = attr(aria_label=label, className=classes("menu", look))
    shown = html.Div(list(children), id=menu_id, hidden=True, role="group", **named)
    return html.Span([opener, shown], className="pop")
