"""Captured traces in every format: read alike, shifted alike, and refused with the place that is wrong."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from commands.base import CannotDo
from commands.captures import FORMATS, latest_ns, read, shift, spans_of, split
from tests.support.otlp import request, span

TRACE, SPAN, PARENT = bytes(range(16)), bytes(range(8)), bytes(range(8, 16))
START = 1_790_000_000_000_000_001
BODY = request(
    [
        span(
            "one",
            trace_id=TRACE,
            span_id=SPAN,
            parent=PARENT,
            start_ns=START,
            attributes={"n": 2**60, "b": True},
        ),
        span("two", trace_id=TRACE, span_id=PARENT, start_ns=START + 5, error="no such luck"),
    ]
)
TREE: dict[str, Any] = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeSpans": [
                {
                    "scope": {"name": "tests"},
                    "spans": [
                        {"traceId": TRACE.hex(), "spanId": SPAN.hex(), "name": "one",
                         "startTimeUnixNano": "1", "endTimeUnixNano": "5",
                         "events": [{"name": "e", "timeUnixNano": "2"}]},
                        {"traceId": TRACE.hex(), "spanId": PARENT.hex(), "name": "two",
                         "startTimeUnixNano": 3, "endTimeUnixNano": 4},
                    ],
                }
            ],
        }
    ]
}  # fmt: skip


def write(folder: Path, content: bytes) -> Path:
    file = folder / "capture"
    file.write_bytes(content)
    return file


def names(file: Path, kind: Any = "auto") -> list[str]:
    return [one["name"] for capture in read(file, kind) for one in spans_of(capture.tree)]


def test_protobuf_becomes_json_with_ids_as_hex_and_numbers_whole(tmp_path: Path) -> None:
    (capture,) = read(write(tmp_path, BODY), "auto")
    one, two = spans_of(capture.tree)
    assert (one["traceId"], one["spanId"], one["parentSpanId"]) == (TRACE.hex(), SPAN.hex(), PARENT.hex())
    assert one["startTimeUnixNano"] == str(START)
    assert {"key": "n", "value": {"intValue": str(2**60)}} in one["attributes"]
    assert two["events"][0]["name"] == "exception"
    assert "parentSpanId" not in two


@pytest.mark.parametrize("count", [1, 3])
def test_messages_with_their_length_before_each_are_read_one_by_one(tmp_path: Path, count: int) -> None:
    file = write(tmp_path, (struct.pack(">I", len(BODY)) + BODY) * count)
    assert names(file) == ["one", "two"] * count
    assert sum(capture.bytes for capture in read(file, "auto")) == len(BODY) * count


def test_protobuf_that_begins_like_json_is_not_taken_for_it(tmp_path: Path) -> None:
    for length in range(1, 200):
        body = request([span("x" * length)])
        if body[1:2] == b"{":
            assert names(write(tmp_path, body)) == ["x" * length]
            return
    raise AssertionError("no length gives such a body")


def test_links_keep_their_ids(tmp_path: Path) -> None:
    message = ExportTraceServiceRequest.FromString(BODY)
    message.resource_spans[0].scope_spans[0].spans[0].links.add(trace_id=TRACE, span_id=PARENT)
    (capture,) = read(write(tmp_path, message.SerializeToString()), "auto")
    one = next(spans_of(capture.tree))
    assert one["links"] == [{"traceId": TRACE.hex(), "spanId": PARENT.hex()}]


@pytest.mark.parametrize(
    "content",
    [
        orjson.dumps(TREE) + b"\n\n" + orjson.dumps(TREE) + b"\n",
        orjson.dumps(TREE) + b"\n" + orjson.dumps(TREE),
    ],
)
def test_json_lines_are_read_one_by_one(tmp_path: Path, content: bytes) -> None:
    assert names(write(tmp_path, content)) == ["one", "two", "one", "two"]


def test_one_request_over_many_lines_is_read(tmp_path: Path) -> None:
    assert names(write(tmp_path, json.dumps(TREE, indent=2).encode())) == ["one", "two"]


@pytest.mark.parametrize("content", [BODY, orjson.dumps(TREE)])
def test_a_compressed_file_is_read_as_well(tmp_path: Path, content: bytes) -> None:
    assert names(write(tmp_path, gzip.compress(content))) == ["one", "two"]


def test_shifting_moves_every_time_and_nothing_else() -> None:
    tree = orjson.loads(orjson.dumps(TREE))
    assert latest_ns(tree) == 5
    shift(tree, 100)
    one, two = spans_of(tree)
    assert (one["startTimeUnixNano"], one["endTimeUnixNano"]) == ("101", "105")
    assert one["events"] == [{"name": "e", "timeUnixNano": "102"}]
    assert (two["startTimeUnixNano"], two["endTimeUnixNano"]) == ("103", "104")
    assert latest_ns(tree) == 105


def test_splitting_keeps_resource_and_scope_with_every_part() -> None:
    first, second = split(TREE, 1)
    assert [one["name"] for one in spans_of(first)] == ["one"]
    assert [one["name"] for one in spans_of(second)] == ["two"]
    for part in (first, second):
        assert part["resourceSpans"][0]["resource"] == TREE["resourceSpans"][0]["resource"]
        assert part["resourceSpans"][0]["scopeSpans"][0]["scope"] == {"name": "tests"}
    assert list(split({"resourceSpans": [{"scopeSpans": [{}]}, {}]}, 5)) == []


BAD = [
    (b"\x00\x01\x02 nothing of the kind", "message 1 is not an OTLP request"),
    (b'{"a": 1}', "line 1 holds no resourceSpans"),
    (b"[]", "line 1 holds no resourceSpans"),
    (b"{", "is not JSON"),
    (orjson.dumps(TREE) + b"\nnot json\n", "line 2 is not JSON"),
    (b'{"resourceSpans": [3]}', "line 1 is not shaped as an OTLP request"),
    (b'{"resourceSpans": [{"scopeSpans": [{"spans": [[]]}]}]}', "line 1 is not shaped as an OTLP request"),
    (
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "soon"}]}]}]}',
        "line 1 is not shaped as an OTLP request",
    ),
    (b'{"data": [{"traceID": "1"}]}', "is not what Jaeger exports: KeyError"),
    (b'{"data": [{"traceID": "1"', "is not JSON"),
    (gzip.compress(BODY)[:-9], "cannot be read"),
]


@pytest.mark.parametrize(("content", "said"), BAD)
def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    file = write(tmp_path, content)
    with pytest.raises(CannotDo) as caught:
        names(file)
    assert said in caught.value.message
    assert caught.value.message.startswith(str(file))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("kind", FORMATS[1:])
def test_a_format_that_is_named_is_not_guessed(tmp_path: Path, kind: str) -> None:
    content = {"otlp-json": BODY, "otlp-proto": orjson.dumps(TREE), "jaeger": orjson.dumps(TREE)}[kind]
    with pytest.raises(CannotDo):
        names(write(tmp_path, content), kind)
