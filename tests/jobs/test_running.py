"""The jobs of a running collector: all run, and none keeps it from stopping."""

from __future__ import annotations

from pathlib import Path

from data.control import Control
from jobs.schedule import store_jobs
from tests.support.collecting import RunningCollector
from tests.support.otlp import post, request, span
from tests.support.wait import wait_until


def test_a_running_collector_runs_every_job_and_stops_in_order(tmp_path: Path) -> None:
    with RunningCollector(tmp_path) as running:
        assert post(running.traces, request([span("a")])).status == 200
        control = Control.open(running.folder)
        names = {job.name for job in store_jobs(control)} | {"alerts", "delivery", "rule files"}
        wait_until(lambda: {job.name for job in control.jobs()} == names, "a run of every job")
        assert running.stop() == 0
    assert [(job.name, job.error) for job in control.jobs() if job.error] == []
    control.close()
