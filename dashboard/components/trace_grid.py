"""The grid of the trace list: columns and options. Rows are put in by assets/js/traces_list.js."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

from dashboard.ids import Traces

# The seven columns: field, head, share of the width, least width in pixels. Always these, in this order.
SEVEN = (
    ("process", "Process", 21, 150),
    ("data", "Data", 14, 90),
    ("type", "Data Type", 10, 76),
    ("value", "Data Value", 16, 110),
    ("time", "Timestamp", 12, 104),
    ("status", "Status", 9, 78),
    ("exception", "Exception", 18, 120),
)
EVERY_COLUMN = {
    "sortable": False, "suppressMovable": True, "resizable": True, "suppressHeaderMenuButton": True,
}  # fmt: skip
LOOKS = {
    "process": "c-tree",
    "data": "mono sub",
    "type": "typ",
    "value": "v",
    "time": "r mono sub",
    "exception": "mono",
}


def trace_grid() -> Component:
    """An empty grid with the seven columns. Order and filter are the server's, so the grid's own are off."""
    grid: Component = dag.AgGrid(
        id=Traces.GRID,
        className="fl-grid",
        columnDefs=columns(),
        defaultColDef=EVERY_COLUMN,
        getRowId="params.data.id",
        dashGridOptions=options(),
        style={"height": "100%", "width": "100%"},
    )  # fmt: skip
    return grid


def columns() -> list[dict[str, Any]]:
    """Definitions of the seven columns."""
    return [column(*of) for of in SEVEN]


def column(field: str, head: str, flex: int, least: int) -> dict[str, Any]:
    """One column; the first draws the tree, status and value draw their lamp by class."""
    found: dict[str, Any] = {"field": field, "headerName": head, "flex": flex, "minWidth": least}
    found["cellClass"] = LOOKS.get(field, "")
    if field == "process":
        found |= {"cellRenderer": "TraceProcess", "colSpan": {"function": "traceSpanned(params)"}}
    if field == "time":
        found |= {"headerClass": "r by-order"}
    if field == "status":
        found |= {"cellClassRules": {"st-fail": "params.value === 'ERROR'", "st-ok": "params.value === 'OK'"}}
    if field == "value":
        found |= {"cellClassRules": {"is-stale": "params.data.stale"}}
    if field == "exception":
        found |= {"cellClassRules": {"bad": "params.value !== ''"}}
    return found


def options() -> dict[str, Any]:
    """What AG Grid is told beside its columns."""
    return {
        "theme": {"function": "flowglassTheme(themeQuartz)"},
        "rowClassRules": {
            "kid": "params.data.depth > 0",
            "more": "params.data.more",
            "sel": "params.data.sel",
        },
        "animateRows": False,
        "suppressCellFocus": False,
        "enableCellTextSelection": False,
        "suppressContextMenu": True,
        "suppressNoRowsOverlay": True,
        "suppressColumnVirtualisation": True,
        "rowBuffer": 12,
        "headerHeight": 24,
    }
