"""A real Flowglass: `python app.py` on free ports and a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.otlp import ask
from tests.support.ports import free_port
from tests.support.wait import wait_until

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app.py"
READY_LINE = "Flowglass is ready"


# Whether processes started now count for coverage: it costs them 70 % more CPU, so few do (conftest.py).
measured = False


def clean_environment(**extra: str) -> dict[str, str]:
    """This environment without what would set Flowglass or a tracer, plus what is given."""
    left_out = ("FLOWGLASS_", "OTEL_") if measured else ("FLOWGLASS_", "OTEL_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, **extra}


class Flowglass:
    """One run of app.py. Use as a context manager; it leaves no process behind."""

    def __init__(
        self,
        folder: Path,
        settings: str = "",
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.data_dir = folder / "db"
        self.port, self.otlp_port, self.grpc_port = free_port(), free_port(), free_port()
        self.page = f"http://127.0.0.1:{self.port}"
        self.arguments = list(arguments)
        self.prefix = list(prefix)
        self.lines: list[str] = []
        self.printed: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "flowglass.toml"
        config.write_text(settings, encoding="utf-8")
        self.environment = clean_environment(
            FLOWGLASS_CONFIG=str(config),
            FLOWGLASS_PORT=str(self.port),
            FLOWGLASS_OTLP_PORT=str(self.otlp_port),
            FLOWGLASS_OTLP_GRPC_PORT=str(self.grpc_port),
            FLOWGLASS_DATA_DIR=str(self.data_dir),
        )
        self.environment.update(environment or {})
        self.otlp = f"http://127.0.0.1:{self.environment['FLOWGLASS_OTLP_PORT']}"
        self.process: subprocess.Popen[str] | None = None
        self.readers: list[threading.Thread] = []

    def __enter__(self) -> Flowglass:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.end()

    def launch(self) -> Flowglass:
        """Starts without waiting for anything."""
        self.process = subprocess.Popen(
            [*self.prefix, sys.executable, str(APP), *self.arguments],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.readers = [
            threading.Thread(target=_collect, args=(self.process.stdout, self.printed), daemon=True),
            threading.Thread(target=_collect, args=(self.process.stderr, self.lines), daemon=True),
        ]
        for reader in self.readers:
            reader.start()
        return self

    def start(self) -> Flowglass:
        """Starts and waits until both addresses have been printed."""
        self.launch()
        wait_until(self._ready_or_dead, "ready line")
        assert self.running(), "".join(self.lines)
        return self

    def _ready_or_dead(self) -> bool:
        return any(READY_LINE in line for line in self.printed) or not self.running()

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, number: signal.Signals = signal.SIGINT, seconds: float = 30.0) -> int:
        """Sends a signal and gives the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.exit_code(seconds)

    def exit_code(self, seconds: float = 60.0) -> int:
        assert self.process is not None
        code = self.process.wait(seconds)
        for reader in self.readers:
            reader.join(10)
        return code

    def end(self) -> None:
        """Stops whatever still runs, whatever state it is in."""
        if self.running():
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                assert self.process is not None
                self.process.kill()
                raise
        if self.process is not None:
            for stream in (self.process.stdout, self.process.stderr):
                if stream is not None:
                    stream.close()

    def processes(self) -> dict[int, str]:
        """Every living process of this run, by its command line, found by its data folder."""
        mark = f"FLOWGLASS_DATA_DIR={self.data_dir}\0".encode()
        return {
            int(entry.name): command
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and (command := _command_if_marked(entry, mark))
        }

    def pid_of(self, part: str) -> int:
        """The process started as `app.py <part>`, the parent of any workers; 0 when there is none."""
        pids = [pid for pid, command in self.processes().items() if f"app.py {part} " in f"{command} "]
        return min(pids, default=0)

    def logged(self) -> list[dict[str, object]]:
        """The JSON lines on stderr so far."""
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def status(self) -> dict[str, object]:
        """The collector's own account."""
        answer: dict[str, object] = json.loads(ask(f"{self.otlp}/v1/flowglass/status").body)
        return answer


def _collect(stream: object, lines: list[str]) -> None:
    for line in stream:  # type: ignore[attr-defined]
        lines.append(line)


def _command_if_marked(entry: Path, mark: bytes) -> str:
    """The command line of a living process that carries the mark in its environment, else ""."""
    try:
        if mark not in (entry / "environ").read_bytes() + b"\0":
            return ""
        if "State:\tZ" in (entry / "status").read_text():
            return ""
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
