"""Alerts in control.db: rules, states, events and evaluations. Bodies are JSON that `alerting` reads."""

from __future__ import annotations

from dataclasses import dataclass, field

from data import control_edits, control_ties
from data.control import Control, EditConflict, NotThere
from data.control_ties import Place, Tie

KEEP_EVENTS = 10_000
KEEP_EVALUATIONS_NS = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as it lies in the table."""

    id: str
    revision: int
    body: str
    created_ns: int
    changed_ns: int
    changed_by: str
    source: str = ""  # the file it stands in, "" when it was written on the page or over the API


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """Something that happened to a rule."""

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
    announced: int  # 0: recorded only, it was flapping or silent
    detail: str

    @property
    def place(self) -> Place:
        """What names its firing."""
        return self.rule_id, self.key, self.episode_ns


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """One look at one group key."""

    rule_id: str
    key: str
    at_ns: int
    value: float | None
    samples: int
    status: str
    query_ms: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class StoredState:
    """Where a rule stands for one group key."""

    rule_id: str
    key: str
    body: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class StoredProgress:
    """How far a rule has been judged."""

    rule_id: str
    rule_name: str
    shape: str
    at_ns: int
    known_from_ns: int


@dataclass(slots=True)
class PassNotes:
    """What one pass writes down.

    A delivery is event id, channel id, channel name, when it was made, and when to try it; a dropped one
    the reason and the event id. `gone` are rules of which everything but events is forgotten first.
    """

    states: list[StoredState] = field(default_factory=list)
    events: list[StoredEvent] = field(default_factory=list)
    evaluations: list[StoredEvaluation] = field(default_factory=list)
    deliveries: list[tuple[str, str, str, int, int]] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    progress: list[StoredProgress] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


COLUMNS = "id, revision, body, created_ns, changed_ns, changed_by, source"
RULES = f"SELECT {COLUMNS} FROM alert_rule ORDER BY created_ns, id"  # noqa: S608 - fixed names
RULE = f"SELECT {COLUMNS} FROM alert_rule WHERE id = ?"  # noqa: S608
ADD_RULE = f"INSERT INTO alert_rule ({COLUMNS}) VALUES (?, 1, ?, ?, ?, ?, ?)"  # noqa: S608
CHANGE_RULE = """
UPDATE alert_rule SET revision = revision + 1, body = ?, changed_ns = ?, changed_by = ?, source = ?
WHERE id = ? AND revision = ?
"""
STATES = "SELECT rule_id, key, body, at_ns FROM alert_state"
SAVE_STATE = "INSERT OR REPLACE INTO alert_state VALUES (?, ?, ?, ?)"
ADD_EVENT = "INSERT OR IGNORE INTO alert_event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
EVENTS = """
SELECT id, rule_id, rule_name, key, kind, at_ns, severity, value, text, episode_ns, announced, detail
FROM alert_event WHERE (:rule = '' OR rule_id = :rule) AND at_ns >= :since
ORDER BY at_ns DESC, id DESC LIMIT :limit
"""
EVENT = """
SELECT id, rule_id, rule_name, key, kind, at_ns, severity, value, text, episode_ns, announced, detail
FROM alert_event WHERE id = ?
"""
FORGET_EVENTS = """
DELETE FROM alert_event WHERE at_ns < (SELECT at_ns FROM alert_event ORDER BY at_ns DESC LIMIT 1 OFFSET ?)
"""
ADD_EVALUATION = "INSERT OR REPLACE INTO alert_evaluation VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
EVALUATIONS = """
SELECT rule_id, key, at_ns, value, samples, status, query_ms, text FROM alert_evaluation
WHERE rule_id = ? AND key = ? ORDER BY at_ns DESC LIMIT ?
"""
FORGET_EVALUATIONS = "DELETE FROM alert_evaluation WHERE rule_id = ? AND key = ? AND at_ns < ?"
DROP_DELIVERY = """
UPDATE alert_outbox SET state = 'dropped', answer = ? WHERE event_id = ? AND state = 'waiting'
"""
ADD_DELIVERY = """
INSERT OR IGNORE INTO alert_outbox
    (event_id, channel_id, channel_name, state, attempts, created_ns, next_try_ns, finished_ns, answer,
     latency_ms, twice)
VALUES (?, ?, ?, 'waiting', 0, ?, ?, 0, '', 0, 0)
"""
DELETE_RULE = "DELETE FROM alert_rule WHERE id = ?"
FORGET_RULE = (
    "DELETE FROM alert_state WHERE rule_id = ?",
    "DELETE FROM alert_evaluation WHERE rule_id = ?",
    "DELETE FROM alert_progress WHERE rule_id = ?",
    "DELETE FROM alert_ack WHERE rule_id = ?",
)
PROGRESS = "SELECT rule_id, rule_name, shape, at_ns, known_from_ns FROM alert_progress"
SAVE_PROGRESS = "INSERT OR REPLACE INTO alert_progress VALUES (?, ?, ?, ?, ?)"


def rules(control: Control) -> tuple[StoredRule, ...]:
    """Every rule, the oldest first."""
    return tuple(StoredRule(*row) for row in control.rows(RULES))


def rule(control: Control, id: str) -> StoredRule:
    """One rule; raises NotThere."""
    found = control.rows(RULE, (id,))
    if not found:
        raise NotThere(id)
    return StoredRule(*found[0])


def add_rule(control: Control, id: str, body: str, now_ns: int, by: str, source: str = "") -> None:
    """A new rule at revision 1."""
    with control.write() as connection:
        connection.execute(ADD_RULE, (id, body, now_ns, now_ns, by, source))
        control_edits.note(connection, id, now_ns, by, "", body)


def change_rule(
    control: Control, id: str, revision: int, body: str, now_ns: int, by: str, source: str = ""
) -> None:
    """Replaces the rule that the editor saw; raises EditConflict or NotThere."""
    with control.write() as connection:
        there = connection.execute(RULE, (id,)).fetchone()
        if there is None:
            raise NotThere(id)
        if not connection.execute(CHANGE_RULE, (body, now_ns, by, source, id, revision)).rowcount:
            raise EditConflict(id)
        control_edits.note(connection, id, now_ns, by, StoredRule(*there).body, body)


def delete_rule(control: Control, id: str, now_ns: int, by: str) -> None:
    """Takes a rule away; raises NotThere. The collector ends what it had under way, its events stay."""
    with control.write() as connection:
        there = connection.execute(RULE, (id,)).fetchone()
        if there is None:
            raise NotThere(id)
        connection.execute(DELETE_RULE, (id,))
        control_edits.note(connection, id, now_ns, by, StoredRule(*there).body, "")


def states(control: Control) -> tuple[StoredState, ...]:
    """Where every rule stands."""
    return tuple(StoredState(*row) for row in control.rows(STATES))


def progress(control: Control) -> tuple[StoredProgress, ...]:
    """How far each rule has been judged."""
    return tuple(StoredProgress(*row) for row in control.rows(PROGRESS))


def save_pass(control: Control, found: PassNotes) -> None:
    """What one pass found, in one transaction; the same event or delivery twice is kept once."""
    with control.write() as connection:
        for statement in FORGET_RULE:
            connection.executemany(statement, [(id,) for id in found.gone])
        connection.executemany(
            SAVE_STATE, [(one.rule_id, one.key, one.body, one.at_ns) for one in found.states]
        )
        connection.executemany(ADD_EVENT, [_event_row(one) for one in found.events])
        connection.executemany(ADD_EVALUATION, [_evaluation_row(one) for one in found.evaluations])
        connection.executemany(
            FORGET_EVALUATIONS,
            [(one.rule_id, one.key, one.at_ns - KEEP_EVALUATIONS_NS) for one in found.evaluations],
        )
        connection.executemany(DROP_DELIVERY, found.dropped)
        connection.executemany(ADD_DELIVERY, found.deliveries)
        connection.executemany(
            SAVE_PROGRESS,
            [(one.rule_id, one.rule_name, one.shape, one.at_ns, one.known_from_ns) for one in found.progress],
        )
        control_ties.save(connection, found.ties)
        if found.events:
            connection.execute(FORGET_EVENTS, (KEEP_EVENTS,))


def _event_row(one: StoredEvent) -> tuple[object, ...]:
    return (
        one.id, one.rule_id, one.rule_name, one.key, one.kind, one.at_ns, one.severity, one.value, one.text,
        one.episode_ns, one.announced, one.detail,
    )  # fmt: skip


def _evaluation_row(one: StoredEvaluation) -> tuple[object, ...]:
    return one.rule_id, one.key, one.at_ns, one.value, one.samples, one.status, one.query_ms, one.text


def events(
    control: Control, rule_id: str = "", since_ns: int = 0, limit: int = 100
) -> tuple[StoredEvent, ...]:
    """The newest events, of one rule or of all."""
    found = control.rows(EVENTS, {"rule": rule_id, "since": since_ns, "limit": limit})
    return tuple(StoredEvent(*row) for row in found)


def event(control: Control, id: str) -> StoredEvent | None:
    """One event, None when it is no longer kept."""
    found = control.rows(EVENT, (id,))
    return StoredEvent(*found[0]) if found else None


def evaluations(control: Control, rule_id: str, key: str, limit: int = 100) -> tuple[StoredEvaluation, ...]:
    """The newest evaluations of one group key."""
    return tuple(StoredEvaluation(*row) for row in control.rows(EVALUATIONS, (rule_id, key, limit)))
