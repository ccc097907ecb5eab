"""The way to the collector: batches, retries, the circuit, drops, levels, reports."""

from __future__ import annotations

import threading

import pytest

import flowglass
from flowglass import trace
from flowglass.sender import FIRST_PAUSE, OPEN_AFTER
from flowglass.state import STATE
from flowglass.transport import Transport
from tests.flowglass.sink import Sink


@trace
def work(n: int) -> int:
    return n


def posts(sink: Sink) -> list[dict[str, str]]:
    return [headers for method, path, headers in sink.requests if path == "/v1/traces"]


def test_every_span_arrives_once_in_batches(sink: Sink) -> None:
    flowglass.configure(max_batch=100)
    before = flowglass.stats()
    for n in range(450):
        work(n)
    assert flowglass.flush(20)
    after = flowglass.stats()
    assert sorted(one.value("arg.n") for one in sink.spans) == list(range(450))
    assert len(posts(sink)) >= 5
    assert after["sent"] - before["sent"] == after["recorded"] - before["recorded"] == 450
    assert (after["queue"], after["state"]) == (0, "OK")


def test_it_speaks_protobuf_with_the_headers_it_was_told(sink: Sink) -> None:
    flowglass.configure(headers={"X-Tenant": "blue"})
    work(1)
    flowglass.flush(20)
    headers = posts(sink)[-1]
    assert (headers["Content-Type"], headers["X-Tenant"]) == ("application/x-protobuf", "blue")


def test_json_says_the_same_when_it_is_asked_for(sink: Sink) -> None:
    @trace
    def shapes(*values: object) -> float:
        raise ValueError("no")

    def run() -> list[object]:
        sink.spans.clear()
        values = {
            "nan": float("nan"),
            "inf": float("-inf"),
            "n": -5,
            "yes": True,
            "text": "ü",
            "big": 1 << 70,
        }
        with trace("outer", **values), pytest.raises(ValueError, match="no"):
            shapes(1, [2])
        flowglass.flush(20)
        for one in sink.spans:
            one.attributes.pop("flowglass.memory_delta", None)  # looked at on some calls only
        return [(one.name, repr(one.attributes), one.status) for one in sink.spans]

    run()  # sources travel with the first
    flowglass.configure(protocol="http/json")
    spoken = run()
    assert posts(sink)[-1]["Content-Type"] == "application/json"
    assert len({one.trace_id for one in sink.spans}) == 1
    assert sink.spans[0].parent_id == sink.spans[1].span_id
    assert sink.spans[0].events[0]["exception.message"] == "no"
    flowglass.configure(protocol="http/protobuf")
    assert run() == spoken


def test_gzip_when_asked_and_not_on_this_machine_otherwise(sink: Sink) -> None:
    for n in range(50):
        work(n)
    flowglass.flush(20)
    assert "Content-Encoding" not in posts(sink)[-1]
    flowglass.configure(compression="gzip")
    for n in range(50):
        work(n)
    flowglass.flush(20)
    assert posts(sink)[-1]["Content-Encoding"] == "gzip"
    assert len(sink.spans) == 100
    assert Transport("http://collector.example:4318/v1/traces", {}, 1, "auto").gzip


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_collector_that_is_busy_is_asked_again(sink: Sink, status: int) -> None:
    sink.answers.append((status, {}))
    work(1)
    assert not flowglass.flush(20)
    assert STATE.circuit == "DELAYED"
    assert len(sink.wait(1)) == 1
    assert flowglass.flush(20)
    assert STATE.circuit == "OK"


def test_what_a_collector_refuses_for_good_is_counted_as_dropped(sink: Sink) -> None:
    sink.answers.append((400, {}))
    before = flowglass.stats()["dropped"]
    work(1)
    assert flowglass.flush(20)
    assert flowglass.stats()["dropped"] == before + 1
    assert not sink.spans


def test_three_failures_open_the_circuit_and_one_success_closes_it(sink: Sink) -> None:
    for _ in range(OPEN_AFTER):
        sink.answers.append((503, {}))
    work(1)
    for _ in range(OPEN_AFTER):
        assert not flowglass.flush(20)
    assert STATE.circuit == "CIRCUIT_OPEN"
    assert flowglass.flush(20)
    assert STATE.circuit == "OK"
    assert len(sink.spans) == 1


def test_retry_after_is_waited_for(sink: Sink) -> None:
    flowglass.flush(10)
    sender = flowglass.configure.__self__.sender  # type: ignore[attr-defined]
    sink.answers.append((429, {"Retry-After": "120"}))
    work(1)
    assert not flowglass.flush(20)
    assert sender.next_try - sender.now() > 100 * FIRST_PAUSE
    assert flowglass.flush(20)  # asking for it tries at once


def test_a_full_queue_drops_and_counts(sink: Sink) -> None:
    sink.answers.append((429, {"Retry-After": "120"}))
    work(0)
    flowglass.flush(20)
    flowglass.configure(max_queue=10)
    before = flowglass.stats()
    for n in range(100_000):
        work(n)
    stats = flowglass.stats()
    dropped = stats["dropped"] - before["dropped"]
    assert dropped > 0
    assert stats["recorded"] - before["recorded"] == 100_000
    flowglass.configure(max_queue=2048)
    assert flowglass.flush(20)
    assert len(sink.spans) == 100_001 - dropped


def test_nothing_is_lost_while_the_connection_breaks(sink: Sink) -> None:
    for n in range(20):
        work(n)
        flowglass.flush(20)
        sender = flowglass.configure.__self__.sender  # type: ignore[attr-defined]
        if sender.transport.connection and sender.transport.connection.sock:
            sender.transport.connection.sock.shutdown(2)
    assert flowglass.flush(20)
    assert sorted({one.value("arg.n") for one in sink.spans}) == list(range(20))


def test_it_reports_how_it_does(sink: Sink) -> None:
    work(1)
    flowglass.configure(level="counts")
    sender = flowglass.configure.__self__.sender  # type: ignore[attr-defined]
    for _ in range(5):
        work(1)
    sender.due["report"] = 0.0
    sink.reports.clear()
    flowglass.flush(20)
    sink.wait_until(lambda: sink.reports)
    report = sink.reports[-1]
    assert {"service", "pid", "recorded", "sent", "dropped", "queue", "state"} <= set(report)
    assert (report["service"], report["state"], report["queue"]) == ("tests", "OK", 0)
    assert 0 < report["ns_per_call"] < 1_000_000
    assert {"name": "work", "scope": __name__, "calls": 5} in report["counted"]


def test_levels_come_from_the_collector_and_are_asked_for_with_a_tag(sink: Sink) -> None:
    sink.levels = {"levels": [{"pattern": f"{__name__}.wo*", "level": "timing"}], "sources": []}
    flowglass.configure()
    flowglass.flush(20)
    work(1)
    flowglass.flush(20)
    assert sink.spans[-1].value("arg.n") is None
    sink.levels = {"levels": [{"pattern": "*", "level": "off"}], "sources": []}
    sender = flowglass.configure.__self__.sender  # type: ignore[attr-defined]
    sender.due["levels"] = 0.0
    flowglass.flush(20)
    before = len(sink.spans)
    work(2)
    flowglass.flush(20)
    assert len(sink.spans) == before
    assert any("If-None-Match" in headers for method, _path, headers in sink.requests if method == "GET")
    sink.levels = {}
    flowglass.configure()
    flowglass.flush(20)
    work(3)
    flowglass.flush(20)
    assert sink.spans[-1].value("arg.n") == 3


@pytest.mark.parametrize("document", [b"", b"[]", b"null", b'{"levels": 3}', b'{"levels": [1]}', b"\xff"])
def test_an_answer_that_makes_no_sense_changes_nothing(document: bytes) -> None:
    STATE.decide(document)
    assert STATE.decisions == {}


def test_another_back_end_is_rarely_asked_what_only_ours_answers(sink: Sink) -> None:
    sink.levels_status = 404
    flowglass.configure()
    sender = flowglass.configure.__self__.sender  # type: ignore[attr-defined]
    sender.due["report"] = 0.0
    work(1)
    assert flowglass.flush(20)
    assert min(sender.due["levels"], sender.due["report"]) - sender.now() > 30


def test_eight_threads_lose_nothing(sink: Sink) -> None:
    flowglass.configure(max_queue=100_000)

    def many() -> None:
        for n in range(1_000):
            work(n)

    threads = [threading.Thread(target=many) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert flowglass.flush(30)
    assert len(sink.spans) == 8_000
    assert len({one.span_id for one in sink.spans}) == 8_000
    assert len({one.attributes["thread.id"] for one in sink.spans}) >= 1


def test_nothing_is_sent_when_another_exporter_was_asked_for(sink: Sink) -> None:
    flowglass.configure(exporter=False)
    sink.requests.clear()
    work(1)
    assert flowglass.flush(20)
    assert not sink.requests
