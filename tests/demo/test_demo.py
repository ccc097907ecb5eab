"""The demo, run for real against a real Flowglass: what a person should find in it is there."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.otlp import ask
from tests.support.ports import free_port
from tests.support.running import ROOT, Flowglass, clean_environment
from tests.support.wait import wait_until

SECONDS = "8"
GROUPS = {"storefront", "orders", "pricing", "payments", "catalog"}
Row = dict[str, Any]


def five_free_ports() -> int:
    """The first of five ports in a row that nothing listens on."""
    while True:
        first = free_port()
        taken = []
        for port in range(first, first + 5):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    taken.append(port)
        if not taken and first + 5 < 65536:
            return first


def demo(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env=clean_environment(DEMO_PORT=str(five_free_ports()), **environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    """A Flowglass that the demo has run against."""
    with Flowglass(tmp_path_factory.mktemp("demo")) as flowglass:
        ran = demo({"DEMO_SECONDS": SECONDS, "FLOWGLASS_OTLP_PORT": str(flowglass.otlp_port)})
        assert ran.returncode == 0, ran.stderr
        assert "The shop is open" in ran.stdout
        wait_until(lambda: rows(flowglass, "process:=create_order"), "an order in the store")
        yield flowglass


def rows(flowglass: Flowglass, query: str) -> list[Row]:
    """Every matching span of the last hour, newest first."""
    found: list[Row] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {"q": query, "limit": "100", **({"cursor": cursor} if cursor else {})}
        answer = ask(f"{flowglass.page}/api/v1/traces?{urllib.parse.urlencode(asked)}")
        assert answer.status == 200, answer
        page = json.loads(answer.body)
        found += page["rows"]
        cursor = page["next_cursor"]
    return found


def trace_of(flowglass: Flowglass, row: Row) -> list[Row]:
    answer = ask(f"{flowglass.page}/api/v1/traces/{row['trace_id']}")
    assert answer.status == 200, answer
    return list(json.loads(answer.body)["spans"])


def depth(span: Row, spans: dict[str, Row]) -> int:
    above = spans.get(span["parent_span_id"])
    return 1 if above is None else 1 + depth(above, spans)


def test_every_program_of_the_shop_is_a_process_group(shop: Flowglass) -> None:
    assert {row["group"] for row in rows(shop, "")} >= GROUPS


def test_one_trace_crosses_both_kinds_of_tracer_and_nests_deeper_than_six(shop: Flowglass) -> None:
    spans = trace_of(shop, rows(shop, "process:=price_order status:ok")[0])
    by_id = {span["span_id"]: span for span in spans}
    assert {span["group"] for span in spans} >= {"storefront", "orders", "pricing", "catalog"}
    assert len({span["span_id"] for span in spans if not span["parent_span_id"]}) == 1
    assert max(depth(span, by_id) for span in spans) > 6


def test_an_order_that_cannot_be_priced_tells_the_wrong_value_in_a_child(shop: Flowglass) -> None:
    failed = rows(shop, "process:=price_order exception:PriceMissing")
    assert failed, "the fourth order asks for the article without a price"
    assert failed[0]["status"] == "ERROR"
    prices = [span for span in trace_of(shop, failed[0]) if span["process"] == "unit_price"]
    assert -1.0 in [span["data_value"] for span in prices]


def test_secrets_of_the_customers_are_masked(shop: Flowglass) -> None:
    text = json.dumps(rows(shop, ""))
    assert "tok_" not in text
    assert "@shop.example" not in text


def test_async_calls_and_calls_on_other_threads_stay_below_their_caller(shop: Flowglass) -> None:
    scored = rows(shop, "process:=card_history")[0]
    spans = {span["span_id"]: span for span in trace_of(shop, scored)}
    assert spans[scored["parent_span_id"]]["process"] == "fraud_score"


def test_the_demo_says_in_one_line_that_flowglass_does_not_answer() -> None:
    ran = demo({"DEMO_SECONDS": "1", "FLOWGLASS_OTLP_PORT": str(free_port())})
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert "make run" in ran.stderr


def test_the_demo_leaves_no_process_behind_when_it_is_interrupted(
    start_flowglass: Callable[..., Flowglass],
) -> None:
    flowglass = start_flowglass()
    base = five_free_ports()
    environment = clean_environment(DEMO_PORT=str(base), FLOWGLASS_OTLP_PORT=str(flowglass.otlp_port))
    running = subprocess.Popen(
        [sys.executable, "-m", "demo"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        assert "The shop is open" in running.stdout.readline()
        running.terminate()
        assert running.wait(30) == 0
    finally:
        running.kill()
        running.communicate()
    assert not [entry for entry in Path("/proc").iterdir() if _is_program(entry, str(base))]


def _is_program(entry: Path, port: str) -> bool:
    try:
        arguments = (entry / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"demo.program" in arguments and port.encode() in arguments
