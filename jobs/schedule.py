"""When jobs run: the one table of cadences, and the scheduler that keeps to it.

A job never overlaps with itself, runs that were missed are made up for by one, and a job that fails stops no
other. Each run is kept in control.db and logged; it never becomes telemetry.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from data.control import Control, JobRun
from data.errors import StoreError
from data.on_writer import OnWriter
from jobs import checkpoint, retention, rollups, sealing, size, staleness

Run = Callable[[OnWriter, int], str]
THREADS = 2  # the writer does the work one closure at a time; a second thread keeps short jobs from waiting
QUIET_SECONDS = 15.0
FIRST_SECONDS = 2.0  # after the start, then each job a little after the one before

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A job and how often it runs."""

    name: str
    cadence_seconds: float
    run: Run
    quiet: bool = False  # runs so often that only failures and one run in QUIET_SECONDS are noted


def store_jobs(control: Control) -> tuple[Job, ...]:
    """The jobs that belong to the store."""
    return (
        Job("size", 15, size.run),
        Job("staleness", 30, partial(staleness.run, control)),
        Job("rollups", 60, rollups.run),
        Job("checkpoint", 300, checkpoint.run),
        Job("sealing", 600, sealing.run),
        Job("retention", 3_600, retention.run),
    )


class Schedule:
    """Start it once, stop it once."""

    def __init__(
        self,
        jobs: tuple[Job, ...],
        on_writer: OnWriter,
        control: Control,
        now_ns: Callable[[], int] = time.time_ns,
        first_seconds: float = FIRST_SECONDS,
    ) -> None:
        self._on_writer = on_writer
        self._control = control
        self._now_ns = now_ns
        self._stopped = False
        self._noted: dict[str, int] = {}  # quiet jobs: when a run was last noted
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(THREADS)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for place, job in enumerate(jobs):
            self._scheduler.add_job(
                self.run_once,
                "interval",
                args=(job,),
                id=job.name,
                seconds=job.cadence_seconds,
                next_run_time=datetime.now(UTC) + timedelta(seconds=first_seconds * (1 + place / 4)),
            )

    def start(self) -> None:
        """Begins to run jobs on threads of its own."""
        self._scheduler.start()

    def stop(self) -> None:
        """Begins no further run; one that is under way finds the writer gone."""
        self._stopped = True
        self._scheduler.shutdown(wait=False)

    def run_once(self, job: Job) -> JobRun:
        """One run of a job, whatever becomes of it."""
        started, clock = self._now_ns(), time.perf_counter_ns()
        did = error = ""
        try:
            did = job.run(self._on_writer, started)
        except Exception as failure:
            if self._stopped:  # the writer went away under it, which is no fault of the job
                return JobRun(job.name, started, time.perf_counter_ns() - clock, "stopped", "")
            error = f"{type(failure).__name__}: {failure}"
            log.exception("job failed", extra={"job": job.name})
        run = JobRun(job.name, started, time.perf_counter_ns() - clock, did, error)
        level = logging.ERROR if error else logging.DEBUG if job.quiet else logging.INFO
        log.log(level, "job ran", extra={"job": job.name, "did": did, "ms": run.duration_ns / 1e6})
        if job.quiet and not error and started - self._noted.get(job.name, 0) < QUIET_SECONDS * 1e9:
            return run
        self._noted[job.name] = 0 if error else started
        try:
            self._control.record(run, max(job.cadence_seconds, QUIET_SECONDS if job.quiet else 0.0))
        except StoreError as failure:
            log.error("a job's run was not noted", extra={"job": job.name, "reason": str(failure)})
        return run
