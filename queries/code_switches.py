"""When functions got a new version, and whether it still runs: read from the dictionary of versions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from data.ids import first_row_id
from queries.base import Reader, Session

VERSIONS = """
SELECT process_id, id, hash, first_seen_ns FROM code_version
WHERE hash <> '' AND first_seen_ns <= :until ORDER BY process_id, first_seen_ns, id
"""
NEWEST = """
SELECT version FROM span INDEXED BY span_process WHERE process = ? AND id < ? ORDER BY id DESC LIMIT ?
"""
LAST_CALLS = 20  # among which a version that still runs has one


@dataclass(frozen=True, slots=True)
class Switch:
    """A function went from one version (a hash) to the next, which was first seen at `at_ns`."""

    process: int
    group: str
    name: str
    scope: str
    old: str
    new: str
    new_id: int
    at_ns: int


def switches(
    session: Session, processes: Collection[int] | None, since_ns: int, until_ns: int
) -> tuple[Switch, ...]:
    """Those after `since_ns`, in order of time; `processes` None means all."""
    names = session.refresh_names()
    rows = session.main(VERSIONS, {"until": until_ns})
    found = []
    for (process, _, old, _), (following, id, new, at) in pairwise(rows):
        if process == following and at > since_ns and (processes is None or process in processes):
            one = names.processes[process]
            found.append(Switch(process, one.group, one.name, one.scope, old, new, id, at))
    return tuple(sorted(found, key=lambda one: (one.at_ns, one.process)))


def still_runs(reader: Reader, switch: Switch, until_ns: int) -> bool:
    """Whether the newer version is among the last calls that began before a moment."""
    found: list[int | None] = []
    below = first_row_id(until_ns)
    with reader.session() as session:
        for segment in session.segments:
            left = LAST_CALLS - len(found)
            if left > 0 and segment.min_id < below:
                rows = session.segment(segment, NEWEST, (switch.process, below, left))
                found += [row[0] for row in rows]
    return switch.new_id in found
