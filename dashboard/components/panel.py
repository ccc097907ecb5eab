"""A panel: head with title, count and freshness, then its body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash.development.base_component import Component

from dashboard.components.marks import Child, Children, attr, classes
from dashboard.light import dcc, html


class Subtab(NamedTuple):
    """One view of a panel: a link, so that the view is in the URL."""

    label: Children
    href: str
    on: bool
    is_view: bool = True  # False: changes the view that is on


def panel(
    title: Children,
    body: Children = None,
    *,
    meta: Children = None,
    id: Any = None,
    look: str = "",
    head: Children = None,
    body_id: Any = None,
    label: str = "",
) -> Component:
    """`meta` stands right in the head, `head` between title and meta, `look` adds class names."""
    return html.Section(
        [
            panel_head(title, meta=meta, extra=head),
            html.Div(body, className="pb", **attr(id=body_id)),
        ],
        className=classes("panel", look),
        **attr(id=id, aria_label=label or None),
    )


def panel_head(title: Children, *, meta: Children = None, extra: Children = None) -> Component:
    """The head alone, for a body that a callback fills together with it."""
    parts: list[Child] = [html.H2(title)]
    if extra is not None:
        parts.extend(extra if isinstance(extra, list | tuple) else [extra])
    if meta is not None:
        parts.append(html.Span(meta, className="meta"))
    return html.Div(parts, className="ph")


def subtabs(tabs: Sequence[Subtab]) -> list[Component]:
    """The views of a panel side by side in its head."""
    return [dcc.Link(tab.label, href=tab.href, className=_look(tab)) for tab in tabs]


def _look(tab: Subtab) -> str:
    return "on" if tab.on else "" if tab.is_view else "link"


def freshness(taken_ns: int, every_seconds: float, *, young: bool = False) -> Component:
    """ "updated 4 s ago", counted on by assets/js/fresh.js; yellow with a word past twice its cadence.

    The page counts from the moment it receives a new `taken`, so the two clocks never need to agree.
    In the first minute (`young`) it also says that the numbers are still coming together.
    """
    word = "collecting data… updated" if young else "updated"
    return html.Span(
        f"{word} 0 s ago",
        className="age",
        **attr(data_taken=str(taken_ns), data_every=f"{every_seconds:g}", data_word=word),
    )
