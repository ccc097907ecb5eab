"""The delivery log: every message on its way to every channel, with what the other side answered."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import format
from dashboard.alert_place import rule_href, view_href
from dashboard.components.marks import Child, badge
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.alert_log import Sent

NS = 10**9
KEPT = 100
HEADS = (
    Column("Time"), Column("Alert"), Column("Event"), Column("Channel"), Column("State"),
    Column("Tries", right=True), Column("Latency ms", right=True), Column("Answer"),
)  # fmt: skip
LOOKS = {"sent": "ok", "waiting": "warn", "sending": "acc", "failed": "bad", "dropped": ""}
WORDS = {"sent": "delivered"}


def listed(made: Sequence[Sent], state: PageState, now_ns: int) -> Component:
    """The newest first."""
    if not made:
        link = dcc.Link("Add a channel", href=view_href(state, "channels"), className="btn-x")
        return empty("Nothing was sent yet", "Rules tell the channels that they name.", [link])
    return table(HEADS, [_row(one, state, now_ns) for one in made], look="pin", label="Deliveries")


def _row(one: Sent, state: PageState, now_ns: int) -> Component:
    name = one.rule_name or "an event that is gone"
    alert: list[Child] = [html.B(name), html.Span(one.key, className="mono sub")]
    shown = dcc.Link(alert, href=rule_href(state, one.rule_id), className="row-x plain")
    fate: list[Child] = [badge(WORDS.get(one.state, one.state), LOOKS[one.state])]
    if one.twice:
        title = "Flowglass stopped while it was being sent"
        fate.append(html.Span("may have been sent twice", className="badge-x warn", title=title))
    return row(
        [
            cell(format.clock_seconds(one.created_ns), "mono sub", format.full_time(one.created_ns)),
            cell(shown if one.rule_id else name),
            cell(one.kind, "sub"), cell(one.channel_name), cell(html.Span(fate, className="row-x")),
            cell(format.count(one.attempts), "r"),
            cell(format.count(one.latency_ms) if one.latency_ms else format.NONE, "r"),
            cell(_answer(one, now_ns), "sub answer", one.answer),
        ],
        key=f"{one.event_id}\n{one.channel_id}",
    )  # fmt: skip


def _answer(one: Sent, now_ns: int) -> str:
    if one.state == "waiting" and one.next_try_ns > now_ns:
        wait = format.span_of((one.next_try_ns - now_ns) / NS)
        return f"{one.answer or 'not tried yet'}, next try in {wait}"
    return one.answer or format.NONE
