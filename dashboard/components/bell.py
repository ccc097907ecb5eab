"""The bell beside what can be alerted on: it begins a rule about just that."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard.components.marks import icon
from dashboard.light import dcc


def bell(href: str, title: str) -> Component:
    """Gone by CSS where the Alerts tab is switched off."""
    return dcc.Link(icon("bell"), href=href, className="ib sm alert-on", title=title)


def worded(href: str, word: str, title: str) -> Component:
    """A bell that names what it is about, where several stand side by side."""
    return dcc.Link([icon("bell"), word], href=href, className="btn-x sm quiet alert-on", title=title)
