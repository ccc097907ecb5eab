"""Errors, two ways: the last ones, each a link to its trace; and their kinds, with count and trend."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import format as show
from dashboard import links, url
from dashboard.components.marks import Child, badge
from dashboard.components.panel import Subtab
from dashboard.components.sparkline import sparkline
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row
from dashboard.components.when import when
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.kinds import ErrorKind, ErrorKinds
from queries.overview import ErrorRow

EXCEPTION_LENGTH = 80  # characters of type and message together
FEW, MANY = 10, 25
COLUMNS = (Column("Timestamp", width="124px"), Column("Process", width="30%"), Column("Exception"))
RISING = 2.0  # the second half of a trend has this many times the errors of the first
NS = 10**9


def rows(errors: Sequence[ErrorRow], state: PageState) -> list[Component]:
    """One row per error with Timestamp, Process and a shortened Exception; a press opens the trace."""
    return [_row(error, state) for error in errors]


def none_found() -> Component:
    return empty("No error in this range", "Every span of it ended well.", sign="ok")


def _row(error: ErrorRow, state: PageState) -> Component:
    href = link_to(error, state)
    what = short_type(error.exception)
    whole = f"{error.exception or what}: {error.message}" if error.message else error.exception or what
    room = max(20, EXCEPTION_LENGTH - len(what))
    said = html.Span(f" {show.shortened(error.message, room)}" if error.message else "", className="sub")
    at = show.full_time(error.timestamp_ns)
    return row(
        [
            cell(dcc.Link(when(error.timestamp_ns, "clock_ms"), href=href), "mono sub", at),
            cell(dcc.Link(error.process, href=href), "mono", f"{error.process} of {error.group}"),
            cell(dcc.Link([html.B(what, className="bad"), said], href=href), "", show.shortened(whole, 500)),
        ],
        key=error.span_id,
    )


def link_to(error: ErrorRow, state: PageState) -> str:
    """Trace Explorer on the spans of this trace, with this span open."""
    return _opened(state, f"trace:{error.trace_id}", error.trace_id, error.span_id)


def kinds(found: ErrorKinds, limit: int, now_ns: int, state: PageState) -> Component:
    """Each kind with its newest message, trend, count and age."""
    if not found.kinds:
        return none_found()
    return html.Div(
        [_kind(kind, now_ns, state) for kind in found.kinds[:limit]], className="elist", tabIndex=0
    )


def _kind(kind: ErrorKind, now_ns: int, state: PageState) -> Component:
    name: list[Child] = [html.B(short_type(kind.exception), className="mono clip")]
    if kind.is_new:
        name.append(badge("new", "warn"))
    message = f" · {show.shortened(kind.message, 120)}" if kind.message else ""
    colour = "bad-lamp" if kind.is_new or rising(kind.series) else "ramp-3"
    clauses = [links.clause("process", kind.process), links.clause("group", kind.group), "status:error"]
    clauses += [links.clause("exception", kind.exception)] if kind.exception else []
    return dcc.Link(
        [
            html.Div(name, className="x"),
            html.Div([html.Span(kind.process, className="mono"), message], className="m clip"),
            sparkline(kind.series, colour, kind="bars"),
            html.Span(["first ", since(kind.first_ns, now_ns)], className="w first"),
            html.Span(["last ", show.age((now_ns - kind.last_ns) / NS), " ago"], className="w last"),
            html.Span(show.count(kind.count), className="n"),
        ],
        href=_opened(state, " ".join(clauses), kind.trace_id, kind.span_id),
        className="err",
        title=f"{kind.exception}, first {show.full_time(kind.first_ns)}, last {show.full_time(kind.last_ns)}",
    )


def since(start_ns: int, now_ns: int) -> str:
    """A time of day, with its day when that is not today."""
    today = show.moment(start_ns).date() == show.moment(now_ns).date()
    return show.clock_seconds(start_ns) if today else show.day_clock(start_ns)


def in_range(number: int, state: PageState) -> Component:
    """How many there are, leading to all of them."""
    return dcc.Link(f"{number:,} in this range", href=links.calls(state, "status:error"))


def short_type(exception: str) -> str:
    """The last part of an exception's qualified name; what is not named is an error."""
    return exception.rsplit(".", 1)[-1] or "error"


def by_kind(state: PageState) -> bool:
    """Whether the URL asks for kinds."""
    return state.extra.get("errors") == "kinds"


def limit(state: PageState) -> int:
    """How many are shown: 10, or 25 after "more"."""
    return MANY if state.extra.get("more") else FEW


def views(state: PageState) -> list[Subtab]:
    """The last ones, their kinds, and more of either."""
    kinds_shown, many = by_kind(state), limit(state) == MANY
    return [
        Subtab("Last", _view(state, errors=""), not kinds_shown),
        Subtab("By kind", _view(state, errors="kinds"), kinds_shown),
        Subtab("fewer" if many else "more", _view(state, more="" if many else "1"), False, False),
    ]


def _view(state: PageState, **changes: str) -> str:
    return url.href(state, extra=dict(state.extra) | changes)


def rising(series: Sequence[int]) -> bool:
    """Whether the second half has at least twice the errors of the first, and more than a few."""
    half = len(series) // 2
    before, after = sum(series[:half]), sum(series[half:])
    return after >= 5 and after >= RISING * before


def _opened(state: PageState, q: str, trace: str, span: str) -> str:
    explorer = url.PageState("traces", state.range, state.start_ns, state.end_ns)
    return url.href(explorer, q=q, trace=trace, span=span)
