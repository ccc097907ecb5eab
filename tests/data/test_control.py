"""control.db: job runs, kept by one process and read by another."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from pathlib import Path

from data.control import FILE_NAME, KEEP_RUNS, LOCK_NAME, Control, JobRun
from data.sqlite import sqlite3

MINUTE_NS = 60_000_000_000


def ran(at: int, error: str = "", job: str = "retention") -> JobRun:
    return JobRun(job, at * MINUTE_NS, 5_000_000, "" if error else f"dropped {at} segments", error)


def test_a_job_shows_its_last_run_and_its_last_error(tmp_path: Path) -> None:
    control = Control.open(tmp_path)
    control.record(ran(1), 60)
    control.record(ran(2, "disk on fire"), 60)
    control.record(ran(3), 60)
    (job,) = control.jobs()
    assert (job.runs, job.failures, job.did) == (3, 1, "dropped 3 segments")
    assert (job.error, job.error_ns) == ("disk on fire", 2 * MINUTE_NS)
    assert job.succeeded_ns == 3 * MINUTE_NS + 5_000_000
    control.close()


def test_a_job_is_late_when_twice_its_cadence_passed_without_success(tmp_path: Path) -> None:
    control = Control.open(tmp_path)
    control.record(ran(1), 60)
    control.record(ran(3, "no"), 60)
    (job,) = control.jobs()
    assert not job.is_late(3 * MINUTE_NS)
    assert job.is_late(4 * MINUTE_NS)
    control.record(ran(1, "never yet", "sealing"), 60)
    assert next(one for one in control.jobs() if one.name == "sealing").is_late(0)
    control.close()


def test_runs_are_kept_newest_first_and_not_for_ever(tmp_path: Path) -> None:
    control = Control.open(tmp_path)
    for at in range(KEEP_RUNS + 30):
        control.record(ran(at), 60)
    control.record(ran(0, job="other"), 60)
    runs = control.runs("retention", limit=1_000)
    assert len(runs) == KEEP_RUNS
    assert runs[0] == ran(KEEP_RUNS + 29)
    assert control.runs("retention", limit=2) == runs[:2]
    assert control.runs("other") == (ran(0, job="other"),)
    control.close()


def test_what_one_opening_wrote_the_next_one_reads(tmp_path: Path) -> None:
    writer, reader = Control.open(tmp_path), Control.open(tmp_path)
    writer.record(ran(1), 60)
    assert reader.runs("retention") == (ran(1),)
    writer.close()
    reader.close()


def test_many_that_open_a_new_file_at_once_all_find_it_ready(tmp_path: Path) -> None:
    def one(at: int) -> int:
        control = Control.open(tmp_path)
        control.record(ran(at, job=f"job{at}"), 60)
        control.close()
        return at

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, range(16))) == list(range(16))
    control = Control.open(tmp_path)
    assert len(control.jobs()) == 16
    control.close()


def test_who_opens_a_file_that_another_is_making_waits_until_it_is_made(tmp_path: Path) -> None:
    with (tmp_path / LOCK_NAME).open("w") as lock, ThreadPoolExecutor(1) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        maker = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
        maker.execute("BEGIN IMMEDIATE")
        opening = pool.submit(Control.open, tmp_path)
        done, _ = wait_for([opening], 0.2)
        assert not done
        maker.close()
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert opening.result(30).jobs() == ()
        opening.result().close()
