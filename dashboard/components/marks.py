"""Lamps, icons, badges, tags and buttons: the smallest signs, each with a shape or word beside its colour."""

from __future__ import annotations

from typing import Any, Literal

from dash.development.base_component import Component

from dashboard.light import html

Kind = Literal["", "ok", "warn", "bad", "stale", "off", "info"]
Child = Component | str | int | float | None
Children = Child | list[Any] | tuple[Any, ...]

SPOKEN = {
    "": "ok",
    "ok": "ok",
    "warn": "warning",
    "bad": "bad",
    "stale": "stale",
    "off": "no data",
    "info": "info",
}


def classes(*names: str) -> str:
    """Class names joined, empty ones left out."""
    return " ".join(name for name in names if name)


def attr(**named: Any) -> dict[str, Any]:
    """Attributes, None left out, "_" as "-": attr(id=None, aria_label="Earlier", data_range="1h")."""
    return {name.replace("_", "-"): value for name, value in named.items() if value is not None}


def lamp(kind: Kind = "ok", *, big: bool = False) -> Component:
    """A sign whose shape says the state: circle, triangle, square, hatched square, ring."""
    shape = "" if kind == "ok" else kind
    return html.Span(className=classes("lamp", shape, "big" if big else ""))


def spoken(text: str) -> Component:
    """Words for screen readers only."""
    return html.Span(text, className="sr")


def icon(name: str) -> Component:
    """A Bootstrap icon. It is decoration: the words stand beside it or in the button's label."""
    return html.I(className=f"bi bi-{name}", **attr(aria_hidden="true"))


def badge(text: str, kind: str = "") -> Component:
    """A state in one word: bad, warn, acc (recovering), ok, stale, or none (grey)."""
    return html.Span(text, className=classes("badge-x", kind))


def count_badge(text: str, kind: str = "", title: str = "") -> Component:
    """A number beside a title."""
    return html.Span(text, className=classes("count", kind), title=title or None)


def tag(children: Children, kind: str = "") -> Component:
    """A tinted field of one line."""
    return html.Span(children, className=classes("tag", kind))


def button(children: Children, *, id: Any = None, look: str = "", **props: Any) -> Component:
    """A button that says what it does. `look`: pri (one per panel), sm, quiet."""
    return html.Button(children, type="button", className=classes("btn-x", look), **attr(id=id), **props)


def icon_button(name: str, label: str, *, id: Any = None, look: str = "", **props: Any) -> Component:
    """A button that is an icon only; its label is its tooltip and what is read aloud."""
    return html.Button(
        icon(name),
        type="button",
        className=classes("ib", look),
        title=label,
        **attr(id=id, aria_label=label.split("  ")[0]),
        **props,
    )
