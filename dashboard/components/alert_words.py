"""Signs and words that every part of the Alerts tab shares."""

from __future__ import annotations

from collections.abc import Mapping

from dash.development.base_component import Component

from alerting.message import value_text
from alerting.rule import Rule
from alerting.sentence import METRIC_WORDS, limit
from alerting.standing import Standing, Told
from dashboard import format
from dashboard.components.marks import Child, Kind, attr, badge, icon, lamp, spoken
from dashboard.light import html
from queries.alert_log import AlertEvent
from queries.alerts import Alert

NS = 10**9
LAMPS: Mapping[str, Kind] = {"critical": "bad", "warning": "warn", "info": "info"}
BADGES: Mapping[str, str] = {
    "ok": "ok", "pending": "warn", "firing": "bad", "recovering": "acc", "no data": "", "rule failed": "bad",
}  # fmt: skip
EVENT_LAMPS: Mapping[str, Kind] = {
    "resolved": "ok", "data is back": "ok", "rule works": "ok", "steady": "ok", "no data": "off",
    "rule failed": "bad", "flapping": "warn",
}  # fmt: skip
COLOURS: Mapping[str, str] = {
    "p50": "p50", "p95": "p95", "p99": "p99", "error rate": "p99", "errors": "p99", "traffic": "thr",
}  # fmt: skip


MEASURES: Mapping[str, str] = {
    "stale": "repeats", "no calls": "calls", "new exception": "raised", "type change": "type",
    "error spike": "errors", "memory growth": "growth", "regression": "worse", "combination": "met",
}  # fmt: skip
TOLD_BY_TEXT = ("type change", "new exception", "regression", "combination")  # not by their number
WITHOUT_LIMIT = ("no calls", *TOLD_BY_TEXT)


def severity_lamp(severity: str) -> Component:
    """The lamp of a severity, with its word for screen readers."""
    return html.Span([lamp(LAMPS.get(severity, "warn")), spoken(f"{severity}: ")], className="sev-lamp")


def event_lamp(event: AlertEvent) -> Component:
    """The lamp of what happened: the severity while it is bad, green when it is over."""
    kind = EVENT_LAMPS.get(event.kind, LAMPS.get(event.severity, "warn"))
    return html.Span([lamp(kind), spoken(f"{event.severity}: ")], className="sev-lamp")


def state_badges(standing: Standing) -> list[Child]:
    """The state in a word, and the flags beside it."""
    alert = standing.alert
    found: list[Child] = [badge(alert.status, BADGES[alert.status])]
    if alert.silence is not None:
        until = f"by {alert.silence.author} until {format.day_clock(alert.silence.ends_ns)}"
        reason = f": {alert.silence.reason}" if alert.silence.reason else ""
        found.append(html.Span("suppressed", className="badge-x", title=f"Silenced {until}{reason}"))
    elif alert.off_hours:
        hours = f"Told only {standing.rule.hours}, and at once then if it still fires"
        found.append(html.Span("off hours", className="badge-x", title=hours))
    if alert.flapping:
        found.append(
            html.Span("flapping", className="badge-x warn", title="At least 3 crossings in 20 evaluations")
        )
    if alert.acknowledged_by:
        seen = html.Span(
            [icon("check2"), alert.acknowledged_by], className="badge-x ok",
            title=f"Acknowledged by {alert.acknowledged_by}",
        )  # fmt: skip
        found.append(seen)
    return found


def measure_word(rule: Rule) -> str:
    """What the number is: "p95", "repeats", "type"."""
    if rule.kind != "threshold":
        return MEASURES[rule.kind]
    return rule.data if rule.metric == "value" else rule.metric


def measure_title(rule: Rule) -> str:
    """The same in full, for the head of a chart."""
    if rule.kind == "threshold" and rule.metric != "value":
        return METRIC_WORDS[rule.metric]
    return measure_word(rule)


def seen_text(rule: Rule, state: Alert) -> str:
    """The last value as a person reads it."""
    if state.value is None and not state.text:
        return format.NONE
    if rule.kind == "stale":
        return format.count(state.value or 0)
    if rule.kind in TOLD_BY_TEXT and state.text:
        return state.text
    if rule.kind == "combination":
        return "yes" if state.value else "no"
    if rule.kind == "no calls":
        return "none" if state.value else "some"
    return value_text(state.value, rule.unit)


def limit_text(standing: Standing) -> str:
    """What it is held against."""
    if standing.rule.kind in WITHOUT_LIMIT:
        return format.NONE
    return limit(standing.rule, standing.alert.severity)


def colour_of(rule: Rule) -> str:
    """The token that its line has."""
    if rule.kind == "threshold":
        return COLOURS.get(rule.metric, "text-2")
    return {"stale": "stale-lamp", "error spike": "p99"}.get(rule.kind, "text-2")


def affected_mark(alert: Alert) -> Component | None:
    """How many fire because of this one."""
    if not alert.affected:
        return None
    names = ", ".join(one.rule_name + (f" · {one.key}" if one.key else "") for one in alert.affected)
    return html.Span(f"{len(alert.affected)} affected", className="badge-x", title=f"Told with it: {names}")


def told_parts(told: Told, cause: str = "") -> list[Child]:
    """What became of the messages: firing and told are two things. `cause` is what it is told with."""
    if cause and not (told.sent or told.waiting or told.failed):
        return [html.Span("with its cause", className="mut", title=f"The message is that of {cause}")]
    found: list[Child] = []
    if told.sent:
        found.append(html.Span(f"delivered {told.sent}", className="sub"))
    if told.waiting:
        found.append(html.Span(f"waiting {told.waiting}", className="badge-x warn"))
    if told.failed:
        found.append(html.Span(f"failed {told.failed}", className="badge-x bad"))
    return found or [html.Span("nobody told", className="mut")]


def ago(now_ns: int, at_ns: int) -> str:
    """How long ago."""
    return f"{format.age((now_ns - at_ns) / NS)} ago" if at_ns else "never"


def act_button(name: str, label: str, act: str, **data: str) -> Component:
    """An icon that does something at once (assets/js/alerts.js)."""
    return html.Button(
        icon(name), type="button", className="ib sm", title=label,
        **attr(aria_label=label, data_act=act, **{f"data_{key}": value for key, value in data.items()}),
    )  # fmt: skip
