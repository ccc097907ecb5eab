"""Values in and out: what was seen of each name, and which values go with slow or failing calls."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import format
from dashboard.components import code_value
from dashboard.components.code_value import calls, exactly, field, number_text, value_text
from dashboard.components.marks import Children
from dashboard.components.sparkline import sparkline
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.fn import Fn
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.code_stale import StaleHere
from queries.code_suspects import Suspect, Suspects
from queries.code_values import Seen, ValueSeries

MAX_VALUE = 40  # characters of a value in a cell
SEEN_HEADS = (
    Column("Data"), Column("Data Type"), Column("Last", right=True), Column("Distinct", right=True),
    Column("Distribution"),
)  # fmt: skip


def seen(series: Sequence[ValueSeries], stale: Sequence[StaleHere], of: Fn, state: PageState) -> Component:
    """One row per name: last value, how many different ones, and how they are spread."""
    if not series:
        return empty("No values were captured", "Tracing level values records arguments and returns.")
    runs = {one.data: one for one in stale if one.function == (of.group, of.name, of.scope)}
    rows = [_seen_row(one, runs.get(one.name), of, state) for one in series]
    return table(SEEN_HEADS, rows, label="Values seen")


def _seen_row(series: ValueSeries, run: StaleHere | None, of: Fn, state: PageState) -> Component:
    types = ", ".join(f"{name} {format.count(count)}" for name, count in series.types)
    last = value_text(series.last[0])
    earlier = "Last values, newest first: " + "  ".join(value_text(one) for one in series.last)
    name = dcc.Link(
        series.name, href=code_value.href(series, of, state), className="plain mono",
        title=f"{series.source}: everything that was seen of it",
    )  # fmt: skip
    nulls = f", {format.percent(series.nulls / series.seen, 0)} % None" if series.nulls else ""
    return row(
        [
            cell(name),
            cell(series.types[0][0] + ("…" if len(series.types) > 1 else ""), "typ", title=types),
            cell(format.shortened(last, MAX_VALUE), "r v", title=earlier),
            cell(format.count(series.distinct), "r", title=f"in {format.count(series.seen)} calls{nulls}"),
            cell(_spread(series, run, of, state)),
        ],
        key=f"{series.source}.{series.name}",
    )


def _spread(series: ValueSeries, run: StaleHere | None, of: Fn, state: PageState) -> Component:
    """The hatch of a stale value, or bars; bars of numbers lead to the calls above the 99th percentile."""
    if run is not None:
        title = f"The same for {format.count(run.run)} calls, since {format.day_clock(run.since_ns)}"
        return html.Span(className="rep", style={"width": "72px"}, title=title)
    bars = sparkline(series.bars, "text-3", kind="bars")
    if series.low is None or series.high is None or series.p99 is None or series.low == series.high:
        return bars
    bounds = f"{number_text(series.low)} to {number_text(series.high)}"
    title = f"{bounds}; open the calls above {number_text(series.p99)}"
    return dcc.Link(bars, href=calls(series.name, f">{series.p99:.12g}", of, state), title=title)


def suspects(found: Suspects, of: Fn, state: PageState) -> Component:
    """Values ranked by how much more often their calls are slow, then by how much more often they fail."""
    if not found.slow and not found.failing:
        return empty(
            "No value stands out",
            "No argument has calls that are slow or failing far more often than all calls.",
            sign="ok",
        )
    heads = [Column("Data"), Column("Value"), Column("Calls", right=True), Column("Share %", right=True),
             Column("All %", right=True)]  # fmt: skip
    rows = [_suspect_row(one, f"duration:>{found.slow_ns}ns", "slow", of, state) for one in found.slow]
    rows += [_suspect_row(one, "status:error", "failing", of, state) for one in found.failing]
    words = f"Slow: above {format.duration(found.slow_ns)}, the slowest tenth of the calls read."
    return html.Div(
        [
            table(heads, rows, label="Values with slow or failing calls"),
            html.Div(words, className="t1 mut note-x"),
        ]
    )


def _suspect_row(suspect: Suspect, clause: str, kind: str, of: Fn, state: PageState) -> Component:
    if suspect.low is None or suspect.high is None:
        shown: Children = value_text(Seen(suspect.value, suspect.type))
        narrowed = calls(suspect.name, exactly(suspect.value), of, state, clause)
    else:
        shown = f"{number_text(suspect.low)} to {number_text(suspect.high)}"
        upper = f"{field(suspect.name)}:<={suspect.high:.12g}"
        narrowed = calls(suspect.name, f">={suspect.low:.12g}", of, state, upper, clause)
    name = dcc.Link(suspect.name, href=narrowed, className="plain mono", title="Open these calls")
    share = f"{format.percent(suspect.share, 0)} {kind}"
    return row(
        [
            cell(name), cell(shown, "v"), cell(format.count(suspect.calls), "r"), cell(share, "r bad"),
            cell(format.percent(suspect.usual, 0), "r sub"),
        ],
        key=f"{kind} {suspect.name} {shown}",
    )  # fmt: skip
