"""What happened to rules and what was delivered, read from control.db: the log behind the active alerts.

Times are nanoseconds UTC, values in the rule's unit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from data.control_outbox import Delivery
from data.control_ties import COLUMNS as TIE
from data.control_ties import NO_KIN, Kin, Place, Tie, kin_of
from queries.base import Reader, Session

MOST_EVENTS = 10_000

EVENT = """event.id, event.rule_id, event.rule_name, event.key, event.kind, event.at_ns, event.severity,
    event.value, event.text, event.episode_ns, event.announced, event.detail"""
EVENTS = f"""
SELECT {EVENT} FROM alert_event AS event
WHERE (:rule = '' OR rule_id = :rule) AND at_ns >= :since AND (at_ns, id) < (:before, :before_id)
    AND (:severity = '' OR severity = :severity) AND (:kind = '' OR kind = :kind)
ORDER BY at_ns DESC, id DESC LIMIT :limit
"""  # noqa: S608 - fixed names
ONE_EVENT = f"SELECT {EVENT} FROM alert_event AS event WHERE id = ?"  # noqa: S608
ENDED = """
SELECT fired.id, fired.rule_id, fired.rule_name, fired.key, fired.severity, fired.at_ns, fired.value,
    (SELECT min(over.at_ns) FROM alert_event AS over
     WHERE over.rule_id = fired.rule_id AND over.key = fired.key AND over.at_ns >= fired.at_ns
        AND over.kind = 'resolved' AND over.episode_ns = fired.episode_ns)
FROM alert_event AS fired
WHERE fired.kind = 'fired' AND fired.at_ns >= :since AND (:rule = '' OR fired.rule_id = :rule)
    AND fired.at_ns = fired.episode_ns
ORDER BY fired.at_ns DESC, fired.id DESC LIMIT :limit
"""
DELIVERY = """
SELECT out.id, out.event_id, out.channel_id, out.channel_name, out.state, out.attempts, out.next_try_ns,
    out.created_ns, out.finished_ns, out.answer, out.latency_ms, out.twice,
    coalesce(event.rule_id, ''), coalesce(event.rule_name, ''), coalesce(event.key, ''),
    coalesce(event.kind, '')
FROM alert_outbox AS out LEFT JOIN alert_event AS event ON event.id = out.event_id
"""
LOG = f"{DELIVERY} ORDER BY out.id DESC LIMIT ?"
OF_EVENTS = f"{DELIVERY} WHERE out.event_id IN (SELECT value FROM json_each(?)) ORDER BY out.id"  # noqa: S608
EVALUATIONS = """
SELECT key, at_ns, value, samples, status, query_ms, text FROM alert_evaluation
WHERE rule_id = :rule AND (:every OR key = :key) AND at_ns >= :since ORDER BY at_ns DESC LIMIT :limit
"""


TIES = f"""
SELECT {TIE} FROM alert_tie
WHERE episode_ns IN (SELECT value FROM json_each(?)) OR cause_episode_ns IN (SELECT value FROM json_each(?))
ORDER BY at_ns, calls, rule_name, key
"""  # noqa: S608
KNOWN_FROM = "SELECT known_from_ns FROM alert_progress WHERE rule_id = ?"


@dataclass(frozen=True, slots=True)
class Sent(Delivery):
    """A delivery, with what its event was of. state: waiting, sending, sent, failed, dropped."""

    rule_id: str  # of the event, "" when it is no longer kept
    rule_name: str
    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """Something that happened to a rule; `announced` False: recorded only."""

    id: str
    rule_id: str
    rule_name: str
    key: str
    kind: str
    at_ns: int
    severity: str
    value: float | None
    text: str
    episode_ns: int
    announced: bool
    detail: Mapping[str, Any]  # unit, thresholds, evidence
    deliveries: tuple[Sent, ...]
    kin: Kin = NO_KIN  # of its firing: what caused it, and what it caused

    @property
    def place(self) -> Place:
        """What names its firing."""
        return self.rule_id, self.key, self.episode_ns


@dataclass(frozen=True, slots=True)
class Episode:
    """One firing from its beginning to its end; `resolved_ns` is None while it lasts."""

    event_id: str
    rule_id: str
    rule_name: str
    key: str
    severity: str
    fired_ns: int
    value: float | None
    resolved_ns: int | None

    @property
    def lasted_ns(self) -> int | None:
        """Time to resolve."""
        return None if self.resolved_ns is None else self.resolved_ns - self.fired_ns


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One look at one group key. status "skipped": so many moments (samples) were not judged."""

    key: str
    at_ns: int
    value: float | None
    samples: int
    status: str
    query_ms: float
    text: str


def events(
    reader: Reader, rule_id: str = "", since_ns: int = 0, limit: int = 100, *,
    before: tuple[int, str] | None = None, severity: str = "", kind: str = "",
) -> tuple[AlertEvent, ...]:  # fmt: skip
    """The newest events with their deliveries; `before` is (at_ns, id) of the last one of the page before."""
    before_ns, before_id = before or (2**63 - 1, "")
    params = {
        "rule": rule_id, "since": since_ns, "before": before_ns, "before_id": before_id,
        "severity": severity, "kind": kind, "limit": min(limit, MOST_EVENTS),
    }  # fmt: skip
    with reader.session() as session:
        return _events(session, session.control("alert_event", EVENTS, params))


def event(reader: Reader, id: str) -> AlertEvent | None:
    """One event with its deliveries; None when it is no longer kept."""
    with reader.session() as session:
        found = _events(session, session.control("alert_event", ONE_EVENT, (id,)))
    return found[0] if found else None


def _events(session: Session, rows: list[Any]) -> tuple[AlertEvent, ...]:
    ids = json.dumps([row[0] for row in rows])
    told = dict[str, list[Sent]]()
    for row in session.control("alert_outbox", OF_EVENTS, (ids,)) if rows else ():
        told.setdefault(row[1], []).append(Sent(*row))
    found = [_event(row, tuple(told.get(row[0], ()))) for row in rows]
    related = _related(session, [one.place for one in found])
    return tuple(replace(one, kin=related.get(one.place, NO_KIN)) for one in found)


def _event(row: tuple[Any, ...], deliveries: tuple[Sent, ...]) -> AlertEvent:
    *plain, announced, detail = row
    whole: tuple[Any, ...] = (*plain, bool(announced), json.loads(detail), deliveries)
    return AlertEvent(*whole)


def _related(session: Session, places: list[Place]) -> dict[Place, Kin]:
    """Causes and effects of the firings that have any."""
    began = json.dumps(sorted({episode for *_, episode in places if episode}))
    ties = [Tie(*row) for row in session.control("alert_tie", TIES, (began, began))] if places else []
    wanted = set(places) & {place for one in ties for place in (one.effect, one.cause)}
    return {
        place: kin_of(
            (one for one in ties if one.cause == place), (o for o in ties[::-1] if o.effect == place)
        )
        for place in wanted
    }


def history(reader: Reader, since_ns: int, rule_id: str = "", limit: int = 500) -> tuple[Episode, ...]:
    """Firings that began since then, newest first, each with when it was over."""
    params = {"since": since_ns, "rule": rule_id, "limit": min(limit, MOST_EVENTS)}
    with reader.session() as session:
        return tuple(Episode(*row) for row in session.control("alert_event", ENDED, params))


def deliveries(reader: Reader, limit: int = 100) -> tuple[Sent, ...]:
    """The newest deliveries."""
    with reader.session() as session:
        return tuple(Sent(*row) for row in session.control("alert_outbox", LOG, (limit,)))


def evaluations(
    reader: Reader, rule_id: str, key: str | None = None, since_ns: int = 0, limit: int = 100
) -> tuple[Evaluation, ...]:
    """The newest evaluations of one group key, or of all; kept for a day."""
    params = {"rule": rule_id, "every": key is None, "key": key or "", "since": since_ns, "limit": limit}
    with reader.session() as session:
        return tuple(Evaluation(*row) for row in session.control("alert_evaluation", EVALUATIONS, params))


def known_from(reader: Reader, rule_id: str) -> int | None:
    """Calls that ended before this were not counted when the rule began; None before it was judged."""
    with reader.session() as session:
        found = session.control("alert_progress", KNOWN_FROM, (rule_id,))
    return int(found[0][0]) if found else None
