"""The outbox, channels and silences in control.db.

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
    finished_ns: int
    answer: str
    latency_ms: float
    twice: int  # 1: it may have been sent before a crash


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A way to tell somebody. `body` is JSON without secrets, `secret` is encrypted."""

    id: str
    kind: str
    name: str
    body: str
    secret: bytes | None
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is told of matching rules and keys meanwhile. "" matches everything; a key may hold *."""

    id: str
    rule_id: str
    key: str
    author: str
    reason: str
    starts_ns: int
    ends_ns: int
    created_ns: int


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
CHANNELS = "SELECT id, kind, name, body, secret, changed_ns FROM alert_channel ORDER BY name, id"
SAVE_CHANNEL = "INSERT OR REPLACE INTO alert_channel VALUES (?, ?, ?, ?, ?, ?)"
SILENCES = """
SELECT id, rule_id, key, author, reason, starts_ns, ends_ns, created_ns FROM alert_silence
WHERE ends_ns > ? ORDER BY ends_ns
"""
ADD_SILENCE = "INSERT INTO alert_silence VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
END_SILENCE = "UPDATE alert_silence SET ends_ns = min(ends_ns, ?) WHERE id = ?"
ADD_ACK = "INSERT OR IGNORE INTO alert_ack VALUES (?, ?, ?, ?, ?)"
ACKS = "SELECT rule_id, key, episode_ns, author FROM alert_ack"


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


def channels(control: Control) -> tuple[StoredChannel, ...]:
    """Every channel by name."""
    return tuple(StoredChannel(*row) for row in control.rows(CHANNELS))


def save_channel(control: Control, channel: StoredChannel) -> None:
    """Adds a channel, or replaces the one of this id."""
    with control.write() as connection:
        row = (channel.id, channel.kind, channel.name, channel.body, channel.secret, channel.changed_ns)
        connection.execute(SAVE_CHANNEL, row)


def delete_channel(control: Control, id: str) -> None:
    """Takes a channel away; what waits for it is dropped."""
    with control.write() as connection:
        connection.execute("DELETE FROM alert_channel WHERE id = ?", (id,))
        connection.execute(
            "UPDATE alert_outbox SET state = 'dropped', answer = 'the channel was deleted' "
            "WHERE channel_id = ? AND state IN ('waiting', 'sending')",
            (id,),
        )


def silences(control: Control, now_ns: int) -> tuple[Silence, ...]:
    """Silences that have not ended, the one that ends first at the front."""
    return tuple(Silence(*row) for row in control.rows(SILENCES, (now_ns,)))


def add_silence(control: Control, silence: Silence) -> None:
    with control.write() as connection:
        connection.execute(
            ADD_SILENCE,
            (
                silence.id, silence.rule_id, silence.key, silence.author, silence.reason, silence.starts_ns,
                silence.ends_ns, silence.created_ns,
            ),
        )  # fmt: skip


def end_silence(control: Control, id: str, now_ns: int) -> None:
    """Ends a silence now; it stays in the table."""
    with control.write() as connection:
        connection.execute(END_SILENCE, (now_ns, id))


def acknowledge(control: Control, rule_id: str, key: str, episode_ns: int, author: str, now_ns: int) -> None:
    """Somebody looks after this episode."""
    with control.write() as connection:
        connection.execute(ADD_ACK, (rule_id, key, episode_ns, author, now_ns))


def acknowledged(control: Control) -> dict[tuple[str, str, int], str]:
    """Who looks after which episode."""
    return {(rule, key, episode): author for rule, key, episode, author in control.rows(ACKS)}
