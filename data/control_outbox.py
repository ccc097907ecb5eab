"""The outbox in control.db: which event is on its way to which channel.

Delivery is at least once: an attempt is committed as "sending" before it is made, so that a crash in the
middle leaves a row that is tried again, marked as perhaps sent twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.control import Control


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one channel."""

    id: int
    event_id: str
    channel_id: str
    channel_name: str
    state: str
    attempts: int
    next_try_ns: int
    created_ns: int
    finished_ns: int  # 0 while it is under way
    answer: str
    latency_ms: float
    twice: int  # 1: it may have been sent before a crash


COLUMNS = """id, event_id, channel_id, channel_name, state, attempts, next_try_ns, created_ns, finished_ns,
       answer, latency_ms, twice"""
DUE = f"SELECT {COLUMNS} FROM alert_outbox WHERE state = 'waiting' AND next_try_ns <= ? ORDER BY id LIMIT ?"  # noqa: S608
LOG = f"SELECT {COLUMNS} FROM alert_outbox ORDER BY id DESC LIMIT ?"  # noqa: S608
OF_EVENT = f"SELECT {COLUMNS} FROM alert_outbox WHERE event_id = ? ORDER BY id"  # noqa: S608
SENDING = (
    "UPDATE alert_outbox SET state = 'sending', attempts = attempts + 1 WHERE id = ? AND state = 'waiting'"
)
SENT = "UPDATE alert_outbox SET state = 'sent', answer = ?, latency_ms = ?, finished_ns = ? WHERE id = ?"
AGAIN = "UPDATE alert_outbox SET state = 'waiting', answer = ?, latency_ms = ?, next_try_ns = ? WHERE id = ?"
FAILED = "UPDATE alert_outbox SET state = 'failed', answer = ?, latency_ms = ?, finished_ns = ? WHERE id = ?"
RESUME = "UPDATE alert_outbox SET state = 'waiting', twice = 1, next_try_ns = ? WHERE state = 'sending'"
WAITING = "SELECT count(*) FROM alert_outbox WHERE state IN ('waiting', 'sending')"
FORGET = "DELETE FROM alert_outbox WHERE finished_ns > 0 AND finished_ns < ?"


def resume(control: Control, now_ns: int) -> int:
    """After a start: what was being sent when the process ended is tried again. Returns how many."""
    with control.write() as connection:
        return int(connection.execute(RESUME, (now_ns,)).rowcount)


def due(control: Control, now_ns: int, limit: int = 50) -> tuple[Delivery, ...]:
    """What is to be tried now, the oldest first."""
    return tuple(Delivery(*row) for row in control.rows(DUE, (now_ns, limit)))


def begin(control: Control, id: int) -> bool:
    """Commits that an attempt is about to be made; False when somebody else has begun it."""
    with control.write() as connection:
        return bool(connection.execute(SENDING, (id,)).rowcount)


def sent(control: Control, id: int, answer: str, latency_ms: float, now_ns: int) -> None:
    """It arrived."""
    with control.write() as connection:
        connection.execute(SENT, (answer, latency_ms, now_ns, id))


def again(control: Control, id: int, answer: str, latency_ms: float, next_try_ns: int) -> None:
    """It did not arrive and is tried again."""
    with control.write() as connection:
        connection.execute(AGAIN, (answer, latency_ms, next_try_ns, id))


def failed(control: Control, id: int, answer: str, latency_ms: float, now_ns: int) -> None:
    """It did not arrive and is not tried again."""
    with control.write() as connection:
        connection.execute(FAILED, (answer, latency_ms, now_ns, id))


def log(control: Control, limit: int = 100) -> tuple[Delivery, ...]:
    """The newest deliveries."""
    return tuple(Delivery(*row) for row in control.rows(LOG, (limit,)))


def of_event(control: Control, event_id: str) -> tuple[Delivery, ...]:
    """Every delivery of one event."""
    return tuple(Delivery(*row) for row in control.rows(OF_EVENT, (event_id,)))


def waiting(control: Control) -> int:
    """How many deliveries are under way."""
    return int(control.rows(WAITING)[0][0])


def forget(control: Control, before_ns: int) -> int:
    """Drops finished deliveries older than this. Returns how many."""
    with control.write() as connection:
        return int(connection.execute(FORGET, (before_ns,)).rowcount)
