"""Starting, stopping, and what is said when a start is not possible."""

from __future__ import annotations

import json
import signal
import socket
import threading
import tomllib
from pathlib import Path

import pytest

from collector.main import VERSION
from tests.collector.reading import count_spans
from tests.support.collecting import RunningCollector
from tests.support.otlp import Answer, post, request, span
from tests.support.running import ROOT
from tests.support.wait import wait_until


def logged(running: RunningCollector) -> list[dict[str, object]]:
    return [json.loads(line) for line in running.lines if line.startswith("{")]


def said(running: RunningCollector) -> list[str]:
    """What was printed for the person at the terminal."""
    return [line for line in running.lines if not line.startswith("{")]


def test_the_version_is_the_project_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with RunningCollector(tmp_path) as running:
        assert post(running.traces, request([span("a")])).status == 200
        assert running.stop(number) == 0
        assert not said(running), running.lines
        assert not [line for line in logged(running) if line["level"] in ("warning", "error")]


def test_an_idle_connection_does_not_hold_the_end_up(tmp_path: Path) -> None:
    asking = b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n"
    with RunningCollector(tmp_path) as run, socket.create_connection(("127.0.0.1", run.port), 30) as silent:
        silent.sendall(asking)
        assert run.stop() == 0


def test_what_was_sent_before_the_signal_is_answered_and_stored(tmp_path: Path) -> None:
    answers: list[Answer] = []

    def send_much() -> None:
        try:
            while True:
                answers.append(post(running.traces, request([span(f"s{number}") for number in range(300)])))
        except OSError:
            pass  # it has stopped

    with RunningCollector(tmp_path) as running:
        senders = [threading.Thread(target=send_much) for _ in range(3)]
        for sender in senders:
            sender.start()
        wait_until(lambda: len(answers) >= 5, "some answers")
        assert running.stop() == 0
        for sender in senders:
            sender.join(60)
    assert {answer.status for answer in answers} <= {200, 503}
    taken = sum(answer.status == 200 for answer in answers)
    with RunningCollector(tmp_path) as again:
        stored = again.status()
        assert stored["stored"] == 0
        assert count_spans(again.folder) >= 300 * taken


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    running = RunningCollector(tmp_path)
    with socket.create_server(("127.0.0.1", running.port)):
        running.launch()
        assert running.exit_code() != 0
        (line,) = said(running)
        assert f"127.0.0.1:{running.port} is taken" in line
        assert "FLOWGLASS_OTLP_PORT" in line
        assert not running.folder.exists(), "nothing is made before it is known that it can start"
    running.end()


def test_a_taken_grpc_port_is_one_warning(tmp_path: Path) -> None:
    running = RunningCollector(tmp_path)
    with socket.create_server(("127.0.0.1", running.grpc_port)), running:
        (warning,) = wait_until(
            lambda: [line for line in logged(running) if line["level"] == "warning"], "the warning"
        )
        assert str(running.grpc_port) in str(warning["message"])
        assert "FLOWGLASS_OTLP_GRPC_PORT" in str(warning["message"])
        assert post(running.traces, request([span("a")])).status == 200


def test_the_grpc_port_can_be_off(tmp_path: Path) -> None:
    running = RunningCollector(tmp_path, FLOWGLASS_OTLP_GRPC_PORT="0")
    with running, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", running.grpc_port), 30)


def test_a_second_collector_on_the_same_folder_says_who_has_it(tmp_path: Path) -> None:
    with RunningCollector(tmp_path) as first:
        second = RunningCollector(tmp_path)
        second.launch()
        assert second.exit_code() != 0
        (line,) = said(second)
        assert first.process is not None
        assert str(first.process.pid) in line
        second.end()


def test_a_damaged_store_is_one_clear_line(tmp_path: Path) -> None:
    running = RunningCollector(tmp_path)
    running.folder.mkdir()
    (running.folder / "main.db").write_bytes(b"this is not a database, though it is long enough" * 300)
    running.launch()
    assert running.exit_code() != 0
    (line,) = said(running)
    assert "main.db" in line and "damaged" in line
    running.end()
