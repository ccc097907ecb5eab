"""What Code Inspector shows while no function is chosen: the ones worth opening first."""

from __future__ import annotations

from collections.abc import Callable

from dash.development.base_component import Component

from dashboard import format, links
from dashboard.components.marks import badge
from dashboard.components.panel import panel
from dashboard.components.states import copyable, empty, loading
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.code_rank import RankedFunction, Ranking

ONE_LINE = "from flowglass import trace"


def lists(ranking: Ranking, state: PageState) -> Component:
    """Five lists, each function a click."""
    if not ranking.functions:
        return nothing_called()
    shown = [
        _list("Hot", "most time in all", ranking.hot, state, _total(ranking.total_ns), ("Time", "Share %")),
        _list("Slow", "highest p95, 20 calls or more", ranking.slow, state, _p95, ("p95 ms", "Calls")),
        _list("Failing", "most errors", ranking.failing, state, _errors, ("Errors", "Rate %")),
    ]
    heads = ("Since", "p95 ms")
    shown.append(_list("Changed", "a new version in this range", ranking.changed, state, _changed, heads))
    shown.append(_list("New", "first seen in this range", ranking.new, state, _new, ("Since", "Calls")))
    return html.Div(shown, className="code-start")


def waiting() -> Component:
    """The lists before the first answer."""
    heads = ("Function", "Group", "")
    return html.Div(
        [panel(title, loading(heads, 6)) for title in ("Hot", "Slow", "Failing")], className="code-start"
    )


def nothing_called() -> Component:
    body = html.Div(
        [
            empty("No function was called in this range", "Widen the range, or add one line to a program:"),
            html.Div(copyable(ONE_LINE), className="msg narrow"),
        ]
    )  # fmt: skip
    return panel("Functions", body)


def unknown(name: str, href: str) -> Component:
    """A link to a function that the store does not know."""
    why = [html.Span(name, className="mono"), " has not been seen. Its calls may be older than what is kept."]
    actions: list[Component] = [dcc.Link("Show the busiest functions", href=href, className="btn-x pri")]
    return panel("Functions", empty("There is no such function", why, actions))


def _list(
    title: str, why: str, rows: tuple[RankedFunction, ...], state: PageState,
    figures: Callable[[RankedFunction], list[Component]], heads: tuple[str, str],
) -> Component:  # fmt: skip
    columns = [Column("Function"), Column("Group"), *(Column(head, right=True) for head in heads)]
    body = [row([_name(found, state), cell(found.group, "sub"), *figures(found)]) for found in rows]
    if not body:
        return panel(title, empty(f"None is {title.lower()}", sign="ok"), meta=why)
    return panel(
        title, table(columns, body, fixed=True, label=title, look=f"start-{title.lower()}"), meta=why
    )


def _name(found: RankedFunction, state: PageState) -> Component:
    href = links.code(state, found.group, found.scope, found.name)
    return cell(
        dcc.Link(found.name, href=href, className="mono"), title=f"{found.scope}.{found.name}".strip(".")
    )


def _total(whole_ns: int) -> Callable[[RankedFunction], list[Component]]:
    def figures(found: RankedFunction) -> list[Component]:
        share = format.percent(found.total_ns / whole_ns if whole_ns else 0.0, 1)
        return [cell(format.duration(found.total_ns), "r"), cell(share, "r sub")]

    return figures


def _p95(found: RankedFunction) -> list[Component]:
    return [cell(format.milliseconds(found.p95_ns), "r"), cell(format.count(found.calls), "r sub")]


def _errors(found: RankedFunction) -> list[Component]:
    return [cell(format.count(found.errors), "r bad"), cell(format.percent(found.error_rate), "r sub")]


def _changed(found: RankedFunction) -> list[Component]:
    since = badge(f"v{found.versions} {format.day_clock(found.version_seen_ns)}", "acc")
    return [cell(since, "r"), cell(format.milliseconds(found.p95_ns), "r sub")]


def _new(found: RankedFunction) -> list[Component]:
    since = format.day_clock(found.first_seen_ns)
    return [cell(since, "r"), cell(format.count(found.calls), "r sub")]
