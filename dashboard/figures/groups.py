"""The pie of process groups: slate until a group is degraded or down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.figures.base import layout
from dashboard.theme import Theme, token
from queries.judge import Lamp
from queries.overview import GroupTotals

SLICES = 8  # the rest is one slice; a thinner one could not be pressed
RAMP = ("ramp-1", "ramp-2", "ramp-3", "ramp-4", "ramp-5", "ramp-6")
OTHERS = "others"


def shade(position: int, lamp: Lamp) -> str:
    """Token of a group's colour: its lamp when something is wrong, else its place on the ramp."""
    return f"{lamp}-lamp" if lamp in ("warn", "bad") else RAMP[min(position, len(RAMP) - 1)]


def pie(groups: Sequence[GroupTotals], lamps: Mapping[str, Lamp], theme: Theme) -> dict[str, Any]:
    """Share of spans by group, busiest first. The page writes the total into its middle: as annotations of
    Plotly that took 16 of the 37 ms of drawing it."""
    shown, rest = groups[:SLICES], groups[SLICES:]
    labels = [totals.group for totals in shown]
    values = [totals.spans for totals in shown]
    colours = [token(theme, shade(at, lamps.get(label, "ok"))) for at, label in enumerate(labels)]
    if rest:
        labels.append(OTHERS)
        values.append(sum(totals.spans for totals in rest))
        colours.append(token(theme, RAMP[-1]))
    return {
        "data": [
            {
                "type": "pie",
                "labels": labels,
                "values": values,
                "hole": 0.62,
                "sort": False,
                "direction": "clockwise",
                "textinfo": "none",
                "hovertemplate": "%{label}<br>%{percent} of spans, %{value:,}<extra></extra>",
                "marker": {"colors": colours, "line": {"color": token(theme, "panel"), "width": 2}},
            }
        ],
        "layout": layout(theme, margin={"l": 12, "r": 12, "t": 8, "b": 8}, hovermode="closest"),
    }
