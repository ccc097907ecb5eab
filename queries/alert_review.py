"""What a review of the rules is made of, read from control.db: who acted, what flapped, what was judged."""

from __future__ import annotations

from dataclasses import dataclass

from data.control_silences import COLUMNS, Silence
from queries.base import Reader, TimeRange

ACKS = "SELECT rule_id, key, episode_ns FROM alert_ack"
SILENCES = f"SELECT {COLUMNS} FROM alert_silence WHERE ends_ns > ? AND starts_ns < ?"  # noqa: S608
FLAPS = """
SELECT rule_id, count(*), max(at_ns) FROM alert_event
WHERE kind = 'flapping' AND at_ns >= ? AND at_ns < ? GROUP BY rule_id
"""
JUDGED = "SELECT rule_id FROM alert_progress"
PAUSED = """
SELECT DISTINCT rule_id FROM alert_edit WHERE subject = 'rule' AND at_ns >= ? AND (
    before <> '' AND NOT json_extract(before, '$.enabled')
    OR after <> '' AND NOT json_extract(after, '$.enabled'))
"""


@dataclass(frozen=True, slots=True)
class Flapped:
    """How often a rule began to flap, and when last."""

    times: int
    last_ns: int


@dataclass(frozen=True, slots=True)
class Acted:
    """What is known of a range beside its firings."""

    acknowledged: frozenset[tuple[str, str, int]]  # rule, key and beginning of an episode
    silences: tuple[Silence, ...]
    flaps: dict[str, Flapped]
    judged: frozenset[str]
    paused: frozenset[str]  # within the range


def acted(reader: Reader, range: TimeRange) -> Acted:
    """Who did what in a range, and which rules were judged or paused."""
    with reader.session() as session:
        acks = session.control("alert_ack", ACKS)
        silences = session.control("alert_silence", SILENCES, (range.start_ns, range.end_ns))
        flaps = session.control("alert_event", FLAPS, (range.start_ns, range.end_ns))
        judged = session.control("alert_progress", JUDGED)
        paused = session.control("alert_edit", PAUSED, (range.start_ns,))
    return Acted(
        frozenset((row[0], row[1], row[2]) for row in acks),
        tuple(Silence(*row) for row in silences),
        {row[0]: Flapped(row[1], row[2]) for row in flaps},
        frozenset(row[0] for row in judged),
        frozenset(row[0] for row in paused),
    )
