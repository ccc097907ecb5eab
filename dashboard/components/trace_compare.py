"""Two calls side by side: what each called, what differs in its values, what got slower."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.marks import Child, attr, badge, button, classes, icon
from dashboard.components.tables import Column, cell, row, table
from dashboard.components.trace_values import any_text
from dashboard.light import html
from queries.compare_traces import ComparedCall, ComparedRow, Comparison, ValueDifference

COLUMNS = (
    Column("Process"), Column("Pinned", right=True, width="68px"), Column("Open", right=True, width="68px"),
    Column("Change", right=True, width="64px"), Column("Values that differ", width="46%"),
)  # fmt: skip
MANY = 10  # beyond this a change is said as a factor
NOTABLE = 0.2  # a change of time by a fifth has a colour
MAX_VALUE = 48


def hint() -> Component:
    """Before anything is pinned."""
    why = "Pin this call, then open another: their calls, values and times stand side by side."
    pin = button([icon("pin-angle"), "Pin this call"], look="pri", **attr(data_pin="1"))
    return html.Div(
        [html.B("Nothing is pinned"), html.Br(), why, html.Div(pin, className="row-x actions")],
        className="empty",
    )


def gone() -> Component:
    """The pinned call is not stored any more."""
    unpin = button("Unpin", **attr(data_pin="clear"))
    return html.Div(
        [html.B("The pinned call is not here any more"), html.Div(unpin, className="row-x actions")],
        className="empty",
    )


def shown(found: Comparison, whole: bool) -> Component:
    """A sentence on top, then one line per call."""
    differing = sum(len(line.differing) for line in found.rows)
    alone = sum(line.left is None or line.right is None for line in found.rows)
    said = [
        f"{format.count(found.left_calls)} calls pinned, {format.count(found.right_calls)} open",
        f"{alone} made by one side only" if alone else "the same calls on both sides",
        f"{differing} values differ" if differing else "every value is equal",
    ]
    scope = button(
        "Only these calls" if whole else "Whole traces", look="sm", **attr(data_whole="" if whole else "1")
    )
    unpin = button("Unpin", look="sm quiet", **attr(data_pin="clear"))
    head = html.Div(
        [html.Span(" · ".join(said), className="sub t2"), html.Span([scope, unpin], className="meta")],
        className="ph",
    )
    cut = (
        html.Div("Traces of more than 1,000 calls are compared by their first 1,000.", className="list-note")
        if found.cut
        else None
    )
    lines = [_line(each) for each in found.rows]
    return html.Div([head, cut, table(COLUMNS, lines, fixed=True, look="compare", label="Comparison")])


def _line(each: ComparedRow) -> Component:
    look = "gone" if each.right is None else "added" if each.left is None else ""
    name: list[Child] = [
        html.Span(className="ind", style={"--d": str(each.depth)}),
        html.Span(each.process, className="mono clip"),
        badge("pinned only")
        if each.right is None
        else badge("open only", "acc")
        if each.left is None
        else None,
    ]
    return row(
        [
            cell(html.Span(name, className="tree"), title=f"{each.process} · {each.group}"),
            cell(*_time(each.left)), cell(*_time(each.right)), _change(each), cell(_values(each)),
        ],
        look,
    )  # fmt: skip


def _time(call: ComparedCall | None) -> tuple[str, str]:
    if call is None:
        return "", "r"
    return format.duration(call.duration_ns), classes("r", "bad" if call.error else "")


def _change(each: ComparedRow) -> Component:
    """How much longer the open call took than the pinned one."""
    if each.left is None or each.right is None or each.left.duration_ns <= 0:
        return cell("", "r")
    share = each.right.duration_ns / each.left.duration_ns - 1
    look = "bad" if share > NOTABLE else "ok" if share < -NOTABLE else "mut"
    times = each.right.duration_ns / each.left.duration_ns
    text = f"{format.signed(share * 100)} %" if abs(share) < MANY else f"{times:.0f} times"
    return cell(text, f"r {look}")


def _values(each: ComparedRow) -> Component:
    lines = [_difference(one) for one in each.differing]
    if not lines and each.left and each.right:
        equal = f"{each.equal_values} equal" if each.equal_values else ""
        return html.Span(equal, className="mut t1")
    return html.Div(lines, className="diffs")


def _difference(one: ValueDifference) -> Component:
    left = html.Span(_text(one.left, one.left_type), className="was mono clip")
    right = html.Span(_text(one.right, one.right_type), className="now mono clip")
    drift = badge(f"{one.left_type} → {one.right_type}", "warn") if _drifted(one) else None
    title = f"{one.name}: {_text(one.left, one.left_type)} → {_text(one.right, one.right_type)}"
    return html.Div(
        [html.Span(one.name, className="mono sub"), left, html.Span("→", className="mut"), right, drift],
        title=title,
    )


def _drifted(one: ValueDifference) -> bool:
    return one.left_type is not None and one.right_type is not None and one.left_type != one.right_type


def _text(value: object, type_name: str | None) -> str:
    if type_name is None:
        return "absent"
    text = any_text(value, type_name)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"
