"""control.db: what is precious and small. Both processes write it, in short transactions; each table has
one owner. Telemetry never stands here.

Owners: job, job_run and most of alerts: the collector; function_level, rules, channels, silences: the page.
Rules that stand in files are brought in by the collector.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from data.control_schema import (
    ALERT_EDITS,
    ALERT_FILES,
    ALERT_HOURS,
    ALERT_PROGRESS,
    ALERT_SUBJECTS,
    ALERT_TIES,
    ALERTS,
)
from data.sqlite import Connection, Row, connect_control, named_errors, transaction

# sqlite-utils imports pandas wherever it is installed, to know the types of its columns. It is given none,
# and each process that opens control.db would pay 0.5 s of CPU and 34 MB for it at its start.
_pandas = sys.modules.get("pandas")
sys.modules["pandas"] = None  # type: ignore[assignment]  # "not installed", to whoever imports it now
from sqlite_utils import Database, Migrations  # noqa: E402

if _pandas:
    sys.modules["pandas"] = _pandas
else:
    del sys.modules["pandas"]

FILE_NAME = "control.db"
WHO = "local"  # who did it, until there are users
# Held while opening and migrating, so that two starting processes do not both. While opening too: of two that
# make a new file WAL, SQLite refuses one at once, without busy_timeout (11 of 6,400 openings by 8 threads).
LOCK_NAME = "control.lock"
KEEP_RUNS = 200  # of each job

migrations = Migrations("flowglass")

SAVE_JOB = """
INSERT INTO job (
    name, cadence_seconds, started_ns, duration_ns, did, error, error_ns, succeeded_ns, runs, failures
)
VALUES (
    :name, :cadence_seconds, :started_ns, :duration_ns, :did, :error, :error_ns, :succeeded_ns, 1, :failed
)
ON CONFLICT (name) DO UPDATE SET
    cadence_seconds = excluded.cadence_seconds, started_ns = excluded.started_ns,
    duration_ns = excluded.duration_ns, did = excluded.did,
    error = CASE WHEN :failed THEN excluded.error ELSE error END,
    error_ns = coalesce(excluded.error_ns, error_ns),
    succeeded_ns = coalesce(excluded.succeeded_ns, succeeded_ns),
    runs = runs + 1, failures = failures + :failed
"""
SAVE_RUN = "INSERT INTO job_run (job, started_ns, duration_ns, did, error) VALUES (?, ?, ?, ?, ?)"
FORGET_RUNS = """
DELETE FROM job_run WHERE job = :job AND id <= (
    SELECT id FROM job_run WHERE job = :job ORDER BY id DESC LIMIT 1 OFFSET :keep
)
"""
JOBS = """
SELECT name, cadence_seconds, started_ns, duration_ns, did, error, error_ns, succeeded_ns, runs, failures
FROM job ORDER BY name
"""
RUNS = "SELECT job, started_ns, duration_ns, did, error FROM job_run WHERE job = ? ORDER BY id DESC LIMIT ?"


class EditConflict(Exception):
    """Somebody else has changed it meanwhile; the message is its id."""


class NotThere(Exception):
    """There is none of this id, or no longer."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a job."""

    job: str
    started_ns: int
    duration_ns: int
    did: str  # what it did, in words; "" when it failed
    error: str  # "" when it succeeded


@dataclass(frozen=True, slots=True)
class Job:
    """How a job has been doing."""

    name: str
    cadence_seconds: float
    started_ns: int  # of the last run
    duration_ns: int
    did: str
    error: str  # the last error ever, "" when there was none
    error_ns: int | None
    succeeded_ns: int | None
    runs: int
    failures: int

    def is_late(self, now_ns: int) -> bool:
        """Whether it has not succeeded within twice its cadence."""
        return self.succeeded_ns is None or now_ns - self.succeeded_ns > 2 * self.cadence_seconds * 1e9


class Control:
    """An open control.db; any thread may use it."""

    def __init__(self, path: Path, connection: Connection) -> None:
        self._path = path
        self._connection = connection
        self._lock = Lock()

    @classmethod
    def open(cls, directory: Path) -> Control:
        """Opens or makes the file and brings it up to date."""
        path = directory / FILE_NAME
        with named_errors(path), _alone(directory):
            connection = connect_control(path)
            try:
                migrations.apply(Database(connection))
            except BaseException:
                connection.close()
                raise
        return cls(path, connection)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def record(self, run: JobRun, cadence_seconds: float) -> None:
        """Notes a run of a job, and forgets the oldest ones."""
        failed = bool(run.error)
        with self.write() as connection:
            connection.execute(
                SAVE_JOB,
                {
                    "name": run.job,
                    "cadence_seconds": cadence_seconds,
                    "started_ns": run.started_ns,
                    "duration_ns": run.duration_ns,
                    "did": run.did,
                    "error": run.error,
                    "error_ns": run.started_ns if failed else None,
                    "succeeded_ns": None if failed else run.started_ns + run.duration_ns,
                    "failed": failed,
                },
            )
            connection.execute(SAVE_RUN, (run.job, run.started_ns, run.duration_ns, run.did, run.error))
            connection.execute(FORGET_RUNS, {"job": run.job, "keep": KEEP_RUNS})

    def jobs(self) -> tuple[Job, ...]:
        """All jobs that ever ran."""
        with self._lock, named_errors(self._path):
            return tuple(Job(*row) for row in self._connection.execute(JOBS))

    def runs(self, job: str, limit: int = KEEP_RUNS) -> tuple[JobRun, ...]:
        """The last runs of a job, newest first."""
        with self._lock, named_errors(self._path):
            return tuple(JobRun(*row) for row in self._connection.execute(RUNS, (job, limit)))

    def rows(self, sql: str, params: Any = ()) -> list[Row]:
        """What a statement reads."""
        with self._lock, named_errors(self._path):
            found: list[Row] = self._connection.execute(sql, params).fetchall()
        return found

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One short transaction."""
        with self._lock, transaction(self._connection, self._path):
            yield self._connection


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@lru_cache(maxsize=8)
def opened(directory: Path) -> Control:
    """The control.db of a resolved folder: opened at the first need, once in a process."""
    return Control.open(directory)


@migrations()
def jobs_and_their_runs(db: Database) -> None:
    """How each job has been doing, and its last runs."""
    db.execute(
        """
        CREATE TABLE job (
            name TEXT PRIMARY KEY,
            cadence_seconds REAL NOT NULL,
            started_ns INTEGER NOT NULL,
            duration_ns INTEGER NOT NULL,
            did TEXT NOT NULL,
            error TEXT NOT NULL,
            error_ns INTEGER,
            succeeded_ns INTEGER,
            runs INTEGER NOT NULL,
            failures INTEGER NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE job_run (
            id INTEGER PRIMARY KEY,
            job TEXT NOT NULL,
            started_ns INTEGER NOT NULL,
            duration_ns INTEGER NOT NULL,
            did TEXT NOT NULL,
            error TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX job_run_job ON job_run (job, id)")  # Control.runs


@migrations()
def levels_of_functions(db: Database) -> None:
    """What tracers are told to record of a function, and who said so: the newest row of each is in force."""
    db.execute(
        """
        CREATE TABLE function_level (
            id INTEGER PRIMARY KEY,
            group_name TEXT NOT NULL,
            scope TEXT NOT NULL,
            name TEXT NOT NULL,
            level TEXT NOT NULL,          -- off, counts, timing, values, locals; "" back to the program's own
            changed_ns INTEGER NOT NULL,
            changed_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX function_level_of ON function_level (group_name, scope, name, id)")  # levels


@migrations()
def alerts(db: Database) -> None:
    """Rules, their states and events, channels, silences, and what is to be delivered."""
    for statement in ALERTS:
        db.execute(statement)


@migrations()
def rules_of_series(db: Database) -> None:
    """How single value series are judged, where it differs from the settings."""
    db.execute(
        """
        CREATE TABLE series_rule (
            group_name TEXT NOT NULL,
            scope TEXT NOT NULL,
            process TEXT NOT NULL,
            data TEXT NOT NULL,
            judged TEXT NOT NULL,         -- "" as type and name say, "in" always, "out" never
            repeats INTEGER,              -- NULL, here and below: as the settings say
            min_seconds REAL,
            float_tolerance REAL,
            changed_ns INTEGER NOT NULL,
            changed_by TEXT NOT NULL,
            PRIMARY KEY (group_name, scope, process, data)
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def edits_of_channels_and_silences(db: Database) -> None:
    """Channels say who changed them last and at which revision; silences may name a severity."""
    for statement in ALERT_EDITS:
        db.execute(statement)


@migrations()
def progress_of_rules(db: Database) -> None:
    """How far each rule has been judged, so that a restart goes on where it was."""
    for statement in ALERT_PROGRESS:
        db.execute(statement)


@migrations()
def hours_of_silences(db: Database) -> None:
    """Silences may repeat: maintenance windows."""
    for statement in ALERT_HOURS:
        db.execute(statement)


@migrations()
def files_and_edits_of_rules(db: Database) -> None:
    """Rules may come from files; every edit of a rule is kept, with before and after."""
    for statement in ALERT_FILES:
        db.execute(statement)


@migrations()
def ties_of_alerts(db: Database) -> None:
    """Which firing is an effect of which."""
    for statement in ALERT_TIES:
        db.execute(statement)


@migrations()
def edits_of_channels(db: Database) -> None:
    """Edits of channels are kept like those of rules."""
    for statement in ALERT_SUBJECTS:
        db.execute(statement)


@migrations()
def depths_of_queues(db: Database) -> None:
    """How many spans waited where, over time."""
    db.execute(
        """
        CREATE TABLE queue_depth (
            at_ns INTEGER NOT NULL,
            queue TEXT NOT NULL,          -- "" the collector's, else the service whose tracers hold them
            spans INTEGER NOT NULL,       -- the most since the row before
            ns_per_call REAL,             -- what tracing costs in its dearest program; NULL: the collector
            PRIMARY KEY (at_ns, queue)
        ) STRICT, WITHOUT ROWID
        """
    )
