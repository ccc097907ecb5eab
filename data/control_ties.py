"""Which firing is an effect of which, in control.db: the message of the cause names its effects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from data.control import Control
from data.sqlite import Connection

Place = tuple[str, str, int]  # a firing: rule, group key, and when it began


@dataclass(frozen=True, slots=True)
class Tie:
    """A firing as the effect of another one. Times are nanoseconds, 0 means never."""

    rule_id: str
    key: str
    episode_ns: int
    rule_name: str
    severity: str
    cause_id: str
    cause_key: str
    cause_episode_ns: int
    cause_name: str
    calls: int  # traced calls from the effect down to the cause
    at_ns: int  # since when it is known
    told_ns: int  # when the effect had been told by itself before
    ended_ns: int  # when the cause was over, or a deeper one was found

    @property
    def effect(self) -> Place:
        return self.rule_id, self.key, self.episode_ns

    @property
    def cause(self) -> Place:
        return self.cause_id, self.cause_key, self.cause_episode_ns


@dataclass(frozen=True, slots=True)
class Kin:
    """What a firing caused, and what it was caused by."""

    affected: tuple[Tie, ...] = ()
    cause: Tie | None = None


NO_KIN = Kin()
COLUMNS = """rule_id, key, episode_ns, rule_name, severity, cause_id, cause_key, cause_episode_ns, cause_name,
    calls, at_ns, told_ns, ended_ns"""
SAVE = f"INSERT OR REPLACE INTO alert_tie ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
TIES = f"SELECT {COLUMNS} FROM alert_tie ORDER BY at_ns, rule_id, key"  # noqa: S608
AFFECTED = f"""
SELECT {COLUMNS} FROM alert_tie WHERE cause_id = ? AND cause_key = ? AND cause_episode_ns = ?
ORDER BY calls, rule_name, key
"""  # noqa: S608
CAUSES = f"""
SELECT {COLUMNS} FROM alert_tie WHERE rule_id = ? AND key = ? AND episode_ns = ? ORDER BY at_ns DESC
"""  # noqa: S608
FORGET = "DELETE FROM alert_tie WHERE at_ns < ?"
KEEP_NS = 30 * 86_400 * 10**9


def save(connection: Connection, ties: Iterable[Tie]) -> None:
    """Keeps ties, within the transaction of a pass; old ones are forgotten."""
    rows = [tuple(getattr(one, name) for name in Tie.__slots__) for one in ties]
    connection.executemany(SAVE, rows)
    if rows:
        newest = max(row[Tie.__slots__.index("at_ns")] for row in rows)
        connection.execute(FORGET, (newest - KEEP_NS,))


def ties(control: Control) -> tuple[Tie, ...]:
    """All that are kept, the oldest first."""
    return tuple(Tie(*row) for row in control.rows(TIES))


def kin(control: Control, place: Place) -> Kin:
    """The effects of a firing, the nearest first, also those that are over; and its newest cause."""
    found = tuple(Tie(*row) for row in control.rows(AFFECTED, place))
    causes = [Tie(*row) for row in control.rows(CAUSES, place)]
    return kin_of(found, causes)


def kin_of(affected: Iterable[Tie], causes: Iterable[Tie]) -> Kin:
    """An effect that came back to its cause is named once; `causes` with the newest first."""
    by_place = {one.effect: one for one in affected}
    return Kin(tuple(by_place.values()), next(iter(causes), None))
