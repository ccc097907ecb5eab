"""The grid of the trace list: columns and options. Rows are put in by assets/js/traces_list.js."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

from dashboard.ids import Traces
from dashboard.trace_columns import BY_COLUMN, KNOWN

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
WITH_DAY = 152  # pixels of a time with its day
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


def columns(further: Sequence[str] = (), *, days: bool = False) -> list[dict[str, Any]]:
    """Definitions of the seven columns, then of the further ones; with `days` a time has its day."""
    seven = [column(*of) for of in SEVEN]
    if days:
        seven[4] |= {"field": "when", "minWidth": WITH_DAY}
    return seven + [_further(name) for name in further]


def column(field: str, head: str, flex: int, least: int) -> dict[str, Any]:
    """One column; the first draws the tree, status and value draw their lamp by class."""
    found: dict[str, Any] = {
        "field": field, "colId": field, "headerName": head, "flex": flex, "minWidth": least,
    }  # fmt: skip
    found["cellClass"] = LOOKS.get(field, "")
    if field == "process":
        found["cellRendererSelector"] = {"function": "traceTree(params)"}
        found["colSpan"] = {"function": "traceSpanned(params)"}
        found["suppressKeyboardEvent"] = {"function": "traceKeepsKey(params)"}
    if field == "time":
        found |= {"headerClass": "r", "valueFormatter": {"function": "traceTime(params)"}}
    if field == "status":
        found |= {"cellClassRules": {"st-fail": "params.value === 'ERROR'", "st-ok": "params.value === 'OK'"}}
    if field in ("value", "exception", "data"):
        found["tooltipField"] = field
    if field == "value":
        found |= {"cellClassRules": {"is-stale": "params.data.stale"}}
    if field == "exception":
        found |= {"cellClassRules": {"bad": "params.value !== ''"}}
    return found | _ordered(field)


def _further(name: str) -> dict[str, Any]:
    """A column by choice: one that rows carry, or an attribute or observation by its name."""
    known = KNOWN.get(name)
    if known is None:
        value = {"function": f"traceExtra(params, {json.dumps(name)})"}
        return {
            "colId": name,
            "headerName": name,
            "valueGetter": value,
            "flex": 14,
            "minWidth": 90,
            "cellClass": "v",
        }
    found = {"field": name, "headerName": known.head, "flex": known.flex, "minWidth": known.least}
    look = {"cellClass": "r", "headerClass": "r"} if known.right else {"cellClass": "sub"}
    return found | look | _ordered(name)


def _ordered(field: str) -> dict[str, Any]:
    """A head that orders the list when it is pressed."""
    if field not in BY_COLUMN:
        return {}
    return {"headerComponent": "TraceHead", "headerComponentParams": {"orders": list(BY_COLUMN[field])}}


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
        "enableBrowserTooltips": True,
        "suppressNoRowsOverlay": True,
        "suppressColumnVirtualisation": True,
        "rowBuffer": 12,
        "headerHeight": 24,
    }
