"""Values that have stopped changing, as a table: each leads to its calls and to the code that made it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import alert_place, fn, format, links, url
from dashboard.components.marks import attr, icon, lamp, spoken
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.stale import StaleValue

BAR_PX = 96  # width of the longest run's hatch
MIN_BAR_PX = 8
SECOND_NS = 10**9
MAX_VALUE = 200  # characters of a value that a cell keeps; the rest is in Trace Explorer
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")  # names that can stand behind "data." in a filter
PLAIN_VALUE = 120  # longer values are not put into a link

HEADS = (
    Column("Value"), Column("Group"), Column("Data Type"), Column("Data Value"), Column("Run", right=True),
    Column(""), Column("Unchanged for", right=True), Column("Since"), Column("Last call", right=True),
    Column(""),
)  # fmt: skip


def listed(values: Sequence[StaleValue], state: PageState, now_ns: int, repeats: int) -> Component:
    """The table, or the words that all is well."""
    if not values:
        why = f"A value is listed here once it has been the same more than {repeats} times in a row."
        return empty("Every value is still changing", why, sign="ok")
    longest = max(value.run for value in values)
    rows = [_row(value, state, now_ns, longest) for value in values]
    return table(HEADS, rows, look="pin stale-t", label="Values that have stopped changing")


def _row(value: StaleValue, state: PageState, now_ns: int, longest: int) -> Component:
    calls = dcc.Link(
        [lamp("stale"), spoken("stale: "), html.B(f"{value.process}.{value.data}", className="mono")],
        href=calls_href(value, state, now_ns), className="row-x plain", title="Open the calls of this run",
    )  # fmt: skip
    code = dcc.Link(
        icon("code-slash"), href=links.code(state, value.group, value.scope, value.process), className="ib",
        title="Open the code that made it",
    )  # fmt: skip
    alert = dcc.Link(
        icon("bell"), href=alert_href(value, state), className="ib alert-on", title="Alert on this value"
    )
    judged = dcc.Link(
        icon("sliders"), href=judging_href(value, state), className="ib", title="When this value is stale"
    )
    seen = format.value(value.data_value, value.data_type)
    unchanged = (value.last_ns - value.since_ns) / SECOND_NS
    return row(
        [
            cell(calls),
            cell(value.group, "sub"),
            cell(value.data_type, "typ"),
            cell(seen[:MAX_VALUE], "v", title=seen),
            cell(html.B(format.count(value.run)), "r"),
            cell(_hatch(value.run, longest)),
            cell(format.span_of(unchanged), "r"),
            cell(format.day_clock(value.since_ns), "sub", title=format.full_time(value.since_ns)),
            cell(f"{format.age((now_ns - value.last_ns) / SECOND_NS)} ago", "r sub"),
            cell([alert, judged, code], "r acts"),
        ],
        key=f"{value.group}\n{value.scope}\n{value.process}\n{value.data}",
    )


def _hatch(run: int, longest: int) -> Component:
    """The hatch is the sign of a stale value. Its length grows with the logarithm of the run."""
    share = math.log(run + 1) / math.log(longest + 1)
    width = max(MIN_BAR_PX, round(BAR_PX * share))
    return html.Span(className="rep", style={"width": f"{width}px"}, **attr(aria_hidden="true"))


def alert_href(value: StaleValue, state: PageState) -> str:
    """The builder on a rule that fires when this value stops changing."""
    about = links.calls_text(value.group, value.process)
    return alert_place.new_href(
        state, "stale", q=about, data=value.data, name=f"{value.process}.{value.data}"
    )


def judging_href(value: StaleValue, state: PageState) -> str:
    """Its series in Trace Explorer, with the sentence that says when it is stale."""
    series = f"{fn.write(value.group, value.scope, value.process)}#{value.data}"
    page = PageState("traces", state.range, state.start_ns, state.end_ns)
    about = links.calls_text(value.group, value.process)
    return url.href(page, q=about, extra={"series": series, "judge": "1"})


def calls_href(value: StaleValue, state: PageState, now_ns: int) -> str:
    """Trace Explorer on the calls that carry this value, from the start of its run."""
    clauses = [links.clause("process", value.process), links.clause("group", value.group)]
    seen = str(value.data_value)
    if PLAIN_NAME.fullmatch(value.data):
        short = value.data_value is not None and len(seen) <= PLAIN_VALUE
        clauses.append(links.clause(f"data.{value.data}", seen) if short else f"data.{value.data}:*")
    start, _ = url.window_ns(state, now_ns)
    if start > value.since_ns or state.end_ns is not None:
        state = url.custom(state, value.since_ns, max(value.last_ns, now_ns - SECOND_NS) + SECOND_NS)
    return links.calls(state, " ".join(clauses))
