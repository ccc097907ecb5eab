"""Kinds of errors: failed spans of one process and exception whose messages say the same thing.

What varies in a message (numbers, ids, quoted text) is taken out, the rest is the fingerprint.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass

from data.ids import span_hex, trace_hex
from queries.base import Reader, Session, TimeRange
from queries.limits import MAX_ROWS
from queries.measures import IDS_PER_US, NS_PER_US, SELF_GROUP, id_bounds
from queries.names import Names

ERRORS = """
SELECT id, process, coalesce(exception, 0), coalesce(exception_message, ''), trace_hi, trace_lo, span_id
FROM span INDEXED BY span_error
WHERE status = 2 AND id >= :low AND id < :high AND process NOT IN (SELECT value FROM json_each(:hidden))
ORDER BY id DESC LIMIT :limit
"""
EARLIER = """
SELECT 1 FROM span INDEXED BY span_error
WHERE status = 2 AND id < :low AND process = :process AND coalesce(exception, 0) = :exception
ORDER BY id DESC LIMIT 1
"""
# One \b for all, and letters that are not given back (no shorter run of them can come before a digit): half
# the time for messages of many words.
VARYING = re.compile(
    r"""'[^']*'|"[^"]*"|\b(?:0x[0-9a-fA-F]+\b|[0-9a-fA-F-]{16,}\b|[A-Za-z]*+[-_]?\d[\w.:-]*)"""
)
MESSAGE = 500  # characters that are compared; the rest of a message is its detail
STEPS = 16

Errored = tuple[int, int, int, str, int, int, int]


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One kind within a range. `series` are counts in equal steps; the ids are of its newest span."""

    process: str
    group: str
    scope: str
    exception: str  # type, "" when none was recorded
    message: str  # of the newest one
    count: int
    first_ns: int
    last_ns: int
    series: tuple[int, ...]
    is_new: bool  # this process never failed with this exception before the range
    trace_id: str
    span_id: str


@dataclass(frozen=True, slots=True)
class ErrorKinds:
    """Most frequent first. `partial`: there were more errors than were looked at, the newest were."""

    kinds: tuple[ErrorKind, ...]  # as many as were asked for
    types: tuple[tuple[str, int], ...]  # every exception type, "" where none was recorded, and its errors
    errors: int
    partial: bool


def error_kinds(reader: Reader, range: TimeRange, limit: int = 25, steps: int = STEPS) -> ErrorKinds:
    """The errors of the range by type, and the `limit` most frequent kinds."""
    low, high = id_bounds(range)
    with reader.session() as session:
        rows = _errors(session, low, high)
        names = session.refresh_names() if rows else session.names
        kinds = [
            _kind(names, members, range, steps, is_new=_is_new(session, low, members[0]))
            for members in _grouped(rows)[:limit]
        ]
    types = Counter(names.exceptions.get(row[2], "") for row in rows)
    return ErrorKinds(tuple(kinds), tuple(types.most_common()), len(rows), len(rows) >= MAX_ROWS)


def fingerprint(message: str) -> str:
    """The message without what varies."""
    return VARYING.sub("·", message[:MESSAGE])


def _errors(session: Session, low: int, high: int) -> list[Errored]:
    hidden = json.dumps(sorted(session.names.processes_of(SELF_GROUP)))
    rows: list[Errored] = []
    for segment in session.within(low, high):  # newest first
        if len(rows) < MAX_ROWS:
            params = {"low": low, "high": high, "hidden": hidden, "limit": MAX_ROWS - len(rows)}
            rows += session.segment(segment, ERRORS, params)
    return sorted(rows, key=lambda row: row[0], reverse=True)


def _grouped(rows: list[Errored]) -> list[list[Errored]]:
    """The errors of each kind, newest first; the most frequent kind first."""
    members: dict[tuple[int, int, str], list[Errored]] = {}
    for row in rows:
        members.setdefault((row[1], row[2], fingerprint(row[3])), []).append(row)
    return sorted(members.values(), key=lambda kind: (-len(kind), -_start_ns(kind[0])))


def _kind(names: Names, rows: list[Errored], range: TimeRange, steps: int, *, is_new: bool) -> ErrorKind:
    """The kind that these errors are."""
    newest, oldest = rows[0], rows[-1]
    process = names.processes[newest[1]]
    series = [0] * steps
    start, length = range.start_ns, range.length_ns
    for row in rows:
        series[min(steps - 1, (_start_ns(row) - start) * steps // length)] += 1
    return ErrorKind(
        process=process.name,
        group=process.group,
        scope=process.scope,
        exception=names.exceptions.get(newest[2], ""),
        message=newest[3],
        count=len(rows),
        first_ns=_start_ns(oldest),
        last_ns=_start_ns(newest),
        series=tuple(series),
        is_new=is_new,
        trace_id=trace_hex(newest[4], newest[5]),
        span_id=span_hex(newest[6]),
    )


def _start_ns(row: Errored) -> int:
    """Start of the span, to the microsecond."""
    return row[0] // IDS_PER_US * NS_PER_US


def _is_new(session: Session, low: int, row: Errored) -> bool:
    params = {"low": low, "process": row[1], "exception": row[2]}
    return not any(
        session.segment(segment, EARLIER, params) for segment in session.segments if segment.min_id < low
    )
