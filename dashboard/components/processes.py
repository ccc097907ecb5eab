"""The ten slowest and the ten most failing processes, the new ones, and the error types."""

from __future__ import annotations

from dash.development.base_component import Component

from config import ThresholdSettings
from dashboard import format as show
from dashboard import links, url
from dashboard.components.errors import short_type
from dashboard.components.groups import told
from dashboard.components.marks import Children
from dashboard.components.panel import Subtab
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.code_rank import RankedFunction, Ranking
from queries.judge import error_lamp, latency_lamp
from queries.kinds import ErrorKinds

SHOWN = 10
NS = 10**9
VIEWS = {"slow": "Slowest", "failing": "Most failing", "new": "New", "types": "Error types"}
NOTHING = {
    "slow": ("Nothing to rank", "A process is ranked from 20 calls on."),
    "failing": ("No process failed in this range", ""),
    "new": ("No process was seen for the first time in this range", ""),
}


def processes(
    view: str, ranking: Ranking, limits: ThresholdSettings, window_ns: int, state: PageState
) -> Component:
    """One of the rankings; `view` is a key of VIEWS."""
    ranked = {"slow": ranking.slow, "failing": ranking.failing, "new": ranking.new}[view]
    if not ranked:
        return empty(*NOTHING[view], sign="ok" if view == "failing" else "")
    columns = [
        Column("Process"),
        Column("Group"),
        Column("Calls/s", right=True),
        Column("Errors", right=True, sorted=view == "failing"),
        Column("Errors %", right=True),
        Column("p95 ms", right=True, sorted=view == "slow"),
    ]
    rows = [_row(one, limits, window_ns, state) for one in ranked[:SHOWN]]
    return table(columns, rows, label=f"Processes, {VIEWS[view].lower()}")


def _row(one: RankedFunction, limits: ThresholdSettings, window_ns: int, state: PageState) -> Component:
    href = links.code(state, one.group, one.scope, one.name)
    return row(
        [
            cell(dcc.Link(one.name, href=href, className="mono"), "", f"{one.name} of {one.group}"),
            cell(one.group, "sub"),
            cell(show.rate(one.calls / (window_ns / NS)), "r"),
            cell(show.count(one.errors), "r"),
            cell(show.percent(one.error_rate, 1), f"r {told(error_lamp(one.error_rate, limits))}"),
            cell(show.milliseconds(one.p95_ns), f"r {told(latency_lamp(one.p95_ns, limits))}"),
        ],
        key=f"{one.group}/{one.scope}/{one.name}",
    )


def error_types(found: ErrorKinds, state: PageState) -> Component:
    """How often each exception type was raised, most frequent first, with the share of all errors."""
    if not found.types:
        return empty("No error in this range", "", sign="ok")
    columns = [Column("Exception"), Column("Errors", right=True, sorted=True), Column("Share %", right=True)]
    rows = [_type(name or "error", number, found.errors, state) for name, number in found.types[:SHOWN]]
    return table(columns, rows, label="Error types")


def _type(name: str, number: int, total: int, state: PageState) -> Component:
    q = f"status:error {links.clause('exception', name)}" if name != "error" else "status:error -exception:*"
    link = dcc.Link(short_type(name), href=links.calls(state, q), className="mono", title=name)
    return row([cell(link), cell(show.count(number), "r"), cell(show.percent(number / total, 1), "r")])


def view_of(state: PageState) -> str:
    """The ranking that the URL asks for."""
    view = state.extra.get("top", "slow")
    return view if view in VIEWS else "slow"


def views(state: PageState, ranking: Ranking) -> list[Subtab]:
    """The rankings as links; how many processes are new stands beside the word."""
    on = view_of(state)
    return [
        Subtab(
            _label(view, ranking),
            url.href(state, extra=dict(state.extra) | {"top": _value(view)}),
            view == on,
        )
        for view in VIEWS
    ]


def _value(view: str) -> str:
    """The first view is the default and needs no key in the URL."""
    return "" if view == "slow" else view


def _label(view: str, ranking: Ranking) -> Children:
    if view == "new" and ranking.new:
        return [VIEWS[view], html.Span(show.count(len(ranking.new)), className="count")]
    return VIEWS[view]
