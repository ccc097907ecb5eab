"""OTLP bytes through HTTP until they are committed, by a real collector with everything on."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.otlp import SPANS_A_REQUEST, requests
from bench.rows import RUNS, Row, at_least, figure
from data.seed import reference_spans
from tests.support.ports import free_port
from tests.support.running import clean_environment
from tests.support.wait import wait_until

APP = Path(__file__).resolve().parents[1] / "app.py"
MOST_SPANS = 150_000  # of one run: 70 MB of requests, made beforehand
WARM_REQUESTS = 20
SENDERS = 4
TICKS = os.sysconf("SC_CLK_TCK")
PROTOBUF = {"Content-Type": "application/x-protobuf"}


def rows(spans: int) -> list[Row]:
    """The rows of docs/benchmarks.md."""
    bodies = list(requests(reference_spans(min(spans, MOST_SPANS), 1, time.time_ns())))
    runs = sorted((ingest(bodies) for _ in range(RUNS)), key=lambda run: run.per_cpu)
    middle = runs[len(runs) // 2]
    how = (
        f"{middle.spans:,} spans of the reference data in requests of {SPANS_A_REQUEST}, {SENDERS} senders, "
        "into an empty store; CPU of the collector process, user and system, after "
        f"{WARM_REQUESTS} requests to warm up; redaction, text search, staleness and repeats on"
    )
    return [
        at_least("ingest, OTLP bytes to committed", middle.per_cpu, 15_000, 40_000, how, "spans/s of CPU"),
        Row("the same by the clock", figure(middle.per_second, "spans/s"), "senders share the machine"),
        Row("slowest answer", figure(middle.slowest * 1_000, "ms"), "of all requests of the middle run"),
    ]


class Run:
    """What one run took."""

    def __init__(self, spans: int, cpu: float, seconds: float, slowest: float) -> None:
        self.spans = spans
        self.per_cpu = spans / cpu
        self.per_second = spans / seconds
        self.slowest = slowest


def ingest(bodies: Sequence[bytes]) -> Run:
    """Sends all bodies to a fresh collector and insists that every span was stored."""
    with tempfile.TemporaryDirectory() as folder, collector(Path(folder)) as (pid, port):
        send(port, bodies[:WARM_REQUESTS])
        before, cpu, clock = status(port)["stored"], cpu_seconds(pid), time.perf_counter()
        slowest = send(port, bodies[WARM_REQUESTS:])
        seconds, used = time.perf_counter() - clock, cpu_seconds(pid) - cpu
        now = status(port)
        assert not now["rejected"] and now["stored"] == now["accepted"], now
        return Run(now["stored"] - before, used, seconds, slowest)


@contextmanager
def collector(folder: Path, **environment: str) -> Iterator[tuple[int, int]]:
    """A collector of its own: its process id and port."""
    port = free_port()
    settings = {
        "FLOWGLASS_OTLP_PORT": str(port),
        "FLOWGLASS_OTLP_GRPC_PORT": "0",
        "FLOWGLASS_DATA_DIR": str(folder / "db"),
        "FLOWGLASS_LOG__LEVEL": "warning",
    }
    process = subprocess.Popen(
        [sys.executable, str(APP), "collector"], env=clean_environment(**settings, **environment)
    )
    try:
        wait_until(lambda: answers(port), "the collector")
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(30)


def answers(port: int) -> bool:
    try:
        return bool(status(port))
    except OSError:
        return False


def status(port: int) -> dict[str, int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/v1/flowglass/status")
    document: dict[str, int] = json.loads(connection.getresponse().read())
    connection.close()
    return document


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def send(port: int, bodies: Sequence[bytes]) -> float:
    """Sends from several threads, each on one connection; the slowest answer in seconds."""
    waiting = iter(bodies)
    lock = threading.Lock()
    times: list[float] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                connection.close()
                return
            began = time.perf_counter()
            while not _sent(connection, body):
                time.sleep(0.05)
            times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=work) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(times, default=0.0)


def _sent(connection: http.client.HTTPConnection, body: bytes) -> bool:
    connection.request("POST", "/v1/traces", body, PROTOBUF)
    answer = connection.getresponse()
    answer.read()
    assert answer.status in (200, 429), answer.status
    return answer.status == 200
