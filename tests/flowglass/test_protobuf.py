"""Our bytes are what the official OTLP messages read."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from flowglass import protobuf

SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
    st.none(),
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)


def plain(value: AnyValue) -> Any:
    """An official AnyValue as Python."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: plain(pair.value) for pair in value.kvlist_value.values}
    return getattr(value, kind) if kind else None


@given(VALUES)
def test_every_value_reads_back_the_same(value: Any) -> None:
    assert plain(AnyValue.FromString(protobuf.any_value(value))) == value


@given(NAMES, VALUES)
def test_an_attribute_reads_back_the_same(name: str, value: Any) -> None:
    (read,) = Span.FromString(protobuf.attribute(protobuf.key(name), value)).attributes
    assert (read.key, plain(read.value)) == (name, value)


def test_true_is_not_one_and_one_is_not_true() -> None:
    read = Span.FromString(protobuf.attributes([("a", True), ("b", 1), ("c", 1.0), ("d", False)])).attributes
    kinds = [one.value.WhichOneof("value") for one in read]
    assert kinds == ["bool_value", "int_value", "double_value", "bool_value"]


def test_what_is_no_number_stays_none() -> None:
    assert math.isnan(plain(AnyValue.FromString(protobuf.any_value(math.nan))))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**300])
def test_an_integer_beyond_64_bits_travels_as_text(number: int) -> None:
    assert plain(AnyValue.FromString(protobuf.any_value(number))) == str(number)


def test_an_enormous_integer_stays_short() -> None:
    assert len(protobuf.any_value(1 << 1_000_000)) < 2_000


def test_a_lone_surrogate_does_not_break_the_message() -> None:
    assert plain(AnyValue.FromString(protobuf.any_value("a\ud800b"))) == "a?b"


@given(st.integers(0, 2**64 - 1))
def test_varints_of_every_size_read_back(number: int) -> None:
    flags = b"\x60" + protobuf.varint(number)  # dropped_events_count... any varint field will do
    assert Span.FromString(flags).dropped_events_count == number & 0xFFFFFFFF


def test_a_whole_request_reads_back() -> None:
    span = (
        protobuf.field(0x0A, b"t" * 16)
        + protobuf.field(0x12, b"s" * 8)
        + protobuf.field(0x22, b"p" * 8)
        + protobuf.field(0x2A, b"shop.total")
        + b"\x30\x01"
        + protobuf.times(1_700_000_000_000_000_001, 1_700_000_000_000_000_009)
        + protobuf.attributes([("flowglass.arg.n", 3)])
        + protobuf.event(5, "exception", [("exception.type", "ValueError"), ("exception.message", "no")])
        + protobuf.status(2, "no")
    )
    body = protobuf.request(
        protobuf.resource([("service.name", "shop"), ("process.pid", 7)]),
        [(protobuf.scope("shop.orders", "1.2"), [span, span]), (protobuf.scope("other"), [])],
    )
    (group,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert {one.key: plain(one.value) for one in group.resource.attributes} == {
        "service.name": "shop",
        "process.pid": 7,
    }
    first, second = group.scope_spans
    assert (first.scope.name, first.scope.version, second.scope.name) == ("shop.orders", "1.2", "other")
    assert len(first.spans) == 2 and not second.spans
    read = first.spans[0]
    assert (read.trace_id, read.span_id, read.parent_span_id) == (b"t" * 16, b"s" * 8, b"p" * 8)
    assert (read.name, read.kind) == ("shop.total", Span.SPAN_KIND_INTERNAL)
    assert read.end_time_unix_nano - read.start_time_unix_nano == 8
    assert (read.status.code, read.status.message) == (2, "no")
    assert [one.key for one in read.events[0].attributes] == ["exception.type", "exception.message"]


def test_long_contents_carry_long_lengths() -> None:
    text = "x" * 3_000_000
    read = Span.FromString(protobuf.attributes([("a", text)]))
    assert read.attributes[0].value.string_value == text
