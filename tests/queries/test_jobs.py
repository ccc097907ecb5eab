"""How the scheduled jobs are doing."""

from __future__ import annotations

from pathlib import Path

from data.control import Control, JobRun
from queries.base import Reader
from queries.jobs import jobs

NOW = 1_795_269_755_900_123_456
SECOND = 10**9


def recorded(folder: Path, *runs: JobRun) -> None:
    control = Control.open(folder)
    for run in runs:
        control.record(run, cadence_seconds=60.0)
    control.close()


def test_before_the_first_start_there_are_no_jobs(tmp_path: Path) -> None:
    reader = Reader.open(tmp_path)
    assert jobs(reader) == ()
    reader.close()


def test_a_job_that_ran_well_is_neither_failing_nor_late(tmp_path: Path) -> None:
    recorded(tmp_path, JobRun("retention", NOW, 5, "removed nothing", ""))
    reader = Reader.open(tmp_path)
    (job,) = jobs(reader)
    reader.close()
    assert (job.name, job.did, job.failing(), job.late(NOW)) == ("retention", "removed nothing", False, False)
    assert job.late(NOW + 121 * SECOND)


def test_a_job_whose_last_run_failed_is_failing_until_it_succeeds(tmp_path: Path) -> None:
    recorded(tmp_path, JobRun("seal", NOW, 5, "", "disk full"))
    reader = Reader.open(tmp_path)
    assert [(job.failing(), job.error, job.late(NOW)) for job in jobs(reader)] == [(True, "disk full", True)]
    recorded(tmp_path, JobRun("seal", NOW + SECOND, 5, "sealed 1", ""))
    assert [job.failing() for job in jobs(reader)] == [False]
    reader.close()
