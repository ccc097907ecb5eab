"""The scheduler: jobs run at their times, alone, and whatever happens to another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.control import Control
from data.on_writer import OnWriter
from data.store import Store
from jobs.schedule import Job, Schedule, store_jobs
from tests.data.made import NOON_NS, Clock, opened, span
from tests.support.wait import wait_until


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened_ = Control.open(tmp_path)
    yield opened_
    opened_.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as one:
        yield one


def on(store: Store) -> OnWriter:
    """One closure at a time, as the writer's thread runs them."""
    lock = threading.Lock()

    def run(closure: Callable[[Store], object]) -> object:
        with lock:
            return closure(store)

    return run  # type: ignore[return-value]


def fails(_: OnWriter, __: int) -> str:
    raise ZeroDivisionError("on purpose")


def test_every_job_of_the_store_runs_and_is_noted(store: Store, control: Control) -> None:
    store.write([span()])
    jobs = store_jobs(control)
    schedule = Schedule(jobs, on(store), control, Clock(), first_seconds=0.0)
    schedule.start()
    wait_until(lambda: len(control.jobs()) == len(jobs), "a first run of each job")
    schedule.stop()
    for job in control.jobs():
        assert (job.failures, job.error, job.started_ns) == (0, "", NOON_NS)
        assert job.did


def test_a_job_that_fails_stops_no_other_and_shows_why(
    store: Store, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = (Job("bad", 0.05, fails), Job("good", 0.05, lambda *_: "well"))
    schedule = Schedule(jobs, on(store), control, first_seconds=0.0)
    with caplog.at_level(logging.INFO, "jobs.schedule"):
        schedule.start()
        found = wait_until(
            lambda: (
                {one.name: one for one in control.jobs() if one.runs > 2} if len(control.jobs()) == 2 else {}
            ),
            "several runs",
        )
        wait_until(lambda: all(one.runs > 2 for one in control.jobs()), "several runs of both")
        schedule.stop()
    assert found
    jobs_now = {one.name: one for one in control.jobs()}
    assert jobs_now["bad"].error == "ZeroDivisionError: on purpose"
    assert jobs_now["bad"].succeeded_ns is None
    assert jobs_now["good"].failures == 0
    assert any(record.exc_info for record in caplog.records)
    assert any(getattr(record, "did", "") == "well" for record in caplog.records)


def test_a_job_never_overlaps_with_itself_and_missed_runs_become_one(store: Store, control: Control) -> None:
    under_way, most, runs = 0, 0, 0
    release = threading.Event()

    def slow(_: OnWriter, __: int) -> str:
        nonlocal under_way, most, runs
        under_way += 1
        most = max(most, under_way)
        runs += 1
        release.wait(30)
        under_way -= 1
        return ""

    ticks = 0

    def tick(_: OnWriter, __: int) -> str:
        nonlocal ticks
        ticks += 1
        return ""

    schedule = Schedule(
        (Job("slow", 0.02, slow), Job("tick", 0.02, tick)), on(store), control, first_seconds=0.0
    )
    schedule.start()
    wait_until(lambda: ticks > 10, "other jobs to go on")
    assert (runs, most) == (1, 1)
    release.set()
    wait_until(lambda: runs > 2, "the next runs")
    schedule.stop()
    assert most == 1


def test_a_run_cut_off_by_the_stop_is_no_failure(store: Store, control: Control) -> None:
    entered, leave = threading.Event(), threading.Event()

    def interrupted(_: OnWriter, __: int) -> str:
        entered.set()
        leave.wait(30)
        raise RuntimeError("the writer is gone")

    done: list[str] = []
    schedule = Schedule((), on(store), control)
    schedule.start()
    thread = threading.Thread(target=lambda: done.append(schedule.run_once(Job("cut", 60, interrupted)).did))
    thread.start()
    assert entered.wait(30)
    schedule.stop()
    leave.set()
    thread.join(30)
    assert done == ["stopped"]
    assert not control.jobs()


def test_cadences_are_as_promised(control: Control) -> None:
    cadences = {job.name: job.cadence_seconds for job in store_jobs(control)}
    assert cadences["retention"] == 3_600
    assert min(cadences.values()) >= 15


def test_a_control_file_that_cannot_be_written_does_not_stop_a_job(store: Store, tmp_path: Path) -> None:
    closed = Control.open(tmp_path / "db") if (tmp_path / "db").mkdir() is None else None
    assert closed is not None
    closed.close()
    schedule = Schedule((), on(store), closed, Clock())
    assert schedule.run_once(Job("good", 60, lambda *_: "well")).did == "well"
