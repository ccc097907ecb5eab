"""Alerts as the page shows them, read from control.db: what is active now, and how much of it.

Times are nanoseconds UTC, values in the rule's unit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from data.control_silences import COLUMNS as SILENCE
from data.control_silences import Silence
from data.control_ties import COLUMNS as TIE
from data.control_ties import Place, Tie
from data.hours import holds
from queries.base import Reader, Session

DAY_NS = 86_400 * 10**9
TRAIL = 60  # evaluations of a sparkline
SEVERITIES = ("critical", "warning", "info")

STATES = """
SELECT state.rule_id, state.key, state.body, rule.body FROM alert_state AS state
JOIN alert_rule AS rule ON rule.id = state.rule_id
WHERE json_extract(state.body, '$.status') <> 'ok' OR json_extract(state.body, '$.flapping')
"""
ACKS = "SELECT rule_id, key, episode_ns, author, at_ns FROM alert_ack"
SILENCES = f"SELECT {SILENCE} FROM alert_silence WHERE ends_ns > ? ORDER BY ends_ns, id LIMIT 1000"  # noqa: S608
TIES = f"SELECT {TIE} FROM alert_tie WHERE ended_ns = 0 ORDER BY calls, rule_name, key"  # noqa: S608
FIRST = """
SELECT id, detail FROM alert_event WHERE rule_id = ? AND key = ? AND at_ns = ? AND kind = 'fired'
"""
TRAILS = """
SELECT at_ns, value FROM alert_evaluation WHERE rule_id = ? AND key = ? ORDER BY at_ns DESC LIMIT ?
"""
RESOLVED = "SELECT count(*) FROM alert_event WHERE kind = 'resolved' AND at_ns >= ?"
NEWEST = """
SELECT (SELECT max(rowid) FROM alert_event), (SELECT count(*) FROM alert_event),
    (SELECT total(attempts) + count(*) + total(finished_ns) FROM alert_outbox),
    (SELECT max(at_ns) FROM alert_ack), (SELECT count(*) FROM alert_ack),
    (SELECT max(created_ns) FROM alert_silence), (SELECT total(ends_ns) FROM alert_silence),
    (SELECT total(revision) + count(*) FROM alert_rule)
"""
KEYS = "SELECT key, body FROM alert_state WHERE rule_id = ? ORDER BY key LIMIT ?"


@dataclass(frozen=True, slots=True)
class Alert:
    """One group key of a rule that is not simply ok."""

    rule_id: str
    rule_name: str
    key: str  # "" when the rule is not grouped
    status: str  # pending, firing, recovering, no data, rule failed; ok when it only flaps
    severity: str
    since_ns: int  # of the status
    episode_ns: int  # when it began to fire; 0 when it never did
    value: float | None
    text: str  # what was seen where that is no number, or why the rule failed
    flapping: bool
    rule: Mapping[str, Any]  # the rule's fields, alerting.rule.from_dict reads them
    event_id: str = ""  # of the event that began the episode
    evidence: Mapping[str, Any] | None = None  # of that event: trace_id, span_id, file, line, values …
    silence: Silence | None = None  # that keeps its messages back now
    off_hours: bool = False  # this is not the time at which its rule is told
    acknowledged_by: str = ""
    acknowledged_ns: int = 0
    cause: Tie | None = None  # while it is told with it
    affected: tuple[Tie, ...] = ()  # what is told with it, the nearest first
    trail: tuple[tuple[int, float | None], ...] = ()  # time and value, oldest first

    @property
    def place(self) -> Place:
        """What names its firing."""
        return self.rule_id, self.key, self.episode_ns

    @property
    def suppressed(self) -> bool:
        """Whether its messages are kept back."""
        return self.silence is not None or self.off_hours


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """The summary. Critical, warning and info count what fires now; resolved what ended in 24 h."""

    critical: int = 0
    warning: int = 0
    info: int = 0
    pending: int = 0
    resolved: int = 0
    no_data: int = 0
    rule_failed: int = 0
    suppressed: int = 0
    flapping: int = 0


def active(reader: Reader, now_ns: int, limit: int = 200) -> tuple[Alert, ...]:
    """Everything that is not ok: worst first, then the longest."""
    with reader.session() as session:
        found = sorted(_active(session, now_ns), key=_urgency)[:limit]
        return tuple(_with_evidence(session, one) for one in found)


def counts(reader: Reader, now_ns: int) -> AlertCounts:
    """How many of each, for the summary cards."""
    with reader.session() as session:
        found = list(_active(session, now_ns))
        resolved = session.control("alert_event", RESOLVED, (now_ns - DAY_NS,))
    fires = [one.severity for one in found if one.status in ("firing", "recovering")]
    statuses = [one.status for one in found]
    return AlertCounts(
        critical=fires.count("critical"),
        warning=fires.count("warning"),
        info=fires.count("info"),
        pending=statuses.count("pending"),
        resolved=resolved[0][0] if resolved else 0,
        no_data=statuses.count("no data"),
        rule_failed=statuses.count("rule failed"),
        suppressed=sum(one.suppressed for one in found),
        flapping=sum(one.flapping for one in found),
    )


def _active(session: Session, now_ns: int) -> Iterable[Alert]:
    acks = {row[:3]: row[3:] for row in session.control("alert_ack", ACKS)}
    ties = [Tie(*row) for row in session.control("alert_tie", TIES)]
    causes = {one.effect: one for one in ties}
    affected: dict[Place, list[Tie]] = {}
    for tie in ties:
        affected.setdefault(tie.cause, []).append(tie)
    silences = [Silence(*row) for row in session.control("alert_silence", SILENCES, (now_ns,))]
    for rule_id, key, state_body, rule_body in session.control("alert_state", STATES):
        state, rule = json.loads(state_body), json.loads(rule_body)
        if not rule.get("enabled", True):
            continue
        severity = state["severity"]
        by, at = acks.get((rule_id, key, state["episode_ns"]), ("", 0))
        yield Alert(
            rule_id, rule["name"], key, state["status"], severity, state["since_ns"], state["episode_ns"],
            state["value"], state["text"], bool(state["flapping"]), rule,
            silence=next((one for one in silences if one.covers(rule_id, key, severity, now_ns)), None),
            off_hours=not holds(rule.get("hours", ""), now_ns, unread=True),
            acknowledged_by=by, acknowledged_ns=at,
            cause=causes.get((rule_id, key, state["episode_ns"])),
            affected=tuple(affected.get((rule_id, key, state["episode_ns"]), ())),
        )  # fmt: skip


def _urgency(one: Alert) -> tuple[int, int, int, str]:
    order = ("firing", "recovering", "rule failed", "no data", "pending", "ok")
    return order.index(one.status), SEVERITIES.index(one.severity), one.since_ns, one.rule_name


def _with_evidence(session: Session, one: Alert) -> Alert:
    trail = session.control("alert_evaluation", TRAILS, (one.rule_id, one.key, TRAIL))
    first = session.control("alert_event", FIRST, one.place)
    event_id, detail = first[0] if first else ("", "{}")
    return replace(
        one, event_id=event_id, evidence=json.loads(detail).get("evidence"), trail=tuple(trail[::-1])
    )


def keys(reader: Reader, rule_id: str, limit: int = 1_000) -> tuple[tuple[str, str], ...]:
    """The group keys that a rule has judged, each with its status."""
    with reader.session() as session:
        rows = session.control("alert_state", KEYS, (rule_id, limit))
    return tuple((key, json.loads(body)["status"]) for key, body in rows)


def version(reader: Reader) -> tuple[Any, ...]:
    """Differs whenever something that the page shows has happened; cheap to ask."""
    with reader.session() as session:
        found = session.control("alert_event", NEWEST)
    return tuple(found[0]) if found else ()
