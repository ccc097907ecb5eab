"""The grid of the trace list: its columns. assets/js/traces_grid.js draws the rows that are in view."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NotRequired, TypedDict

from dash.development.base_component import Component

from dashboard.components.marks import attr
from dashboard.ids import Traces
from dashboard.light import html
from dashboard.trace_columns import BY_COLUMN, KNOWN

# The seven columns: name, head, share of the width, least width in pixels, class of its cells. Always these,
# in this order.
SEVEN = (
    ("process", "Process", 21, 150, "c-tree"),
    ("data", "Data", 14, 90, "mono sub"),
    ("type", "Data Type", 10, 76, "typ"),
    ("value", "Data Value", 16, 110, "v"),
    ("time", "Timestamp", 12, 104, "r mono sub"),
    ("status", "Status", 9, 78, ""),
    ("exception", "Exception", 18, 120, "mono"),
)
TIPS = ("value", "exception", "data")  # their cells say all of a long text when they are pointed at
WITH_DAY = 152  # pixels of a time with its day


class Column(TypedDict):
    """One column as JSON. `field` is of the row, "" for what a row has under its name in `extra`."""

    name: str
    field: str
    head: str
    share: int
    least: int  # pixels
    look: str
    tip: bool
    right: bool
    orders: NotRequired[list[str]]  # that a press on its head goes through


def trace_grid() -> Component:
    """An empty grid with the seven columns. Order and filter are the server's."""
    says = attr(aria_label="Spans", aria_rowcount="1", data_columns=json.dumps(columns()))
    return html.Div(id=Traces.GRID, className="fl-grid", role="treegrid", **says)


def columns(further: Sequence[str] = (), *, days: bool = False) -> list[Column]:
    """The seven columns, then the further ones; with `days` a time has its day."""
    seven = [column(name, name, head, share, least, look) for name, head, share, least, look in SEVEN]
    if days:
        seven[4]["field"], seven[4]["least"] = "when", WITH_DAY
    return seven + [_further(name) for name in further]


def column(name: str, field: str, head: str, share: int, least: int, look: str) -> Column:
    """One column; a head orders the list where there are orders by it."""
    found: Column = {
        "name": name, "field": field, "head": head, "share": share, "least": least, "look": look,
        "tip": name in TIPS, "right": look.startswith("r"),
    }  # fmt: skip
    if name in BY_COLUMN:
        found["orders"] = list(BY_COLUMN[name])
    return found


def _further(name: str) -> Column:
    """A column by choice: one that rows carry, or an attribute or observation by its name."""
    known = KNOWN.get(name)
    if known is None:
        return column(name, "", name, 14, 90, "v")
    return column(name, name, known.head, known.flex, known.least, "r" if known.right else "sub")
