"""What fired in the range on the screen: how long, how bad, and which rules fire most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash.development.base_component import Component

from alerting.message import value_text
from alerting.standing import Offender, lasted_ns, offenders, typical_ns
from dashboard import format
from dashboard.alert_place import rule_href
from dashboard.components.alert_words import severity_lamp
from dashboard.components.marks import Child, badge
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.alert_log import Episode

NS = 10**9
SHOWN = 200
BAR_PX = 96
HEADS = (
    Column("Rule"), Column("Key"), Column("Began"), Column("Ended"), Column("Lasted", right=True),
    Column("Value", right=True, title="When it began to fire"),
)  # fmt: skip


def listed(firings: Sequence[Episode], units: Mapping[str, str], state: PageState, now_ns: int) -> Component:
    """Offenders on top, then one row per firing, newest first."""
    if not firings:
        return empty("Nothing fired in this range", "A longer range may hold more.", sign="ok")
    rows = [_row(one, units, state, now_ns) for one in firings[:SHOWN]]
    shown = table(HEADS, rows, look="pin", label="Firings, newest first")
    return html.Div([_summary(firings, state, now_ns), shown], className="fill")


def _summary(firings: Sequence[Episode], state: PageState, now_ns: int) -> Component:
    typical = typical_ns(firings)
    lead: list[Child] = [html.B(format.count(len(firings))), " firings"]
    if len(firings) > SHOWN:
        lead.append(f", the newest {SHOWN} below")
    if typical is not None:
        lead += [", resolved after ", html.B(format.span_of(typical / NS)), " (median)"]
    worst = offenders(firings, now_ns)
    most = max((one.count for one in worst), default=1)
    bars = [_offender(one, most, state) for one in worst]
    return html.Div([html.P(lead), html.Div(bars, className="offenders", role="list")], className="hist-sum")


def _offender(one: Offender, most: int, state: PageState) -> Component:
    often = "once" if one.count == 1 else f"{one.count} times"
    width = max(4, round(BAR_PX * one.count / most))
    return html.Div(
        [
            dcc.Link(one.rule_name, href=rule_href(state, one.rule_id), className="clip plain"),
            html.Span(className="bar-c", style={"width": f"{width}px"}),
            html.Span(f"{often}, {format.span_of(one.lasted_ns / NS)} in all", className="mut t1"),
        ],
        className="off-line", role="listitem",
    )  # fmt: skip


def _row(one: Episode, units: Mapping[str, str], state: PageState, now_ns: int) -> Component:
    href = rule_href(state, one.rule_id, one.key)
    lasting = format.span_of(lasted_ns(one, now_ns) / NS)
    return row(
        [
            cell(dcc.Link([severity_lamp(one.severity), html.B(one.rule_name)], href=href,
                          className="row-x plain")),
            cell(one.key or format.NONE, "mono sub", one.key),
            cell(format.day_clock(one.fired_ns), "sub", format.full_time(one.fired_ns)),
            cell(format.day_clock(one.resolved_ns) if one.resolved_ns else badge("firing", "bad"), "sub"),
            cell(lasting, "r"),
            cell(value_text(one.value, units.get(one.rule_id, "")) or format.NONE, "r"),
        ],
        key=f"{one.rule_id}\n{one.key}\n{one.fired_ns}",
    )  # fmt: skip
