"""The dashboard's server with a small application: ready when it answers, and gone within its grace."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.otlp import ask
from tests.support.ports import free_port
from tests.support.running import ROOT, clean_environment

PROGRAM = """
import sys, threading
from processes.checks import listen
from processes.web import WebServer

hang = threading.Event()

def application(environ, start_response):
    if environ["PATH_INFO"] == "/broken":
        raise ValueError("no such luck")
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/slow":
        print("waiting", flush=True)
        hang.wait()
    return [f"{threading.active_count() > 0}".encode()]

listener = listen("127.0.0.1", int(sys.argv[1]), "the page", "FLOWGLASS_PORT")
WebServer(lambda: application, listener, 4, lambda: print("ready", flush=True)).run()
"""


class Server:
    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.port)],
            cwd=ROOT,
            env=clean_environment(PYTHONPATH=str(ROOT)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def next_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    assert started.next_line() == "ready"
    yield started
    started.process.kill()
    started.process.communicate()


def test_it_answers_once_it_says_so(server: Server) -> None:
    answer = ask(server.url)
    assert (answer.status, answer.body) == (200, b"True")


def test_it_stops_while_a_request_hangs(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as waiting:
        waiting.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert server.next_line() == "waiting"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(25) == 0  # five times what Ctrl-C promises


def test_a_failing_request_is_logged_and_the_next_is_answered(server: Server) -> None:
    assert ask(f"{server.url}/broken").status == 500
    assert ask(server.url).status == 200
    server.process.terminate()
    _, errors = server.process.communicate(timeout=60)
    assert "no such luck" in errors


def test_its_starts_and_stops_are_not_told(server: Server) -> None:
    server.process.terminate()
    _, errors = server.process.communicate(timeout=60)
    assert errors == ""
