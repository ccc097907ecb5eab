"""The story of the Code Inspector, with the real tracer: an edit makes a function slower, the tab names it.

Two runs of one program, before and after the edit, work side by side, so that a busy machine slows both.
Their spans are kept by a sender of this test, moved into the past (two hours of calls), and sent on.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from callbacks import code, code_values
from callbacks.context import Context
from callbacks.shared import SharedResults
from config import Settings
from dashboard import fn, url
from dashboard.ids import Code
from dashboard.url import PageState
from queries.base import Reader
from queries.code import functions
from tests.support.browser import Browsers, texts
from tests.support.components import texts as texts_in
from tests.support.otlp import post
from tests.support.page import status
from tests.support.running import ROOT, Flowglass, clean_environment
from tests.support.wait import wait_until

CALLS, THREADS = 480, 8
HOUR = 3_600 * 10**9
BEFORE = """\
import time

from flowglass import trace


@trace
def price_order(amount):
    time.sleep(0.030)
    return amount * 2
"""
AFTER = BEFORE.replace("    return", "    time.sleep(0.006)  # asks the audit first\n    return")
PROGRAM = """\
import sys
from concurrent.futures import ThreadPoolExecutor

import flowglass
from shop import price_order

price_order(0)
assert flowglass.flush(60)
print("called", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(THREADS) as pool:
    list(pool.map(price_order, range(CALLS)))
assert flowglass.flush(60)
"""
ODD = """\
# -*- coding: latin-1 -*-
from flowglass import trace


class Cart:
    @trace
    def total(self):
        return 1


class Bill:
    @trace
    def total(self):
        return 2


def outer():
\t@trace
\tdef inner():
\t\treturn "é"

\treturn inner()


double = trace(lambda x: x * 2)
triple = trace(lambda x: x * 3)
made = {"trace": trace, "__name__": "odd"}
exec("@trace\\ndef generated(n):\\n    return n", made)
Cart().total(), Bill().total(), outer(), double(1), triple(1), made["generated"](3)
"""


class Kept:
    """Stands where the tracer thinks the collector is, and keeps the requests of each program apart."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        kept = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/v1/traces":
                    body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
                    kept.requests.append(ExportTraceServiceRequest.FromString(body))
                self.do_GET()

            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/v1/traces" else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def moved(self, first_ns: int, last_ns: int) -> list[bytes]:
        """The requests with their calls spread over this time, each as long as it was."""
        spans = [span for one in self.requests for span in spans_of(one)]
        spans.sort(key=lambda span: span.start_time_unix_nano)
        step = (last_ns - first_ns) // len(spans)
        for at, span in enumerate(spans):
            lasted = span.end_time_unix_nano - span.start_time_unix_nano
            span.start_time_unix_nano = first_ns + at * step
            span.end_time_unix_nano = span.start_time_unix_nano + lasted
        return [one.SerializeToString() for one in self.requests]


def spans_of(request: ExportTraceServiceRequest) -> list[Span]:
    return [span for group in request.resource_spans for scope in group.scope_spans for span in scope.spans]


def start(folder: Path, to: str, script: str) -> subprocess.Popen[str]:
    environment = clean_environment(
        PYTHONPATH=f"{ROOT}:{folder}", OTEL_EXPORTER_OTLP_ENDPOINT=to, OTEL_SERVICE_NAME="shop"
    )
    return subprocess.Popen(
        [sys.executable, str(folder / script)], env=environment, cwd=folder, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def run_before_and_after(folder: Path, now: int, to: str) -> None:
    """Runs the program, edits the function, runs it again; both then work at the same time."""
    (folder / "main.py").write_text(
        textwrap.dedent(PROGRAM).replace("THREADS", str(THREADS)).replace("CALLS", str(CALLS)),
        encoding="utf-8",
    )
    with closing(Kept()) as old, closing(Kept()) as new:
        running = []
        for kept, text in ((old, BEFORE), (new, AFTER)):
            (folder / "shop.py").write_text(text, encoding="utf-8")
            running.append(start(folder, kept.url, "main.py"))
            assert running[-1].stdout is not None
            assert running[-1].stdout.readline() == "called\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in running:
            process.communicate(timeout=300)
            assert process.returncode == 0
        bodies = old.moved(now - 2 * HOUR, now - HOUR) + new.moved(now - HOUR, now)
    for body in bodies:
        assert post(f"{to}/v1/traces", body).status == 200


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    """A Flowglass that holds both runs, and a program of oddly made functions."""
    folder = tmp_path_factory.mktemp("story")
    with Flowglass(folder / "flowglass", "[features]\nself_tracing = false\n") as running:
        run_before_and_after(folder, time.time_ns(), running.otlp)
        (folder / "odd.py").write_bytes(ODD.encode("latin-1"))
        odd = start(folder, running.otlp, "odd.py")
        odd.communicate(timeout=300)
        assert odd.returncode == 0
        yield running


@pytest.mark.browser
def test_an_edit_that_slows_a_function_by_a_fifth_is_told_and_named(
    served: Flowglass, browsers: Browsers
) -> None:
    browser = browsers.open(served.page + "/code?range=6h")
    wait_until(lambda: "Changed" in texts(browser, ".code-start h2"), "the list of changed functions")
    name, group, version, _ = texts(browser, ".start-changed tbody td")
    assert (name, group, version[:3]) == ("price_order", "shop", "v2 ")
    browser.driver.find_element("css selector", ".start-changed tbody a").click()
    said = wait_until(lambda: texts(browser, f"#{Code.VERDICT} b"), "the verdict")[0]
    assert said.startswith("v2 is "), texts(browser, f"#{Code.VERDICT}")
    assert said.endswith(" % slower than v1"), said
    assert 10 <= int(said.split()[2]) <= 30, said
    assert "481 calls against 481" in texts(browser, f"#{Code.VERDICT}")[0]
    new = wait_until(lambda: texts(browser, f"#{Code.SOURCE} .ln.newl .cd"), "the new line")
    assert new == ["    time.sleep(0.006)  # asks the audit first"]
    names = f"#{Code.VERSIONS} tbody td:first-child"
    wait_until(lambda: texts(browser, names) == ["v2", "v1"], "the versions")
    browser.driver.find_element("link text", "Compare with v1").click()
    wait_until(lambda: texts(browser, f"#{Code.SOURCE} .ln.add .cd") == new, "the difference")


def test_oddly_made_functions_each_have_a_page_of_their_own(served: Flowglass) -> None:
    reader = Reader.open(served.data_dir)
    context = Context(Settings(), reader, status, SharedResults(), time.time_ns)
    names = {one.name: one for one in functions(reader, "", limit=50) if one.group == "shop"}
    lines = {"double": ODD.split("\n").index("double = trace(lambda x: x * 2)") + 1}
    lambdas = [f"<lambda>:{lines['double']}", f"<lambda>:{lines['double'] + 1}"]
    assert sorted(names) == sorted(
        ["Cart.total", "Bill.total", "outer.<locals>.inner", *lambdas, "generated", "price_order"]
    )

    def drawn(name: str) -> tuple[str, str]:
        """Source and note of a function's page."""
        chosen = fn.write("shop", names[name].scope, name)
        data = url.as_data(PageState("code", range="6h", fn=chosen))
        assert code.show_function(context, data, None)[0] is False
        assert code_values.show_values(context, data, None)[0] is not None
        _, note, lines, _ = code.show_source(context, data, None, None)
        shown = [] if lines is None else ["".join(part for _, part in line["t"]) for line in lines["lines"]]
        return "\n".join(shown), " ".join(texts_in(note) if note is not None else [])

    assert drawn("Cart.total")[0].endswith("return 1")
    assert drawn("Bill.total")[0].endswith("return 2")
    assert drawn("outer.<locals>.inner")[0].endswith('\treturn "é"')
    assert drawn(lambdas[0])[0] == "double = trace(lambda x: x * 2)"
    assert drawn(lambdas[1])[0] == "triple = trace(lambda x: x * 3)"
    assert drawn("generated") == ("", drawn("generated")[1])
    assert "has no source text" in drawn("generated")[1]
    reader.close()
