"""Values that have stopped changing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from queries.base import Reader, TimeRange
from queries.filter_processes import processes_of
from queries.filter_tree import Filter
from queries.limits import page_limit

STALE_NOW = """
SELECT process_id, data_name_id, type_id, value, run, run_start_ns, last_ns
FROM series INDEXED BY series_stale WHERE stale = 1 ORDER BY last_ns DESC LIMIT ?
"""
RUNS = """
SELECT process_id, data_name_id, type_id, value, run, run_start_ns, last_ns
FROM stale_run INDEXED BY stale_run_last WHERE last_ns >= :start AND run_start_ns < :end
ORDER BY run DESC LIMIT :limit
"""
FLAGGED = """
SELECT process_id, flagged_ns, NULL FROM stale_run INDEXED BY stale_run_ended
WHERE ended_ns IS NULL AND flagged_ns <= :last
UNION ALL
SELECT process_id, flagged_ns, ended_ns FROM stale_run INDEXED BY stale_run_ended
WHERE ended_ns > :first AND flagged_ns <= :last
LIMIT :limit
"""
MOST_FLAGGED = 500_000
COUNT = "SELECT count(*) FROM series INDEXED BY series_stale WHERE stale = 1"


@dataclass(frozen=True, slots=True)
class StaleValue:
    """A value that repeated more than its threshold of times in a row."""

    group: str
    process: str
    scope: str
    data: str
    data_type: str
    data_value: str | int | float | None
    run: int  # equal values in a row
    since_ns: int  # start of the run's first span
    last_ns: int  # start of the run's last span


class Flagged(NamedTuple):
    """A run of equal values while it was flagged; `ended_ns` is None while it is."""

    group: str
    process: str
    flagged_ns: int
    ended_ns: int | None


def stale_now(reader: Reader, limit: int = 100) -> tuple[StaleValue, ...]:
    """Values stale now, the latest seen first."""
    with reader.session() as session:
        rows = session.main(STALE_NOW, (page_limit(limit),)) if session.there else []
        session.refresh_names()
        names = session.names
    return tuple(_stale_value(names, row) for row in rows)


def stale_runs(reader: Reader, range: TimeRange, limit: int = 12) -> tuple[StaleValue, ...]:
    """Runs of equal values that were flagged and reach into the range, the longest first."""
    params = {"start": range.start_ns, "end": range.end_ns, "limit": page_limit(limit)}
    with reader.session() as session:
        rows = session.main(RUNS, params) if session.there else []
        session.refresh_names()
        names = session.names
    return tuple(_stale_value(names, row) for row in rows)


def stale_count(reader: Reader) -> int:
    """How many values are stale now."""
    with reader.session() as session:
        return int(session.main(COUNT)[0][0]) if session.there else 0


def _stale_value(names: Any, row: tuple[Any, ...]) -> StaleValue:
    process_id, data, data_type, value, run, since, last = row
    process = names.processes[process_id]
    return StaleValue(
        group=process.group,
        process=process.name,
        scope=process.scope,
        data=names.data_names[data],
        data_type=names.data_types[data_type],
        data_value=value,
        run=run,
        since_ns=since,
        last_ns=last,
    )


def flagged(reader: Reader, tree: Filter, first_ns: int, last_ns: int) -> tuple[Flagged, ...]:
    """The runs that were flagged at any moment from the first to the last, of the filter's processes."""
    with reader.session() as session:
        if not session.there:
            return ()
        only = processes_of(session, tree)
        rows = session.main(FLAGGED, {"first": first_ns, "last": last_ns, "limit": MOST_FLAGGED})
        names = session.refresh_names().processes
    return tuple(
        Flagged(names[process].group, names[process].name, at, ended)
        for process, at, ended in rows
        if only is None or process in only
    )
