"""Silences and acknowledgements in control.db: what keeps messages back, and who looks after what."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from data.control import Control, NotThere
from data.hours import HoursError, holds, read


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is told of matching rules and keys meanwhile. "" matches everything; a key may hold *.

    A snooze is the silence of one rule and key; with `hours` it repeats, and holds within them only.
    """

    id: str
    rule_id: str
    key: str
    author: str
    reason: str
    starts_ns: int
    ends_ns: int
    created_ns: int
    severity: str = ""
    hours: str = ""  # data/hours.py

    def covers(self, rule_id: str, key: str, severity: str, at_ns: int) -> bool:
        """Whether it keeps back what is told of this rule and key at this time."""
        fits = self.rule_id in ("", rule_id) and self.severity in ("", severity)
        return fits and (not self.key or fnmatchcase(key, self.key)) and self.holds(at_ns)

    def holds(self, at_ns: int) -> bool:
        """Whether it is in force at this time."""
        return self.starts_ns <= at_ns < self.ends_ns and holds(self.hours, at_ns, unread=False)

    def next_change(self, at_ns: int) -> int | None:
        """When it next begins to hold or stops to, nanoseconds; None when it never does."""
        if at_ns < self.starts_ns and not self.hours:
            return self.starts_ns
        try:
            found = read(self.hours).next_change(max(at_ns, self.starts_ns)) if self.hours else None
        except HoursError:
            found = None
        ends = self.ends_ns if self.ends_ns < FOREVER_NS else None
        return min((one for one in (found, ends) if one is not None), default=None)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who looks after an episode, and since when."""

    rule_id: str
    key: str
    episode_ns: int
    author: str
    at_ns: int


COLUMNS = "id, rule_id, key, author, reason, starts_ns, ends_ns, created_ns, severity, hours"
SILENCES = f"SELECT {COLUMNS} FROM alert_silence WHERE ends_ns > ? ORDER BY ends_ns, id LIMIT ?"  # noqa: S608
SILENCE = f"SELECT {COLUMNS} FROM alert_silence WHERE id = ?"  # noqa: S608
ADD = f"INSERT INTO alert_silence ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
END = "UPDATE alert_silence SET ends_ns = min(ends_ns, ?) WHERE id = ?"
FORGET = "DELETE FROM alert_silence WHERE ends_ns < ?"
FOREVER_NS = 2**62  # the end of what repeats without one: 2116
KEEP_NS = 30 * 86_400 * 10**9  # after its end
MOST = 1_000
ADD_ACK = "INSERT OR IGNORE INTO alert_ack VALUES (?, ?, ?, ?, ?)"
TAKE_BACK = "DELETE FROM alert_ack WHERE rule_id = ? AND key = ? AND episode_ns = ?"
ACKS = "SELECT rule_id, key, episode_ns, author, at_ns FROM alert_ack"


def silences(control: Control, now_ns: int, limit: int = MOST) -> tuple[Silence, ...]:
    """Silences that have not ended, the one that ends first at the front."""
    return tuple(Silence(*row) for row in control.rows(SILENCES, (now_ns, limit)))


def silence(control: Control, id: str) -> Silence:
    """One silence, also when it has ended; raises NotThere."""
    found = control.rows(SILENCE, (id,))
    if not found:
        raise NotThere(id)
    return Silence(*found[0])


def add_silence(control: Control, one: Silence) -> None:
    """A new silence; those that ended long ago are forgotten."""
    row = (one.id, one.rule_id, one.key, one.author, one.reason, one.starts_ns, one.ends_ns, one.created_ns)
    with control.write() as connection:
        connection.execute(ADD, (*row, one.severity, one.hours))
        connection.execute(FORGET, (one.created_ns - KEEP_NS,))


def end_silence(control: Control, id: str, now_ns: int) -> None:
    """Ends a silence now; it stays in the table. Raises NotThere."""
    with control.write() as connection:
        found = connection.execute(END, (now_ns, id)).rowcount
    if not found:
        raise NotThere(id)


def acknowledge(control: Control, rule_id: str, key: str, episode_ns: int, author: str, now_ns: int) -> None:
    """Somebody looks after this episode; it is told no more, but for its end."""
    with control.write() as connection:
        connection.execute(ADD_ACK, (rule_id, key, episode_ns, author, now_ns))


def take_back(control: Control, rule_id: str, key: str, episode_ns: int) -> None:
    """Nobody looks after this episode any more."""
    with control.write() as connection:
        connection.execute(TAKE_BACK, (rule_id, key, episode_ns))


def acknowledged(control: Control) -> dict[tuple[str, str, int], Acknowledgement]:
    """Who looks after which episode, by rule, key and episode."""
    found = (Acknowledgement(*row) for row in control.rows(ACKS))
    return {(one.rule_id, one.key, one.episode_ns): one for one in found}
