"""Both encodings say the same, and nothing is taken that the stock parser would refuse."""

from __future__ import annotations

import json
import random

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from bench.otlp import requests
from collector.decode import JSON, PROTOBUF, Decoder
from collector.errors import Malformed, TooLarge
from data.records import SpanIn
from data.seed import reference_spans
from flowglass.redact import Redactor
from tests.collector.making import NOW_NS, REQUESTS, as_json
from tests.support.otlp import request, span

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def decoder(most_spans: int = 1_000) -> Decoder:
    """One that masks nothing, at NOW_NS."""
    return Decoder(Redactor(enabled=False), 30, most_spans, lambda: NOW_NS)


def same(one: object, other: object) -> bool:
    """Equal, where NaN equals NaN and 1 is not True."""
    return repr(one) == repr(other)


def json_request(**fields: object) -> bytes:
    """One span in JSON, its fields replaced or added to."""
    whole = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "GET /orders",
        "startTimeUnixNano": str(NOW_NS - 5),
        "endTimeUnixNano": str(NOW_NS),
        **fields,
    }
    spans = [{"scope": {"name": "lib"}, "spans": [whole]}]
    return json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": spans}]}).encode()


def one(body: bytes, content_type: str = JSON) -> SpanIn:
    taken = decoder().decode(body, content_type)
    assert not taken.rejected
    return taken.spans[0]


@settings(max_examples=40, deadline=None)
@given(REQUESTS)
def test_protobuf_and_json_of_one_message_give_the_same_spans(message: ExportTraceServiceRequest) -> None:
    from_protobuf = decoder().decode(message.SerializeToString(), PROTOBUF)
    from_json = decoder().decode(json.dumps(as_json(message)).encode(), JSON)
    assert same(from_protobuf.spans, from_json.spans)
    assert from_protobuf.rejected == from_json.rejected


@settings(max_examples=40, deadline=None)
@given(REQUESTS)
def test_what_is_remembered_of_a_request_changes_nothing_in_the_next(
    message: ExportTraceServiceRequest,
) -> None:
    body, used = message.SerializeToString(), decoder()
    first = used.decode(body, PROTOBUF)
    assert same(first.spans, used.decode(body, PROTOBUF).spans)


def test_reference_spans_come_out_as_they_went_in() -> None:
    sent = {span.span_id: span for span in reference_spans(3_000, 7, NOW_NS)}
    used = decoder()
    got = [span for body in requests(sent.values()) for span in used.decode(body, PROTOBUF).spans]
    assert len(got) == len(sent)
    for span_ in got:
        assert same(span_, sent[span_.span_id])


def mutated(whole: bytes, rng: random.Random) -> bytes:
    """The same bytes with one to three of them changed, some cut short."""
    body = bytearray(whole)
    for _ in range(rng.randint(1, 3)):
        body[rng.randrange(len(body))] = rng.randrange(256)
    return bytes(body[: rng.randint(0, len(body))] if rng.random() < 0.3 else body)


def test_a_message_that_comes_in_parts_is_put_together() -> None:
    parts = [Span(status=Status(message="out of stock")), Span(status=Status(code=Status.STATUS_CODE_ERROR))]
    whole = next(requests(reference_spans(1, 3, NOW_NS)))
    message = ExportTraceServiceRequest.FromString(whole)
    (one,) = message.resource_spans[0].scope_spans[0].spans
    one.ClearField("status")
    body = one.SerializeToString() + b"".join(part.SerializeToString() for part in parts)
    batch = field(2, body)
    (found,) = decoder().decode(field(1, field(2, batch)), PROTOBUF).spans
    assert (found.status, found.status_message) == (2, "out of stock")


def field(number: int, content: bytes) -> bytes:
    """A field that holds a message, as protobuf writes it."""
    size, length = len(content), bytearray()
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + content


def test_bytes_are_taken_exactly_as_the_stock_parser_takes_them() -> None:
    rng = random.Random(11)
    whole = next(requests(reference_spans(12, 3, NOW_NS)))
    malformed = 0
    for _ in range(2_000):
        body = mutated(whole, rng)
        try:
            canonical = ExportTraceServiceRequest.FromString(body).SerializeToString()
        except DecodeError:
            malformed += 1
            with pytest.raises(Malformed):
                decoder().decode(body, PROTOBUF)
        else:
            assert same(decoder().decode(body, PROTOBUF).spans, decoder().decode(canonical, PROTOBUF).spans)
    assert 250 < malformed < 1_950


def test_ids_travel_as_hex_in_either_case() -> None:
    got = one(json_request(traceId=TRACE.upper(), parentSpanId="00F067AA0BA902B7"))
    assert got.trace_id.hex() == TRACE
    assert got.span_id.hex() == SPAN
    assert got.parent_span_id.hex() == "00f067aa0ba902b7"


def test_a_parent_of_zeros_is_no_parent() -> None:
    assert one(json_request(parentSpanId="0" * 16)).parent_span_id == b""


@pytest.mark.parametrize("kind", [2, "2", "SPAN_KIND_SERVER"])
def test_enumerations_may_be_numbers_or_names(kind: object) -> None:
    got = one(json_request(kind=kind, status={"code": "STATUS_CODE_ERROR", "message": "no"}))
    assert (got.kind, got.status, got.status_message) == (2, 2, "no")


def test_enumeration_numbers_of_the_future_count_as_unspecified() -> None:
    got = one(json_request(kind=77, status={"code": 9}))
    assert (got.kind, got.status) == (0, 0)


@pytest.mark.parametrize("number", [5, "5", 5.0])
def test_whole_numbers_may_be_texts(number: object) -> None:
    pair = {"key": "n", "value": {"intValue": number}}
    assert one(json_request(attributes=[pair], droppedEventsCount=number)).attributes == {"n": 5}


def test_unknown_fields_and_nulls_are_passed_over() -> None:
    got = one(json_request(future={"x": [1]}, attributes=None, status=None, kind=None))
    assert (got.attributes, got.status, got.kind) == ({}, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"resourceSpans": {}}',
        b'{"resourceSpans": [5]}',
        b'{"resourceSpans": [{"resource": [], "scopeSpans": [{}]}]}',
        json_request(traceId="zz"),
        json_request(traceId=5),
        json_request(name=5),
        json_request(kind="SPAN_KIND_NONE"),
        json_request(kind=1.5),
        json_request(startTimeUnixNano="1e9"),
        json_request(startTimeUnixNano=-1),
        json_request(startTimeUnixNano="9" * 5_000),
        json_request(flags=2**32),
        json_request(attributes={}),
        json_request(attributes=[5]),
        json_request(attributes=[{"key": 5}]),
        json_request(attributes=[{"key": "a", "value": 5}]),
        json_request(attributes=[{"key": "a", "value": {"intValue": str(2**63)}}]),
        json_request(attributes=[{"key": "a", "value": {"intValue": True}}]),
        json_request(attributes=[{"key": "a", "value": {"boolValue": 1}}]),
        json_request(attributes=[{"key": "a", "value": {"doubleValue": "five"}}]),
        json_request(attributes=[{"key": "a", "value": {"doubleValue": []}}]),
        json_request(attributes=[{"key": "a", "value": {"bytesValue": "*"}}]),
        json_request(attributes=[{"key": "a", "value": {"arrayValue": []}}]),
        json_request(attributes=[{"key": "a", "value": {"kvlistValue": {"values": [[]]}}}]),
        json_request(status=[]),
        json_request(events=[5]),
        json_request(links=["x"]),
    ],
)
def test_json_that_is_not_otlp_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decoder().decode(body, JSON)


def test_nesting_deeper_than_the_limit_is_cut_where_it_stands() -> None:
    value: dict[str, object] = {"stringValue": "deep"}
    for _ in range(200):
        value = {"arrayValue": {"values": [value]}}
    got = one(json_request(attributes=[{"key": "a", "value": value}])).attributes["a"]
    depth = 0
    while isinstance(got, list):
        got, depth = got[0], depth + 1
    assert (depth, got) == (17, "…")


def test_more_spans_than_a_request_may_carry_are_too_large() -> None:
    spans = [span(f"s{number}") for number in range(11)]
    with pytest.raises(TooLarge):
        decoder(10).decode(request(spans), PROTOBUF)
    body = json.loads(json_request())
    body["resourceSpans"][0]["scopeSpans"][0]["spans"] *= 11
    with pytest.raises(TooLarge):
        decoder(10).decode(json.dumps(body).encode(), JSON)


def test_spans_of_one_service_share_one_resource_and_scope_across_requests() -> None:
    used = decoder()
    first, second = (
        used.decode(request([span("a", start_ns=NOW_NS - 9, duration_ns=3)]), PROTOBUF) for _ in "ab"
    )
    assert first.spans[0].resource is second.spans[0].resource
    assert first.spans[0].scope is second.spans[0].scope
