"""Alerts in control.db as a scheduler would have left them, and records of them for tests of the page."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from alerting import edit
from alerting.rule import Rule, as_dict
from alerting.state import State
from data.control import Control
from queries.alert_log import AlertEvent, Sent
from queries.alerts import Alert
from tests.support.page import NOW

SECOND = 10**9
MINUTE = 60 * SECOND
EPISODE = NOW - 10 * MINUTE
SLOW = Rule(
    "price_order slow", filter='process:="price_order" group:="pricing"', metric="p95", warning=100.0,
    critical=300.0, recovery=80.0, owner="mara",
)  # fmt: skip
STUCK = Rule(
    "fx_rate stopped", kind="stale", data="return", filter='process:="fx_rate"', repeats=100,
    severity="critical",
)  # fmt: skip
EVIDENCE = {
    "trace_id": "ab" * 16, "span_id": "cd" * 8, "group": "pricing", "process": "fx_rate", "scope": "shop.fx",
    "file": "/srv/shop/fx.py", "line": 5, "duration_ns": 700_000, "exception": "", "message": "",
    "data": "return", "values": ["1.0842", "1.0842"],
}  # fmt: skip


def plain(rule: Rule) -> dict[str, Any]:
    """The fields that an editor sends."""
    return {key: value for key, value in as_dict(rule).items() if key not in ("id", "revision")}


def saved(control: Control, rule: Rule, now_ns: int = NOW) -> Rule:
    """The rule as it is kept."""
    return edit.add_rule(control, plain(rule), now_ns, "local").rule


def stands(control: Control, rule: Rule, key: str = "", **changes: Any) -> State:
    """Leaves a rule in this state."""
    state = State(**{"status": "firing", "since_ns": EPISODE, "episode_ns": EPISODE, "at_ns": NOW - SECOND,
                     "severity": "critical", "value": 412.0} | changes)  # fmt: skip
    with control.write() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO alert_state (rule_id, key, body, at_ns) VALUES (?, ?, ?, ?)",
            (rule.id, key, json.dumps(asdict(state)), state.at_ns),
        )
    return state


def judged(control: Control, rule: Rule, count: int = 20, key: str = "", status: str = "firing") -> None:
    """Evaluations of the last minutes, one every 20 s."""
    rows = [
        (rule.id, key, NOW - SECOND - at * 20 * SECOND, 400.0 - at, 12, status, 1.5, "")
        for at in range(count)
    ]
    with control.write() as connection:
        connection.executemany(
            "INSERT INTO alert_evaluation (rule_id, key, at_ns, value, samples, status, query_ms, text) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


def happened(
    control: Control, rule: Rule, kind: str, at_ns: int, key: str = "", severity: str = "critical",
    episode_ns: int = EPISODE,
) -> str:  # fmt: skip
    """An event; its id."""
    id = f"{rule.id} {key} {kind} {at_ns}"
    detail = {"unit": rule.unit, "warning": rule.warning, "critical": rule.critical, "metric": rule.metric,
              "kind": rule.kind, "operator": rule.operator, "evidence": EVIDENCE}  # fmt: skip
    with control.write() as connection:
        connection.execute(
            "INSERT INTO alert_event (id, rule_id, rule_name, key, kind, at_ns, severity, value, text, "
            "episode_ns, announced, detail) VALUES (?, ?, ?, ?, ?, ?, ?, 412.0, '', ?, 1, ?)",
            (id, rule.id, rule.name, key, kind, at_ns, severity, episode_ns, json.dumps(detail)),
        )
    return id


def delivery(control: Control, event_id: str, state: str = "sent", answer: str = "200 ok") -> None:
    """A message about an event."""
    with control.write() as connection:
        connection.execute(
            "INSERT INTO alert_outbox (event_id, channel_id, channel_name, state, attempts, next_try_ns, "
            "created_ns, finished_ns, answer, latency_ms, twice) "
            "VALUES (?, 'c', 'ops', ?, 1, ?, ?, ?, ?, 12, 1)",
            (event_id, state, NOW + 40 * SECOND, NOW - MINUTE, NOW if state == "sent" else 0, answer),
        )


def alert(rule: Rule = SLOW, **changes: Any) -> Alert:
    """One alert that fires."""
    made = Alert("r1", rule.name, "", "firing", "critical", EPISODE, EPISODE, 412.0, "", False, as_dict(rule))
    return replace(made, **changes)


def event(**changes: Any) -> AlertEvent:
    made = AlertEvent(
        "e1", "r1", "price_order slow", "", "fired", EPISODE, "critical", 412.0, "", EPISODE, True,
        {"unit": "ms", "critical": 300.0, "metric": "p95", "kind": "threshold", "evidence": EVIDENCE}, (),
    )  # fmt: skip
    return replace(made, **changes)


def sent(**changes: Any) -> Sent:
    made = Sent(
        1, "e1", "c1", "ops", "sent", 1, 0, NOW - MINUTE, NOW, "200 ok", 12.0, 0, "r1", "price_order slow",
        "", "fired",
    )  # fmt: skip
    return replace(made, **changes)
