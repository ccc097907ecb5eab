"""What the collector's port answers, asked over real sockets."""

from __future__ import annotations

import gzip
import json
import socket

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tests.support.collecting import RunningCollector
from tests.support.otlp import Answer, ask, post, request, span

PROTOBUF, JSON = "application/x-protobuf", "application/json"
LIMIT = 200_000  # as the fixture sets it
MINUTE_NS = 60 * 10**9


def failure(answer: Answer) -> tuple[int, str]:
    """Code and message of a google.rpc.Status, in the encoding it says it has."""
    if answer.headers["content-type"] == PROTOBUF:
        status = Status.FromString(answer.body)
        return status.code, status.message
    document = json.loads(answer.body)
    return document["code"], document["message"]


def test_all_taken_is_an_empty_answer_of_the_same_type(asked: RunningCollector) -> None:
    answer = post(asked.traces, request([span("a")]))
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, PROTOBUF, b"")
    answer = post(asked.traces, b'{"resourceSpans": []}', {"Content-Type": f"{JSON}; charset=utf-8"})
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, JSON, b"{}")


def test_an_empty_protobuf_request_is_a_valid_one(asked: RunningCollector) -> None:
    assert post(asked.traces, b"").status == 200


def test_refused_spans_are_counted_and_explained_and_the_rest_is_stored(asked: RunningCollector) -> None:
    before = asked.status()
    made = [span("good"), span("old", start_ns=5), span("odd", trace_id=bytes(16)), span("older", start_ns=6)]
    answer = post(asked.traces, request(made))
    partial = ExportTraceServiceResponse.FromString(answer.body).partial_success
    assert (answer.status, partial.rejected_spans) == (200, 3)
    assert "too_old" in partial.error_message and "bad_trace_id" in partial.error_message
    after = asked.status()
    assert after["stored"] == before["stored"] + 1
    assert after["rejected"]["too_old"] == before["rejected"].get("too_old", 0) + 2


def test_partial_success_in_json_has_its_count_as_text(asked: RunningCollector) -> None:
    one = {"traceId": "1" * 32, "spanId": "1" * 16, "startTimeUnixNano": "5", "endTimeUnixNano": "6"}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}
    answer = post(asked.traces, json.dumps(body).encode(), {"Content-Type": JSON})
    partial = json.loads(answer.body)["partialSuccess"]
    assert partial["rejectedSpans"] == "1"
    assert "too_old" in partial["errorMessage"]


def test_an_acknowledged_span_counts_as_stored_at_once(asked: RunningCollector) -> None:
    before = asked.status()["stored"]
    assert post(asked.traces, request([span("a"), span("b")])).status == 200
    assert asked.status()["stored"] == before + 2


def test_a_repeated_request_is_acknowledged_and_not_stored_again(asked: RunningCollector) -> None:
    body = request([span("again")])
    before = asked.status()
    assert [post(asked.traces, body).status for _ in range(3)] == [200, 200, 200]
    after = asked.status()
    assert (after["stored"], after["repeats"]) == (before["stored"] + 1, before["repeats"] + 2)


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_malformed_bytes_are_400_in_the_same_encoding(asked: RunningCollector, content_type: str) -> None:
    answer = post(asked.traces, b"\xff\xff{", {"Content-Type": content_type})
    assert (answer.status, answer.headers["content-type"]) == (400, content_type)
    assert failure(answer)[0] == 3
    assert failure(answer)[1]


def test_gzip_is_taken_and_broken_gzip_malformed(asked: RunningCollector) -> None:
    packed = gzip.compress(request([span("packed")]))
    before = asked.status()["stored"]
    assert post(asked.traces, packed, {"Content-Encoding": "gzip"}).status == 200
    assert asked.status()["stored"] == before + 1
    assert post(asked.traces, packed[:-4], {"Content-Encoding": "gzip"}).status == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
def test_other_methods_are_405_and_told_which(asked: RunningCollector, method: str) -> None:
    answer = ask(asked.traces, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_a_request_over_the_limit_is_413_however_it_is_sent(asked: RunningCollector) -> None:
    packed = {"Content-Encoding": "gzip"}
    assert post(asked.traces, bytes(LIMIT + 1)).status == 413
    assert post(asked.traces, bytes(20 * LIMIT)).status == 413
    assert post(asked.traces, gzip.compress(bytes(LIMIT + 1)), packed).status == 413
    assert post(asked.traces, gzip.compress(bytes(100 * 2**20)), packed).status == 413
    answer = post(asked.traces, b" " * (LIMIT + 1), {"Content-Type": JSON})
    assert answer.status == 413
    assert str(LIMIT) in failure(answer)[1]
    assert (
        post(asked.traces, gzip.compress(b" " * (LIMIT - 2) + b"{}"), {"Content-Type": JSON, **packed}).status
        == 200
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": PROTOBUF, "Content-Encoding": "br"},
        {"Content-Type": JSON, "Content-Encoding": "zstd"},
    ],
)
def test_other_types_and_packings_are_415(asked: RunningCollector, headers: dict[str, str]) -> None:
    answer = ask(asked.traces, body=b"x", headers=headers)
    assert answer.status == 415
    assert PROTOBUF in failure(answer)[1] and JSON in failure(answer)[1]


def test_other_paths_are_404_and_told_the_right_one(asked: RunningCollector) -> None:
    answer = post(f"{asked.url}/v1/logs", b"x")
    assert answer.status == 404
    assert "/v1/traces" in failure(answer)[1]


def test_foreign_pages_are_kept_out(asked: RunningCollector) -> None:
    body = request([span("foreign")])
    before = asked.status()["stored"]
    assert post(asked.traces, body, {"Host": "evil.example"}).status == 403
    assert post(asked.traces, body, {"Origin": "http://evil.example"}).status == 403
    assert ask(f"{asked.url}/v1/flowglass/status", headers={"Host": "evil.example"}).status == 403
    assert asked.status()["stored"] == before
    assert post(asked.traces, body, {"Origin": f"http://localhost:{asked.port}"}).status == 200


def test_an_upgrade_to_a_websocket_is_refused(asked: RunningCollector) -> None:
    asking = (
        "GET /v1/traces HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", asked.port), 30) as connection:
        connection.sendall(asking.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 405 ")


def test_one_connection_serves_many_requests(asked: RunningCollector) -> None:
    body = request([span("kept alive")])
    head = (
        f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: {PROTOBUF}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", asked.port), 30) as connection:
        for _ in range(5):
            connection.sendall(head.encode() + body)
            got = b""
            while b"\r\n\r\n" not in got:
                got += connection.recv(4096)
            assert got.startswith(b"HTTP/1.1 200 ")


def test_a_chunked_body_and_a_patient_client_are_understood(asked: RunningCollector) -> None:
    body = request([span("in chunks")])
    head = (
        f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: {PROTOBUF}\r\n"
        "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", asked.port), 30) as connection:
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        for part in (body[:7], body[7:]):
            connection.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_the_status_has_every_field_that_others_rely_on(asked: RunningCollector) -> None:
    post(asked.traces, request([span("a")]))
    status = asked.status()
    assert status["writer"]["status"] == "OK"
    assert int(status["writer"]["since_ns"]) > 0
    assert set(status["queue"]) == {"spans", "bytes", "max_spans", "max_bytes", "oldest_ms", "peak_spans"}
    assert int(status["last_commit_ns"]) >= int(status["started_ns"])
    assert status["last_commit_ms"] > 0
    assert status["accepted"] == status["stored"] + status["repeats"]
    assert status["pid"] > 0 and status["version"]


def test_refused_requests_are_counted_by_their_answer(asked: RunningCollector) -> None:
    before = asked.status()["refused"].get("400", 0)
    post(asked.traces, b"\xff")
    assert asked.status()["refused"]["400"] == before + 1


REPORT = {
    "service": "shop",
    "pid": 77,
    "recorded": 10,
    "sent": 8,
    "dropped": 2,
    "queue": 0,
    "ns_per_call": 512.5,
}


def test_what_tracers_report_is_told(asked: RunningCollector) -> None:
    for recorded in (10, 20):
        report = {**REPORT, "recorded": recorded, "state": "DELAYED"}
        assert post(f"{asked.url}/v1/flowglass/tracer", json.dumps(report).encode()).status == 200
    (told,) = [one for one in asked.status()["tracers"] if one["service"] == "shop"]
    assert (told["pid"], told["recorded"], told["sent"], told["dropped"]) == (77, 20, 8, 2)
    assert (told["state"], told["ns_per_call"]) == ("DELAYED", 512.5)
    assert int(told["seen_ns"]) > 0
    assert (told["counted"], told["braked"]) == ({}, {})


def test_functions_that_are_only_counted_or_braked_are_told(asked: RunningCollector) -> None:
    report = {
        **REPORT,
        "service": "counting",
        "counted": [
            {"name": "f", "scope": "shop", "calls": 5},
            {"name": "g", "scope": "", "calls": 6},
            {"name": 1},
            7,
        ],
        "braked": {"shop.h": "counts", "shop.i": "loud"},
    }
    assert post(f"{asked.url}/v1/flowglass/tracer", json.dumps(report).encode()).status == 200
    (told,) = [one for one in asked.status()["tracers"] if one["service"] == "counting"]
    assert told["counted"] == {"shop.f": 5, "g": 6}
    assert told["braked"] == {"shop.h": "counts"}
    nonsense = {**report, "counted": "many", "braked": []}
    assert post(f"{asked.url}/v1/flowglass/tracer", json.dumps(nonsense).encode()).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        json.dumps({**REPORT, "service": ""}).encode(),
        json.dumps({**REPORT, "service": 5}).encode(),
        json.dumps({**REPORT, "pid": -1}).encode(),
        json.dumps({**REPORT, "sent": "5"}).encode(),
        json.dumps({**REPORT, "dropped": True}).encode(),
        json.dumps({**REPORT, "state": "FINE"}).encode(),
        json.dumps({**REPORT, "ns_per_call": "x"}).encode(),
        json.dumps({**REPORT, "ns_per_call": -1}).encode(),
    ],
)
def test_a_report_that_makes_no_sense_is_400(asked: RunningCollector, body: bytes) -> None:
    assert post(f"{asked.url}/v1/flowglass/tracer", body).status == 400


def test_a_report_is_small(asked: RunningCollector) -> None:
    body = json.dumps({**REPORT, "more": "x" * 70_000}).encode()
    assert post(f"{asked.url}/v1/flowglass/tracer", body).status == 413


def test_levels_have_a_tag_and_304_while_nothing_changes(asked: RunningCollector) -> None:
    url = f"{asked.url}/v1/flowglass/levels?service=nobody"
    first = ask(url)
    assert json.loads(first.body) == {"service": "nobody", "levels": [], "sources": []}
    tag = first.headers["etag"]
    again = ask(url, headers={"If-None-Match": tag})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert ask(url, headers={"If-None-Match": '"other"'}).status == 200


def test_levels_ask_for_the_sources_that_are_missing(asked: RunningCollector) -> None:
    url = f"{asked.url}/v1/flowglass/levels?service=sourceless"
    version = {"flowglass.code.version": "abc123"}
    assert post(asked.traces, request([span("f", attributes=version)], "sourceless")).status == 200
    first = ask(url)
    assert json.loads(first.body)["sources"] == ["abc123"]
    told = {**version, "flowglass.source": "def f(): ..."}
    assert post(asked.traces, request([span("f", attributes=told)], "sourceless")).status == 200
    then = ask(url, headers={"If-None-Match": first.headers["etag"]})
    assert (then.status, json.loads(then.body)["sources"]) == (200, [])


def test_the_machine_s_other_loopback_answers_too(asked: RunningCollector) -> None:
    answer = ask(f"http://[::1]:{asked.port}/v1/flowglass/status")
    assert answer.status == 200
