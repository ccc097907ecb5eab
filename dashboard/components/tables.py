"""Plain tables for lists that are short and whole; the trace list is a grid (assets/js/traces_grid.js)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash.development.base_component import Component

from dashboard.components.marks import Children, attr, classes
from dashboard.components.view import View
from dashboard.light import html


@dataclass(frozen=True)
class Column:
    """Head and alignment of one column. One unit per column, named in its head."""

    head: str
    right: bool = False
    sorted: bool = False
    width: str = ""  # CSS width, for tables of fixed layout
    title: str = ""


def table(
    columns: Sequence[Column],
    rows: Sequence[Component],
    *,
    fixed: bool = False,
    look: str = "",
    label: str,
    body_id: Any = None,
) -> Component:
    """A scrolling table that the keyboard reaches; `label` is what a screen reader calls it."""
    widths = [html.Col(style={"width": column.width} if column.width else None) for column in columns]
    parts: list[Any] = [html.Colgroup(widths)] if fixed else []
    parts += [
        html.Thead(html.Tr([_head(column) for column in columns])),
        View(list(rows), tag="tbody", id=body_id) if body_id else html.Tbody(list(rows)),
    ]
    return html.Div(
        html.Table(parts, className=classes("g", "fix" if fixed else "", look)),
        className="tw",
        tabIndex=0,
        role="region",
        **attr(aria_label=label),
    )


def _head(column: Column) -> Component:
    look = classes("r" if column.right else "", "sortd" if column.sorted else "")
    head = column.head or html.Span(column.title, className="sr")
    return html.Th(head, className=look or None, title=column.title or None, scope="col")


def cell(children: Children, look: str = "", title: str = "") -> Component:
    """`look`: r (right), mono, sub (second text), v (value), bad, warn."""
    return html.Td(children, className=look or None, title=title or None)


def row(cells: Sequence[Component], look: str = "", key: str = "") -> Component:
    return html.Tr(list(cells), className=look or None, key=key or None)
