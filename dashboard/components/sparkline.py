"""Sparklines: the numbers and the token names; assets/js/spark.js draws them in the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dash.development.base_component import Component

from dashboard.components.marks import attr
from dashboard.light import html

MAX_POINTS = 120  # more than a sparkline has pixels for


@dataclass(frozen=True)
class Scale:
    """What the drawing needs beside the numbers. None lets the numbers decide."""

    low: float | None = 0.0  # starts at 0 unless it is latency
    high: float | None = None
    threshold: float | None = None


def sparkline(
    values: Sequence[float | None],
    colour: str,
    *,
    id: Any = None,
    kind: Literal["line", "area", "bars"] = "line",
    scale: Scale | None = None,
    grid: bool = False,
    look: str = "",
    label: str = "",
) -> Component:
    """`colour` is a token name such as "p95". A missing number (None) leaves a gap."""
    return html.Span(
        className=f"spark {look}".strip(),
        role="img" if label else None,
        **attr(id=id, aria_label=label or None, aria_hidden=None if label else "true"),
        **attributes(values, colour, kind=kind, scale=scale, grid=grid),
    )


def attributes(
    values: Sequence[float | None],
    colour: str,
    *,
    kind: str = "line",
    scale: Scale | None = None,
    grid: bool = False,
) -> dict[str, Any]:
    """The data attributes that the drawing reads."""
    scale = scale or Scale()
    found = {
        "data-y": ",".join("" if value is None else f"{value:.4g}" for value in values[-MAX_POINTS:]),
        "data-c": colour,
        "data-kind": kind,
    }
    bounds = (("data-min", scale.low), ("data-max", scale.high), ("data-th", scale.threshold))
    found |= {name: f"{bound:g}" for name, bound in bounds if bound is not None}
    return found | ({"data-grid": "1"} if grid else {})
