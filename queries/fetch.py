"""From row keys to the records that lists show: names looked up, children and staleness added."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from data.ids import first_row_id, span_hex, start_of, trace_hex
from queries.base import Row, Segment, Session
from queries.names import Names
from queries.rows import SpanRow
from queries.sql_functions import series_text

ROWS = """
SELECT id, start_off, trace_hi, trace_lo, span_id, parent_id, process, version, kind, status, duration_ns,
       memory, data, type, value, exception,
       coalesce(exception_message, CASE WHEN status = 2 THEN body ->> '$.m' END)
FROM span WHERE id IN (SELECT value FROM json_each(?))
"""
PARENTS = """
SELECT DISTINCT trace_hi, trace_lo, parent_id FROM span INDEXED BY span_trace
WHERE trace_lo IN (SELECT value FROM json_each(:traces))
  AND parent_id IN (SELECT value FROM json_each(:spans))
"""
RUNS = """
SELECT process_id, data_name_id, series.value, run_start_ns, last_ns
FROM json_each(?) AS pair JOIN series
  ON process_id = pair.value ->> 0 AND data_name_id = pair.value ->> 1
WHERE stale = 1
"""
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
CHILD_REACH_NS = 3_600 * 10**9  # lists look for children this far around a span; children() looks everywhere


class Key(NamedTuple):
    """Where a span lies: row ids are unique per segment only."""

    segment: Segment
    id: int


class Stored(NamedTuple):
    """The columns of ROWS."""

    id: int
    start_off: int
    trace_hi: int
    trace_lo: int
    span_id: int
    parent_id: int | None
    process: int
    version: int | None
    kind: int
    status: int
    duration_ns: int
    memory: int | None
    data: int | None
    type: int | None
    value: Any
    exception: int | None
    exception_message: str | None  # of the status where no exception was recorded

    @property
    def start_ns(self) -> int:
        """Exact start, nanoseconds UTC."""
        return start_of(self.id, self.start_off)

    @property
    def identity(self) -> tuple[int, int, int]:
        """What a child names as its parent."""
        return self.trace_hi, self.trace_lo, self.span_id


def fetch(session: Session, keys: Sequence[Key]) -> tuple[SpanRow, ...]:
    """The spans of these keys in this order; one that has vanished meanwhile is left out."""
    if not keys:
        return ()
    stored = stored_rows(session, keys)
    found = [stored[key] for key in keys if key in stored]
    parents = _parents(session, found)
    runs = _runs(session, found)
    names = _names_for(session, found)
    return tuple(_span_row(names, row, row.identity in parents, _in_run(runs, row)) for row in found)


def stored_rows(session: Session, keys: Iterable[Key]) -> dict[Key, Stored]:
    """The stored columns by key."""
    by_segment: dict[Segment, list[int]] = {}
    for key in keys:
        by_segment.setdefault(key.segment, []).append(key.id)
    return {
        Key(segment, row[0]): Stored(*row)
        for segment, ids in by_segment.items()
        for row in session.segment(segment, ROWS, (json.dumps(ids),))
    }


def _parents(session: Session, rows: Sequence[Stored]) -> set[Row]:
    """Identities of those of the rows that have children nearby."""
    found: set[Row] = set()
    reaches = [(*_reach(row), row) for row in rows]
    for segment in session.segments:
        near = [row for low, high, row in reaches if segment.min_id <= high and segment.max_id >= low]
        if near:
            traces = json.dumps(sorted({row.trace_lo for row in near}))
            spans = json.dumps([row.span_id for row in near])
            found.update(session.segment(segment, PARENTS, {"traces": traces, "spans": spans}))
    return found


def _reach(row: Stored) -> tuple[int, int]:
    """Row ids between which children are looked for."""
    start = row.start_ns
    return first_row_id(start - CHILD_REACH_NS), first_row_id(start + row.duration_ns + CHILD_REACH_NS)


def _runs(session: Session, rows: Sequence[Stored]) -> dict[tuple[int, int], Row]:
    """Value, start and end of the stale run of each (process, data) that has one now."""
    pairs = sorted({(row.process, row.data) for row in rows if row.data is not None})
    return {(row[0], row[1]): row[2:] for row in session.main(RUNS, (json.dumps(pairs),))}


def _in_run(runs: dict[tuple[int, int], Row], row: Stored) -> bool:
    run = runs.get((row.process, row.data)) if row.data is not None else None
    if run is None:
        return False
    value, start, last = run
    return bool(start <= row.start_ns <= last and series_text(row.value) == value)


def _names_for(session: Session, rows: Sequence[Stored]) -> Names:
    """Names that know every row, read anew when a row is younger than the session."""
    names = session.names
    known = all(
        row.process in names.processes
        and (row.data is None or row.data in names.data_names)
        and (row.type is None or row.type in names.data_types)
        and (row.exception is None or row.exception in names.exceptions)
        and (row.version is None or row.version in names.versions)
        for row in rows
    )
    return names if known else session.refresh_names()


def _span_row(names: Names, row: Stored, has_children: bool, stale: bool) -> SpanRow:
    process = names.processes[row.process]
    version = names.versions[row.version] if row.version is not None else None
    return SpanRow(
        trace_id=trace_hex(row.trace_hi, row.trace_lo),
        span_id=span_hex(row.span_id),
        parent_span_id=span_hex(row.parent_id),
        process=process.name,
        group=process.group,
        scope=process.scope,
        data="" if row.data is None else names.data_names[row.data],
        data_type="" if row.type is None else names.data_types[row.type],
        data_value=row.value,
        timestamp_ns=row.start_ns,
        duration_ns=row.duration_ns,
        status="ERROR" if row.status == 2 else "OK",
        exception="" if row.exception is None else names.exceptions[row.exception],
        exception_message=row.exception_message or "",
        memory_delta=row.memory,
        kind=KINDS[row.kind] if 0 <= row.kind < len(KINDS) else KINDS[0],
        version=version.hash if version else "",
        file=version.file if version else "",
        line=version.line if version else 0,
        has_children=has_children,
        stale=stale,
    )
