"""Callers on the left, callees on the right of a function; each line is as thick as its share. A table."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard import fn, format, links
from dashboard.components.marks import Child, attr, icon
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.fn import Fn
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.code_tree import Relation, Relations

SHOWN = 12  # on each side; the rest is counted
THICK_PX = 8  # of the line of a share of one


def shown(found: Relations, of: Fn, state: PageState) -> Component:
    """The graph, and below it the same as a table with every figure."""
    if not found.sampled:
        return empty("No calls in this range", "Callers and callees are read from its newest calls.")
    parts = [graph(found, of, state)]
    if found.callers or found.callees:
        parts.append(_table(found, state))
    return html.Div(parts, className="rel-box")


def _table(found: Relations, state: PageState) -> Component:
    columns = [
        Column("Function"), Column("Group"), Column("Calls", right=True), Column("Failed", right=True),
        Column("Each ms", right=True), Column("Share %", right=True),
    ]  # fmt: skip
    rows = [_table_row("caller", one, state) for one in found.callers]
    rows += [_table_row("callee", one, state) for one in found.callees]
    words = (
        "Share: of the calls for a caller, of the time for a callee. Each: time per call of this function."
    )
    note = html.Div(words, className="t1 mut note-x")
    return html.Div([table(columns, rows, label="Callers and callees"), note])


def _table_row(role: str, one: Relation, state: PageState) -> Component:
    href = links.code(state, one.group, one.scope, one.name)
    sign = icon("arrow-up-right" if role == "caller" else "arrow-down-right")
    link = dcc.Link(one.name, href=href, className="mono")
    name: list[Child] = [sign, html.Span(f"{role} ", className="sr"), link]
    each = format.milliseconds(one.each_ns) if role == "callee" else format.NONE
    return row(
        [
            cell(name, title=f"{one.scope}.{one.name}".lstrip(".")), cell(one.group, "sub"),
            cell(format.count(one.calls), "r"),
            cell(format.count(one.errors), "r bad" if one.errors else "r mut"),
            cell(each, "r"), cell(format.percent(one.share, 1), "r"),
        ],
        key=f"{role} {one.group}/{one.scope}/{one.name}",
    )  # fmt: skip


def graph(found: Relations, of: Fn, state: PageState) -> Component:
    """The graph, its figures beside each name."""
    return html.Div(
        [
            _side("Called by", [_caller(one, state) for one in found.callers[:SHOWN]] + _others(found), "in"),
            html.Div(
                [
                    html.B(fn.short(of.name), className="mono clip", title=of.name),
                    html.Span(f"{format.percent(found.self_share, 0)} % own time", className="t1 sub"),
                    html.Span(f"last {format.count(found.sampled)} calls", className="t1 mut"),
                ],
                className="rel-me",
            ),
            _side("Calls", _callees(found, state), "out"),
        ],
        className="rel",
    )


def _side(title: str, rows: list[Component], look: str) -> Component:
    inside = rows or [html.Div("Nothing that is traced", className="rel-none")]
    return html.Div([html.H3(title), *inside], className=f"rel-side {look}")


def _caller(one: Relation, state: PageState) -> Component:
    figures: list[Child] = [f"{format.percent(one.share, 0)} % of calls"]
    if one.errors:
        figures.append(html.Span(f"{format.count(one.errors)} failed", className="bad"))
    return _row(one, figures, one.share, state)


def _callees(found: Relations, state: PageState) -> list[Component]:
    rows: list[Component] = []
    for one in found.callees[:SHOWN]:
        each = one.calls / found.sampled
        times = "" if round(each, 1) == 1 else f"{each:.1f} times "
        figures: list[Child] = [f"{times}{format.duration(one.each_ns)}", f"{format.percent(one.share, 0)} %"]
        if one.errors:
            figures.append(html.Span(f"{format.count(one.errors)} failed", className="bad"))
        rows.append(_row(one, figures, one.share, state))
    rest = len(found.callees) - SHOWN
    return rows + ([html.Div(f"and {rest} more", className="rel-none")] if rest > 0 else [])


def _others(found: Relations) -> list[Component]:
    """Calls that no traced function made."""
    rows: list[Component] = []
    for count, words in ((found.roots, "the start of a trace"), (found.lost, "a call that is not stored")):
        if count:
            share = count / found.sampled
            figure = f"{format.percent(share, 0)} % of calls"
            rows.append(
                html.Div(
                    [
                        html.Span(words, className="rel-name sub"),
                        html.Span(figure, className="rel-fig"),
                        _line(share),
                    ],
                    className="rel-row",
                )
            )
    return rows


def _row(one: Relation, figures: list[Child], share: float, state: PageState) -> Component:
    spaced: list[Child] = [part for figure in figures for part in (figure, " · ")][:-1]
    return dcc.Link(
        [
            html.Span(one.name, className="rel-name mono clip"),
            html.Span(spaced, className="rel-fig"),
            _line(share),
        ],
        href=links.code(state, one.group, one.scope, one.name),
        className="rel-row",
        title=f"{one.scope}.{one.name} of {one.group}".lstrip("."),
    )


def _line(share: float) -> Component:
    thick = max(1, round(min(1.0, share) * THICK_PX))
    return html.Span(className="rel-line", style={"height": f"{thick}px"}, **attr(aria_hidden="true"))
