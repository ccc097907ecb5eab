"""A test run is recorded, and fails on a slow call or a stale value, seen from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flowglass.conftest import ROOT
from tests.flowglass.sink import Sink

CODE = "import time\ndef price(n): return 5\ndef slow(): time.sleep(0.02); return time.time_ns()\n"
TESTS = """
from till import price, slow
def test_prices():
    for n in range(10): assert price(n) == 5
def test_slow(): slow()
"""
Pytest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, server: Sink) -> Pytest:
    (tmp_path / "till.py").write_text(CODE)
    (tmp_path / "test_till.py").write_text(TESTS)

    def running(*args: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{tmp_path}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": server.url,
            "OTEL_SERVICE_NAME": "suite",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            f"--rootdir={tmp_path}",
            "-p",
            "flowglass.pytest_plugin",
            *args,
        ]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)

    return running


def test_each_test_is_a_trace_with_its_outcome(run: Pytest, server: Sink) -> None:
    done = run("--flowglass", "till")
    assert done.returncode == 0, done.stdout
    tests = {one.value("observe.test"): one for one in server.spans if one.name == "test"}
    assert list(tests) == ["test_till.py::test_prices", "test_till.py::test_slow"]
    assert {one.value("observe.outcome") for one in tests.values()} == {"passed"}
    (slow,) = [one for one in server.spans if one.name == "slow"]
    assert slow.parent_id == tests["test_till.py::test_slow"].span_id


def test_a_slow_call_fails_the_run(run: Pytest) -> None:
    done = run("--flowglass", "till", "--flowglass-slow", "till.slow=0.001")
    assert done.returncode == 1
    assert "till.slow took 0.0" in done.stdout
    assert run("--flowglass", "till", "--flowglass-slow", "till.slow=30").returncode == 0


def test_a_stale_value_fails_the_run(run: Pytest) -> None:
    done = run("--flowglass", "till", "--flowglass-stale", "till.*=10")
    assert done.returncode == 1
    assert "till.price returned 5 10 times in a row" in done.stdout
    assert run("--flowglass", "till", "--flowglass-stale", "till.*=11").returncode == 0


def test_a_rule_that_cannot_be_read_is_refused(run: Pytest) -> None:
    done = run("--flowglass-slow", "till.slow")
    assert done.returncode == 4
    assert "wants PATTERN=NUMBER" in done.stderr


def test_without_options_nothing_is_recorded(run: Pytest, server: Sink) -> None:
    assert run().returncode == 0
    assert not server.requests
