"""How the scheduled jobs are doing, read from control.db."""

from __future__ import annotations

from dataclasses import dataclass

from queries.base import Reader

CONTROL = "control.db"
EXISTS = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'job'"
JOBS = """
SELECT name, cadence_seconds, started_ns, duration_ns, did, error, error_ns, succeeded_ns
FROM job ORDER BY name
"""
LATE = 2.0  # times its cadence without success
NS = 10**9


@dataclass(frozen=True, slots=True)
class JobState:
    """One job: its cadence, its last run, its last error and its last success."""

    name: str
    cadence_seconds: float
    started_ns: int
    duration_ns: int
    did: str
    error: str  # the last one ever, "" when there was none
    error_ns: int | None
    succeeded_ns: int | None

    def failing(self) -> bool:
        """Whether its last run failed."""
        return self.error_ns is not None and self.error_ns >= self.started_ns

    def late(self, now_ns: int) -> bool:
        """Whether it has not succeeded within twice its cadence."""
        since = self.succeeded_ns or 0
        return now_ns - since > LATE * self.cadence_seconds * NS


def jobs(reader: Reader) -> tuple[JobState, ...]:
    """Every job that ever ran; none before the collector's first start."""
    path = reader.directory / CONTROL
    with reader.session() as session:
        if not path.exists() or not session._rows(path, EXISTS, ())[0][0]:
            return ()
        return tuple(JobState(*row) for row in session._rows(path, JOBS, ()))
