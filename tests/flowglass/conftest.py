"""A sink that the tracer of this process sends to, and programs of their own that do the same."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import flowglass
from flowglass.settings import Settings
from flowglass.state import STATE
from tests.flowglass.sink import Sink

ROOT = Path(__file__).resolve().parents[2]
Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def server() -> Iterator[Sink]:
    """A sink nobody sends to yet."""
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def sink(server: Sink) -> Iterator[Sink]:
    """A sink the tracer of this process sends to, at the default settings."""
    defaults = vars(Settings())
    flowglass.configure(**{**defaults, "endpoint": f"{server.url}/v1/traces", "service": "tests"}, levels={})
    flowglass.flush(10)
    server.spans.clear()
    yield server
    flowglass.flush(10)
    flowglass.configure(**{**defaults, "exporter": False}, levels={})
    STATE.decisions = {}
    STATE.apply_all()


@pytest.fixture
def program(server: Sink, tmp_path: Path) -> Program:
    """Runs a program with its own tracer, which sends to `server`."""

    def run(text: str, *args: str, expect: int | None = 0, **env: str) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "program.py"
        script.write_text(textwrap.dedent(text), encoding="utf-8")
        given = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "OTEL_EXPORTER_OTLP_ENDPOINT": server.url,
            "PYTHONDONTWRITEBYTECODE": "1",
            **env,
        }
        command = [sys.executable, *args, str(script)]
        done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=120, cwd=tmp_path)
        assert expect is None or done.returncode == expect, done.stderr + done.stdout
        return done

    return run
