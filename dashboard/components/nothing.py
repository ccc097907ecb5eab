"""A range in which nothing was traced: why, and the one link that mends it."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard import url
from dashboard.components.states import empty
from dashboard.light import dcc
from dashboard.url import PageState

DAY, LONGEST = "24h", "30d"


def nothing_traced(state: PageState, young: bool) -> Component:
    """`young`: the collector runs for less than a minute, so nothing can have come yet."""
    if young:
        return empty("Collecting data…", "The collector has been up for less than a minute.")
    wide = url.PRESETS.get(state.range, 0) >= url.PRESETS[DAY]
    if state.range == LONGEST:
        return empty("Nothing was traced in the last 30 days")
    wider = LONGEST if wide else DAY
    link = dcc.Link(f"Show the last {wider}", href=url.href(url.preset(state, wider)), className="btn-x")
    return empty("Nothing was traced in this range", actions=[link])
