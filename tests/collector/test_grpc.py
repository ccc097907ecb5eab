"""A gRPC client, on either port, is told what to set instead."""

from __future__ import annotations

import logging
import socket

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.support.collecting import RunningCollector
from tests.support.otlp import ask, post, request, span

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
SETTING = "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"


def test_the_stock_exporter_logs_what_to_set(
    asked: RunningCollector, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = OTLPSpanExporter(f"http://127.0.0.1:{asked.grpc_port}", insecure=True, timeout=30)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with caplog.at_level(logging.ERROR), provider.get_tracer("t").start_as_current_span("work"):
        pass
    provider.shutdown()
    assert "UNIMPLEMENTED" in caplog.text
    assert SETTING in caplog.text
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{asked.port}" in caplog.text


@pytest.mark.parametrize("which", ["port", "grpc_port"])
def test_every_call_of_a_grpc_client_gets_status_and_message(asked: RunningCollector, which: str) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{getattr(asked, which)}") as channel:
        for _ in range(3):
            with pytest.raises(grpc.RpcError) as failed:
                channel.unary_unary(EXPORT)(request([span("lost")]), timeout=30)
            assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED
            assert SETTING in failed.value.details()


def test_plain_http_on_the_grpc_port_gets_it_as_text(asked: RunningCollector) -> None:
    before = asked.status()["accepted"]
    for answer in (
        post(f"http://127.0.0.1:{asked.grpc_port}/v1/traces", request([span("lost")])),
        ask(f"http://127.0.0.1:{asked.grpc_port}/"),
    ):
        assert answer.status == 400
        assert answer.headers["content-type"].startswith("text/plain")
        assert SETTING in answer.body.decode()
        assert f"http://127.0.0.1:{asked.port}" in answer.body.decode()
    assert asked.status()["accepted"] == before


def test_the_grpc_port_keeps_foreign_pages_out_too(asked: RunningCollector) -> None:
    url = f"http://127.0.0.1:{asked.grpc_port}/"
    assert ask(url, headers={"Host": "evil.example"}).status == 403
    assert post(url, b"", {"Origin": "http://evil.example"}).status == 403


def test_bytes_that_are_no_protocol_are_answered_and_dropped(asked: RunningCollector) -> None:
    for hostile in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"\x00" * 4_000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff" * 9,
    ):
        with socket.create_connection(("127.0.0.1", asked.grpc_port), 30) as connection:
            connection.sendall(hostile)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    assert asked.running()
    assert asked.status()["writer"]["status"] == "OK"
