"""The pills that say how many spans the list leaves out, and show them."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.marks import attr
from dashboard.light import dcc, html


def pill(spans: int, exact: bool, href: str) -> Component | None:
    """Flowglass' own spans; nothing when none is left out."""
    if not spans:
        return None
    return html.Span([f"{_counted(spans, exact)} of Flowglass' own hidden ", dcc.Link("show", href=href)])


def noise(spans: int, exact: bool, patterns: Sequence[str], *, shown: bool) -> Component | None:
    """Health probes and what else the settings call noise; nothing when there is none."""
    if not spans:
        return None
    words = f"{_counted(spans, exact)} probes and other noise {'shown' if shown else 'hidden'} "
    act = attr(data_noise="" if shown else "1")
    button = html.Button("hide" if shown else "show", type="button", className="as-link", **act)
    return html.Span([words, button], title=f"[traces] noise: {', '.join(patterns)}")


def _counted(spans: int, exact: bool) -> str:
    return format.count(spans) if exact else f"about {format.count(spans)}"
