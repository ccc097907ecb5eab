"""Stale values: what it is, what it says, how often in a row, for how long."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import alert_place, links
from dashboard import format as show
from dashboard.components.bell import bell
from dashboard.components.marks import count_badge
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.stale import StaleValue

COLUMNS = (
    Column("Process", width="26%"),
    Column("Data", width="19%"),
    Column("Data Value", right=True, width="19%"),
    Column("Repeats", right=True, width="12%"),
    Column("", width="9%", title="Run beside the longest"),
    Column("For", right=True, width="10%"),
    Column("", width="48px", title="Alert on this value"),
)
BAR_PX = 28
SHOWN = 25  # Alerts lists more of them
NS = 10**9


def stale_table(values: Sequence[StaleValue], state: PageState, repeats: int) -> Component:
    """Longest runs first; the bar shows runs beside each other. The rest is on Alerts."""
    if not values:
        return empty(
            "No value has stopped changing", f"Stale is more than {repeats} equal values in a row.", sign="ok"
        )
    ordered = sorted(values, key=lambda value: -value.run)
    longest = ordered[0].run
    rows = [_row(value, longest, state) for value in ordered[:SHOWN]]
    if len(ordered) > SHOWN:
        more = dcc.Link("More stale values", href=links.tab(state, "alerts"))
        rows.append(row([html.Td(more, colSpan=len(COLUMNS), className="sub")]))
    return table(COLUMNS, rows, fixed=True, label="Stale values")


def _row(value: StaleValue, longest: int, state: PageState) -> Component:
    seen = show.value(value.data_value, value.data_type)
    href = links.calls_of(state, value.group, value.process)
    width = max(6, round(BAR_PX * value.run / longest))
    return row(
        [
            cell(
                dcc.Link(value.process, href=href, className="mono"), "", f"{value.process} of {value.group}"
            ),
            cell(value.data, "mono sub", value.data),
            cell(seen, "r v", seen),
            cell(html.B(show.short_count(value.run), className="stale"), "r", show.count(value.run)),
            cell(html.Span(className="rep", style={"width": f"{width}px"})),
            cell(
                show.age((value.last_ns - value.since_ns) / NS),
                "r sub",
                f"since {show.full_time(value.since_ns)}",
            ),
            cell(_alert(value, state), "r"),
        ]
    )


def _alert(value: StaleValue, state: PageState) -> Component:
    about, name = links.calls_text(value.group, value.process), f"{value.process}.{value.data}"
    href = alert_place.new_href(state, "stale", q=about, data=value.data, name=name)
    return bell(href, "Alert on this value")


def count(number: int) -> Component:
    """How many there are, beside the title."""
    return count_badge(show.count(number), "stale" if number else "", "values stale now")
