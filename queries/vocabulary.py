"""Names and values that spans carry beside their columns, read off the newest spans of every process."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data import body
from queries.base import Reader, Segment, Session
from queries.bodies import source_of

EACH = 4  # newest spans read of a process
TOGETHER = 40  # processes of one query, so that the time is looked at in between
SECONDS = 0.06  # after this it makes do with what it has; the next look goes on from other segments
MAX_TEXT = 80  # characters of a value worth proposing
MAX_FIELDS = 2_000

NEWEST = """
SELECT span.process, span.data, span.type, span.value, span.body
FROM json_each(:processes) AS wanted CROSS JOIN span
WHERE span.id IN (
    SELECT id FROM span INDEXED BY span_process WHERE process = wanted.value ORDER BY id DESC LIMIT :each
)
"""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Values by field as a filter calls it (data.amount, attr.http.route, return), commonest first."""

    values: Mapping[str, tuple[str, ...]]

    def names(self) -> tuple[str, ...]:
        """Every field, in order of the alphabet."""
        return tuple(sorted(self.values))


def vocabulary(reader: Reader) -> Vocabulary:
    """What the newest spans of every process carry; resources are known whole."""
    with reader.session() as session:
        found = _of_resources(session)
        left = set(session.names.processes)
        for segment in session.segments:
            left -= _of_segment(session, segment, left, found)
            if not left or session.over(SECONDS):
                break
    fields = list(found.items())[:MAX_FIELDS]
    return Vocabulary({field: tuple(text for text, _ in seen.most_common()) for field, seen in fields})


Found = dict[str, "Counter[str]"]


def _of_resources(session: Session) -> Found:
    found: Found = {}
    for text in session.names.resources.values():
        for key, value in source_of(text).attributes.items():
            _count(found, f"resource.{key}", value)
    return found


def _of_segment(session: Session, segment: Segment, left: set[int], found: Found) -> set[int]:
    """The processes that this segment holds spans of."""
    seen: set[int] = set()
    wanted = sorted(left)
    for at in range(0, len(wanted), TOGETHER):
        processes = json.dumps(wanted[at : at + TOGETHER])
        rows = session.segment(segment, NEWEST, {"processes": processes, "each": EACH})
        for process, data, type_, value, text in rows:
            seen.add(process)
            decoded = body.decode(text)
            for key, attribute in decoded.attributes.items():
                _count(found, f"attr.{key}", attribute)
            for one in decoded.all_observations(data, type_, value):
                name = session.names.data_names.get(one.name_id, "")
                _count(found, name if one.source == "return" else f"data.{name}", one.value)
        if session.over(SECONDS):
            break
    return seen


def _count(found: Found, field: str, value: Any) -> None:
    counted = found.setdefault(field, Counter())
    text = plain(value)
    if text and len(text) <= MAX_TEXT:
        counted[text] += 1


def plain(value: Any) -> str:
    """A value as a filter writes it, "" for what no filter can name."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""
