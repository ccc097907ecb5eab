"""Times that are pushed to all readers at once, and the choice of the zone that each reads them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.marks import attr
from dashboard.light import html

# How a time may be written; assets/js/01-zone.js knows the same.
LOOKS: Mapping[str, Callable[[int], str]] = {
    "clock": format.clock,
    "clock_ms": format.clock_ms,
    "day_clock": format.day_clock,
}


def when(time_ns: int, look: str) -> Component:
    """A time that the page writes again in the reader's zone."""
    return html.Time(LOOKS[look](time_ns), **attr(data_moment=str(time_ns), data_as=look))


def zone_choice() -> list[Component]:
    """UTC, or where the reader is."""
    return [_zone("UTC", "utc"), _zone("Where I am", "local")]


def _zone(words: str, key: str) -> Component:
    named = attr(data_zone=key, aria_checked="false")
    return html.Button(words, type="button", className="mi", role="menuitemradio", **named)
