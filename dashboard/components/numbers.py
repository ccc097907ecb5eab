"""A grid of readouts: label, number and unit, and what it is against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.marks import Child
from dashboard.light import html

Worse = Literal["higher", "never"]
NOTABLE = 0.10  # a change of a tenth against the range before gets a colour


@dataclass(frozen=True)
class Readout:
    """One cell. `text` holds number and unit apart by the last space; `swatch` names a series colour."""

    label: str
    text: str
    note: str = ""
    look: str = ""  # of the note: bad, ok, mut
    swatch: str = ""
    title: str = ""
    poor: bool = False  # not a number but the reason why there is none
    unit: str = ""  # when it is more than the last word of `text`


def grid(readouts: list[Readout]) -> Component:
    """Six in a row on a wide screen."""
    return html.Div([cell(readout) for readout in readouts], className="nums")


def cell(readout: Readout) -> Component:
    head, space, tail = readout.text.rpartition(" ")
    number, unit = (head, tail) if space and not readout.poor else (readout.text, readout.unit)
    swatch = [html.I(style={"background": f"var(--fl-{readout.swatch})"})] if readout.swatch else []
    shown: list[Child] = [number, html.Small(unit) if unit else None]
    return html.Div(
        [
            html.Div([*swatch, readout.label], className="l"),
            html.Div(shown, className="n poor" if readout.poor else "n"),
            html.Span(readout.note or "\u00a0", className=f"delta {readout.look or 'mut'}"),
        ],
        className="num",
        title=readout.title or None,
    )  # fmt: skip


def change(now: float | None, before: float | None, worse: Worse = "higher") -> tuple[str, str]:
    """How much against the range before, in per cent, and its look. Empty when one of them is missing."""
    if now is None or before is None or before == 0:
        return "", ""
    share = now / before - 1
    text = f"{format.signed(share * 100)} %"
    if worse == "never" or abs(share) < NOTABLE:
        return text, "sub"
    return text, "bad" if share > 0 else "ok"
