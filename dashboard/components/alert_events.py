"""The last events, newest first: what happened, what was seen, and whether it was delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash.development.base_component import Component

from alerting.message import value_text
from alerting.standing import told_of
from alerting.state import TOLD
from dashboard import alert_place, format, links, url
from dashboard.alert_place import Place
from dashboard.components.alert_words import event_lamp
from dashboard.components.marks import Child, icon
from dashboard.components.states import empty
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.alert_log import AlertEvent

NAMED = 3  # of what is affected
KEPT = 100  # events in the list


def feed(events: Sequence[AlertEvent], state: PageState, place: Place) -> list[Component]:
    """One entry per event, or the reason why there is none."""
    shown = [one for one in events[:KEPT] if one.at_ns > place.cleared_ns]
    if shown:
        return [_entry(one, state) for one in shown]
    why = "Cleared from this view only." if events else "What a rule does is listed here as it happens."
    return [html.Li(empty("No events yet" if not events else "No newer events", why))]


def _entry(one: AlertEvent, state: PageState) -> Component:
    name = f"{one.rule_name} · {one.key}" if one.key else one.rule_name
    opened = alert_place.rule_href(state, one.rule_id, one.key)
    head = html.Div(
        [
            html.Time(format.clock_seconds(one.at_ns), title=format.full_time(one.at_ns)),
            event_lamp(one),
            dcc.Link(name, href=opened, className="clip grow plain strong"),
            html.Span(one.kind, className="mut t1"),
        ],
        className="a",
    )
    return html.Li([head, html.Div(_second_line(one, state), className="b")], key=one.id)


def _second_line(one: AlertEvent, state: PageState) -> list[Child]:
    """What was seen, where in the code, and what became of the message."""
    found: list[Child] = [said(one)]
    code = code_href(one, state)
    if code:
        process = str((evidence_of(one) or {}).get("process", ""))
        link = dcc.Link([icon("code-slash"), process], href=code, className="mono", title="Open the code")
        found += [" · ", link]
    if one.kin.affected and one.kind in TOLD:
        names = ", ".join(tie.rule_name for tie in one.kin.affected[:NAMED])
        more = len(one.kin.affected) - NAMED
        found.append(f" · affected: {names}" + (f" and {more} more" if more > 0 else ""))
    fate = delivery_words(one)
    return [*found, f" · {fate}"] if fate else found


def said(one: AlertEvent) -> str:
    """The number against its limit, or what was seen."""
    unit = str(one.detail.get("unit", ""))
    limit = one.detail.get("critical" if one.severity == "critical" else "warning")
    if one.detail.get("kind") == "stale":
        return (
            f"{one.text}, {format.count(one.value or 0)} repeats" if one.value else f"changed to {one.text}"
        )
    if one.text:
        return one.text
    if one.kind == "no data":
        return "no value to judge"
    if one.value is None:
        return format.NONE
    against = f" against {value_text(float(limit), unit)}" if isinstance(limit, int | float) else ""
    metric = str(one.detail.get("metric", "")) if one.detail.get("kind") == "threshold" else ""
    return f"{metric} {value_text(one.value, unit)}{against}".strip()


def delivery_words(one: AlertEvent) -> str:
    """Whether somebody was told."""
    if not one.announced:
        return "recorded, not told"
    told = told_of(one.deliveries)
    if told.failed:
        return f"not delivered: {told.trouble}"
    if told.waiting:
        return f"waiting to be sent: {told.trouble}" if told.trouble else "being sent"
    if not told.sent and one.kin.cause is not None and one.kind in TOLD:
        return f"told with {one.kin.cause.cause_name}"
    return f"delivered to {told.sent}" if told.sent else ""


def evidence_of(one: AlertEvent) -> Mapping[str, Any] | None:
    """The call that was shown with it: trace, process, file, line."""
    found = one.detail.get("evidence")
    return found if isinstance(found, dict) else None


def code_href(one: AlertEvent, state: PageState) -> str:
    """Code Inspector at the line that the event is about, "" when no call was found for it."""
    found = evidence_of(one)
    if found is None or not found.get("process"):
        return ""
    href = links.code(state, str(found["group"]), str(found["scope"]), str(found["process"]))
    line = found.get("line") or 0
    return f"{href}#L{line}" if line else href


def trace_href(one: AlertEvent, state: PageState) -> str:
    """Trace Explorer with that call open, "" when there is none."""
    found = evidence_of(one)
    if found is None or not found.get("trace_id"):
        return ""
    page = PageState("traces", state.range, state.start_ns, state.end_ns)
    if one.at_ns < url.window_ns(state, one.at_ns)[0]:
        page = url.custom(page, one.at_ns - 300 * 10**9, one.at_ns + 60 * 10**9)
    return url.href(page, trace=str(found["trace_id"]), span=str(found["span_id"]))
