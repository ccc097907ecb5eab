"""What is usual for a value, in words: its bounds, its share of the calls, or what is odd about it."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.marks import Kind, lamp
from dashboard.light import html
from queries.usual import Judged, Usual

LAMPS: dict[str, Kind] = {"stale": "stale", "": ""}


def words(judged: Judged, usual: Usual | None) -> str:
    """The cell's text, "" when nothing is known."""
    if usual is None:
        return ""
    if judged.oddity == "stale":
        return f"stale: same for {format.count(usual.stale_run)} calls"
    if judged.oddity == "type":
        return f"new type, usually {usual.types[0]}"
    if judged.oddity == "above":
        return f"above usual {bounds(usual)}"
    if judged.oddity == "below":
        return f"below usual {bounds(usual)}"
    if judged.oddity == "unseen":
        return f"not seen in {format.count(usual.calls)} calls before"
    if usual.low is not None and usual.low != usual.high:
        return f"usual {bounds(usual)}"
    return f"{format.percent(judged.share, 0)} % of calls" if judged.share is not None else ""


def bounds(usual: Usual) -> str:
    """1 to 2, with a dash."""
    return f"{number(usual.low)} {format.NONE} {number(usual.high)}"


def number(value: float | None) -> str:
    """A bound with as many digits as it needs: 610, 4.9, 0.0123."""
    if value is None:
        return format.NONE
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def cell_text(judged: Judged, usual: Usual | None) -> Component | str:
    """The words, with a lamp when the value is odd."""
    text = words(judged, usual)
    if not judged.oddity:
        return html.Span(text, className="mut")
    kind: Kind = "stale" if judged.oddity == "stale" else "warn"
    return html.Span([lamp(kind), f" {text}"], className=kind)
