"""One quiet line: how the rules are judged, what waits to be delivered, and that evidence is masked."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.alert_cards import Seen
from dashboard.components.marks import Child, Kind, lamp
from dashboard.light import html
from queries.alert_log import Sent

NS = 10**9
LATE_NS = 30 * NS  # rules are judged every few seconds


def foot(seen: Seen, active_rules: int, made: Sequence[Sent], now_ns: int) -> list[Component]:
    """Grows only when something is late."""
    return [
        _judging(seen, active_rules, now_ns),
        html.Span(className="gap"),
        _outbox(made, now_ns),
        html.Span(className="gap"),
        _part(None, "Evidence", "masked before it leaves"),
    ]


def _judging(seen: Seen, rules: int, now_ns: int) -> Component:
    if not rules:
        return _part("off", "Scheduler", "no active rule")
    many = f"{format.count(rules)} rule{'s' * (rules != 1)}"
    if not seen.last_ns:
        return _part("warn", "Scheduler", f"{many}, not judged yet")
    age = now_ns - seen.last_ns
    late = age > LATE_NS
    words = f"{many}, judged {format.age(age / NS)} ago"
    return _part("warn" if late else "ok", "Scheduler", f"{words}, which is late" if late else words)


def _outbox(made: Sequence[Sent], now_ns: int) -> Component:
    waiting = [one for one in made if one.state in ("waiting", "sending")]
    lost = [one for one in made if one.state == "failed"]
    if waiting:
        first = waiting[-1]
        wait = max(0, first.next_try_ns - now_ns) / NS
        why = f"{first.channel_name} answered {format.shortened(first.answer, 60)}" if first.answer else ""
        words = ", ".join(part for part in (why, f"next try in {format.span_of(wait)}") if part)
        return _part("warn", "Outbox", f"{len(waiting)} waiting: {words}")
    if lost:
        words = f"{lost[0].channel_name}, {format.shortened(lost[0].answer, 60)}"
        return _part("bad", "Outbox", f"nothing waits, {len(lost)} of the last {len(made)} failed: {words}")
    return _part("ok", "Outbox", "nothing waits")


def _part(kind: Kind | None, title: str, text: str) -> Component:
    parts: list[Child] = [html.B(title), html.Span(text)]
    return html.Span([lamp(kind), *parts] if kind else parts)
