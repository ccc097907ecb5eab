"""Rollups made anew from the spans: after a migration, and to compare the stored ones with."""

from __future__ import annotations

from collections.abc import Iterator

from data.codes import Codes
from data.facts import Facts
from data.recover import facts_of
from data.rollups import TABLES, Rollups
from data.segment import SELECT_FROM
from data.sqlite import Connection

ROWS_AT_ONCE = 20_000


def facts_in(segment: Connection, codes: Codes, without: frozenset[int] = frozenset()) -> Iterator[Facts]:
    """The facts of all spans of a segment, some at a time, in order of start; some ids are left out."""
    after = -1
    while rows := segment.execute(SELECT_FROM, (after, ROWS_AT_ONCE)).fetchall():
        after = rows[-1][0]
        yield facts_of([row for row in rows if row[0] not in without] if without else rows, codes)


def add_all(facts: Iterator[Facts], rollups: Rollups, main: Connection, now_ns: int) -> int:
    """Adds facts to the tables of `main`, inside the caller's transaction; how many spans there were."""
    spans = 0
    for part in facts:
        if len(part.start_ns):
            rollups.add(part)
            rollups.save(main, now_ns)
            rollups.saved()
            spans += len(part.start_ns)
    return spans


def clear(main: Connection) -> None:
    """Empties the tables, inside the caller's transaction."""
    for table in TABLES:
        main.execute(table.clear)
