"""W3C trace context, in and out."""

from __future__ import annotations

import pytest

import flowglass
from flowglass import context, trace
from tests.flowglass.sink import Sink

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HEADER = f"00-{TRACE}-{SPAN}-01"


def test_a_header_makes_the_parent(sink: Sink) -> None:
    with flowglass.continued({"Traceparent": HEADER, "TraceState": "vendor=1"}):
        assert context.trace_state() == "vendor=1"
        with trace("child"):
            headers: dict[str, str] = {}
            flowglass.inject(headers)
    flowglass.flush(20)
    child = sink.named("child")
    assert (child.trace_id, child.parent_id, child.flags) == (TRACE, SPAN, 0x301)
    assert headers == {"traceparent": f"00-{TRACE}-{child.span_id}-01", "tracestate": "vendor=1"}


def test_a_header_names_the_span_that_will_be_sent(sink: Sink) -> None:
    with trace("outer"), trace("inner"):
        header = flowglass.traceparent()
        assert flowglass.traceparent() == header
    flowglass.flush(20)
    inner, outer = sink.named("inner"), sink.named("outer")
    assert header == f"00-{inner.trace_id}-{inner.span_id}-01"
    assert inner.parent_id == outer.span_id and inner.trace_id == outer.trace_id
    assert inner.flags == 0x101


def test_without_a_span_there_is_no_header() -> None:
    headers: dict[str, str] = {}
    flowglass.inject(headers)
    assert (headers, flowglass.traceparent(), context.trace_state()) == ({}, "", "")


def test_what_is_not_recorded_says_so(sink: Sink) -> None:
    flowglass.configure(sample=0.0)
    with trace("unsampled"):
        assert flowglass.traceparent().endswith("-00")


@pytest.mark.parametrize(
    "header",
    ["", "nonsense", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"ff-{TRACE}-{SPAN}-01",
     f"00-{TRACE}-{SPAN}", f"00-{TRACE}-{SPAN}-01-more", f"00-{TRACE[:-1]}g-{SPAN}-01"],
)  # fmt: skip
def test_a_header_that_is_none_is_ignored(header: str) -> None:
    assert context.parse(header) is None
    with flowglass.continued({"traceparent": header}):
        assert flowglass.traceparent() == ""


def test_a_later_version_of_the_header_is_understood() -> None:
    parent = context.parse(f"01-{TRACE}-{SPAN}-01-more")
    assert parent is not None and parent[context.IDS].hex() == TRACE + SPAN


def test_ids_are_never_zero_and_never_the_same() -> None:
    made = {context._identifier(8) for _ in range(20_000)}
    assert len(made) == 20_000
    assert bytes(8) not in made
