"""A real collector by itself: `python app.py collector` on free ports and a folder of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.support.otlp import ask
from tests.support.ports import free_port
from tests.support.running import APP, clean_environment
from tests.support.wait import wait_until


class RunningCollector:
    """One run of the collector. Use as a context manager; it leaves no process behind."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder / "db"
        self.port, self.grpc_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.traces = f"{self.url}/v1/traces"
        self.lines: list[str] = []
        self.environment = clean_environment(
            **{
                "FLOWGLASS_OTLP_PORT": str(self.port),
                "FLOWGLASS_OTLP_GRPC_PORT": str(self.grpc_port),
                "FLOWGLASS_DATA_DIR": str(self.folder),
                **environment,
            }
        )
        self.process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> RunningCollector:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def launch(self) -> None:
        """Starts without waiting for anything."""
        self.process = subprocess.Popen(
            [sys.executable, str(APP), "collector"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._collect, args=(self.process.stderr,), daemon=True)
        self._reader.start()

    def start(self) -> None:
        """Starts and waits until it answers."""
        self.launch()
        wait_until(lambda: self._answers() or not self.running(), "the collector")
        assert self.running(), "".join(self.lines)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 30.0) -> int:
        """Sends a signal and gives the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.exit_code(seconds)

    def exit_code(self, seconds: float = 60.0) -> int:
        assert self.process is not None and self._reader is not None
        code = self.process.wait(seconds)
        self._reader.join(10)
        return code

    def end(self) -> None:
        """Stops it if it still runs, and closes what was opened to it."""
        if self.running():
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                assert self.process is not None
                self.process.kill()
                raise
        if self.process is not None and self.process.stderr is not None:
            self.process.stderr.close()

    def status(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(ask(f"{self.url}/v1/flowglass/status").body)
        return document

    def _answers(self) -> bool:
        try:
            return ask(f"{self.url}/v1/flowglass/status").status == 200
        except OSError:
            return False

    def _collect(self, stream: Any) -> None:
        for line in stream:
            self.lines.append(line)
