"""A collector whose disk is full: the traced program goes on, counts what it loses, and sends again later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.collecting import RunningCollector
from tests.support.running import ROOT, clean_environment
from tests.support.small_disk import small_disk

PROGRAM = """
import json, os, sys, time
import flowglass
from flowglass import trace

@trace
def work(n, text):
    return n

calls = total = 0
def some(count):
    global calls, total
    for n in range(count):
        calls, total = calls + 1, total + work(n, os.urandom(90).hex())

deadline = time.monotonic() + 200
while flowglass.stats()["state"] != "CIRCUIT_OPEN" and time.monotonic() < deadline:
    some(400)
    flowglass.flush(1)
print(flowglass.stats()["state"], flush=True)
sys.stdin.readline()
while flowglass.stats()["state"] != "OK" and time.monotonic() < deadline:
    some(1)
    flowglass.flush(1)
flowglass.flush(30)
print(json.dumps({**flowglass.stats(), "calls": calls, "total": total}))
"""


def fill(disk: Path) -> None:
    """Leaves 200 kB."""
    about = os.statvfs(disk)
    (disk / "more").write_bytes(bytes(about.f_bavail * about.f_frsize - 200_000))


def test_a_full_disk_at_the_collector_costs_the_program_nothing_but_counted_spans(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, RunningCollector(disk) as collector:
        fill(disk)
        environment = clean_environment(PYTHONPATH=str(ROOT), OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=environment, text=True, cwd=tmp_path,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as running:  # fmt: skip
            assert running.stdout is not None
            assert running.stdout.readline() == "CIRCUIT_OPEN\n"
            assert collector.status()["writer"]["status"] == "CIRCUIT_OPEN"
            (disk / "ballast").unlink()
            (disk / "more").unlink()
            told, complaints = running.communicate("\n", timeout=300)
    assert (running.returncode, complaints) == (0, "")
    stats = json.loads(told)
    assert stats["state"] == "OK"
    assert stats["recorded"] == stats["calls"] == stats["sent"] + stats["dropped"]
    assert stats["sent"] > 0
