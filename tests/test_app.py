"""`python app.py` as people run it: ready, stopped, and every part killed in turn."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.ids import Code, Shell, Traces
from tests.support.command import Answer, app_py, command
from tests.support.otlp import ask, send, span
from tests.support.running import Flowglass, clean_environment
from tests.support.wait import wait_until

# Ctrl-C promises 5 s; a test may wait five times as long.
STOP_SECONDS = 25

Start = Callable[..., Flowglass]


def rows(run: Flowglass, query: str = "") -> list[dict[str, object]]:
    """What the page's API lists, newest first."""
    answer = ask(f"{run.page}/api/v1/traces?q={query}")
    assert answer.status == 200, answer
    listed: list[dict[str, object]] = json.loads(answer.body)["rows"]
    return listed


def stored(run: Flowglass, process: str) -> bool:
    return any(row["process"] == process for row in rows(run, process))


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str) -> bool:
    try:
        return ask(url).status == 200
    except OSError:
        return False


def test_it_prints_both_addresses_and_answers_on_them(start_flowglass: Start) -> None:
    run = start_flowglass()
    text = "".join(run.printed)
    assert run.page in text
    assert run.otlp in text
    assert ask(run.page).status == 200
    assert run.status()["writer"]["status"] == "OK"  # type: ignore[index]


def test_the_printed_line_sends_data(start_flowglass: Start) -> None:
    run = start_flowglass()
    line = next(line for line in run.printed if "send data" in line)
    variables = dict(re.findall(r"(OTEL_\w+)=(\S+)", line))
    program = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
provider.get_tracer("t").start_span("sent.as.printed").end()
provider.shutdown()
"""
    subprocess.run([sys.executable, "-c", program], env=clean_environment(**variables), check=True)
    wait_until(lambda: stored(run, "sent.as.printed"), "the span that the printed line sends")


def test_a_span_is_listed_as_soon_as_it_is_acknowledged(start_flowglass: Start) -> None:
    run = start_flowglass()
    send(run.otlp, [span("at.once")])
    assert stored(run, "at.once")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_everything(start_flowglass: Start, number: signal.Signals) -> None:
    run = start_flowglass()
    assert len(run.processes()) >= 3
    with socket.create_connection(("127.0.0.1", run.port)):  # an open page does not hold it up
        assert run.stop(number, STOP_SECONDS) == 0
    assert run.processes() == {}
    assert not listens(run.port)
    assert not listens(run.otlp_port)


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    with Flowglass(tmp_path) as run:
        send(run.otlp, [span("kept.over.restart")])
    with Flowglass(tmp_path) as run:
        assert stored(run, "kept.over.restart")


def test_a_killed_collector_comes_back_and_the_page_says_so_meanwhile(start_flowglass: Start) -> None:
    run = start_flowglass()
    page, first = run.pid_of("dashboard"), run.pid_of("collector")
    os.kill(first, signal.SIGSTOP)  # held, so that "meanwhile" lasts as long as it takes to look
    wait_until(lambda: not health(run)["collector"], "the page to notice")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: listens(run.otlp_port) and health(run)["collector"], "the collector to come back")
    send(run.otlp, [span("after.the.kill")])
    assert stored(run, "after.the.kill")
    assert run.pid_of("collector") != first
    assert run.pid_of("dashboard") == page


def health(run: Flowglass) -> dict[str, bool]:
    """Which parts `/health` calls ready."""
    answer = json.loads(ask(f"{run.page}/health").body)
    return {"store": answer["store"]["ready"], "collector": answer["collector"]["ready"]}


def test_a_killed_page_comes_back(start_flowglass: Start) -> None:
    run = start_flowglass()
    first = run.pid_of("dashboard")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: first not in run.processes() and answers(run.page), "the page to come back")
    assert run.pid_of("dashboard") not in (0, first)


def test_nothing_stays_when_the_parent_is_killed(start_flowglass: Start) -> None:
    run = start_flowglass()
    assert run.stop(signal.SIGKILL) == -signal.SIGKILL
    wait_until(lambda: run.processes() == {}, "the end of every child")
    assert not listens(run.port)
    assert not listens(run.otlp_port)


def test_each_part_starts_alone(tmp_path: Path) -> None:
    collector = Flowglass(tmp_path, arguments=["collector"])
    page = Flowglass(tmp_path, arguments=["dashboard"])
    page.environment["FLOWGLASS_OTLP_PORT"] = str(collector.otlp_port)
    try:
        collector.launch()
        page.launch()
        wait_until(lambda: listens(collector.otlp_port) and listens(page.port), "both parts")
        send(collector.otlp, [span("apart")])
        wait_until(lambda: stored(page, "apart"), "the span of the one on the page of the other")
        assert collector.stop(signal.SIGTERM) == 0
        assert ask(page.page).status == 200
        assert page.stop(signal.SIGTERM) == 0
    finally:
        collector.end()
        page.end()


def test_both_processes_log_json_lines(start_flowglass: Start) -> None:
    run = start_flowglass(settings='[log]\nlevel = "debug"\n')
    send(run.otlp, [span("logged")])
    ask(run.page)
    run.stop()
    assert {line["process"] for line in run.logged()} >= {"collector", "dashboard"}
    assert len(run.logged()) == len(run.lines)


def test_text_lines_for_people(start_flowglass: Start) -> None:
    run = start_flowglass(settings='[log]\nformat = "text"\nlevel = "debug"\n')
    run.stop()
    assert run.lines
    assert not run.logged()


def test_a_switched_off_tab_is_gone_from_page_routes_and_callbacks(start_flowglass: Start) -> None:
    run = start_flowglass(settings="[features]\ncode = false\n")
    layout = ask(f"{run.page}/_dash-layout").body.decode()
    dependencies = ask(f"{run.page}/_dash-dependencies").body.decode()
    assert Shell.tab_link("traces") in layout
    assert Shell.tab_link("code") not in layout
    assert Traces.ROOT.split("-")[0] + "-" in dependencies
    assert Code.ROOT.split("-")[0] + "-" not in dependencies


@pytest.mark.parametrize(
    ("run", "arguments"),
    [
        (app_py, ["--help"]),
        (command, ["-h"]),
        (command, ["dashboard", "--help"]),
        (command, ["collector", "--help"]),
    ],
)
def test_help_says_what_a_command_does(
    tmp_path: Path, run: Callable[..., Answer], arguments: list[str]
) -> None:
    answer = run(tmp_path, *arguments)
    assert answer.returncode == 0
    assert answer.stdout.startswith("Usage: app.py")
    assert "-fd" not in answer.stdout
