"""A real Prometheus Alertmanager, from Debian, on a free port."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.ports import free_port
from tests.support.wait import wait_until

CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


class Alertmanager:
    """What it knows."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that are active there."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts?active=true", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def ready(self) -> bool:
        try:
            return self.alerts() == []
        except (urllib.error.URLError, ConnectionError):
            return False


@contextmanager
def alertmanager(folder: Path) -> Iterator[Alertmanager]:
    """Started, and ended with the block."""
    program = shutil.which("prometheus-alertmanager")
    assert program, "missing: apt-get install prometheus-alertmanager (make test does it)"
    folder.mkdir()
    (folder / "alertmanager.yml").write_text(CONFIG)
    port = free_port()
    process = subprocess.Popen(
        [
            program, f"--config.file={folder / 'alertmanager.yml'}", f"--storage.path={folder}",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        running = Alertmanager(port)
        wait_until(running.ready, "Alertmanager")
        yield running
    finally:
        process.terminate()
        process.wait(20)
