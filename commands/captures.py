"""Captured traces in a file, whatever its format, as OTLP JSON requests one after the other."""

from __future__ import annotations

import base64
import gzip
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

import orjson
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from commands.base import CannotDo
from commands.jaeger import is_jaeger, to_otlp

Format = Literal["auto", "otlp-json", "otlp-proto", "jaeger"]
FORMATS = ("auto", "otlp-json", "otlp-proto", "jaeger")
Tree = dict[str, Any]
PREFIX = struct.Struct(">I")  # the OpenTelemetry Collector's file exporter writes it before each message
# JSON has none of these; protobuf has one wherever it nests. Its first byte alone looks like a line feed.
NOT_IN_TEXT = bytes(set(range(32)) - {9, 10, 13})
IDS = ("traceId", "spanId", "parentSpanId")


@dataclass(frozen=True)
class Capture:
    """One request, and how many bytes of the file it took."""

    tree: Tree
    bytes: int


def read(file: Path, kind: Format) -> Iterator[Capture]:
    """The requests in a file, gzip or not; CannotDo names the place that cannot be read."""
    try:
        with _open(file) as stream:
            kind = _guess(stream) if kind == "auto" else kind
            yield from {"otlp-json": _json_lines, "otlp-proto": _protobuf, "jaeger": _jaeger}[kind](stream)
    except (OSError, EOFError) as error:
        raise CannotDo(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except _Unreadable as error:
        raise CannotDo(f"{file} {error}") from None


class _Unreadable(Exception):
    """What is wrong with the content, told after the file's name."""


def _open(file: Path) -> IO[bytes]:
    with file.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(file)) if packed else file.open("rb")


def _guess(stream: IO[bytes]) -> Format:
    head = stream.read(65_536)
    stream.seek(0)
    if head.translate(None, NOT_IN_TEXT) != head or head.lstrip()[:1] not in (b"{", b"["):
        return "otlp-proto"
    return "jaeger" if is_jaeger(head) else "otlp-json"


def _json_lines(stream: IO[bytes]) -> Iterator[Capture]:
    """A request a line, or one request in the whole file."""
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            tree = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            if number > 1:
                raise _Unreadable(f"line {number} is not JSON: {error}") from None
            yield _whole(line + stream.read())
            return
        yield Capture(_request(tree, f"line {number}"), len(line))


def _whole(text: bytes) -> Capture:
    try:
        return Capture(_request(orjson.loads(text), "content"), len(text))
    except orjson.JSONDecodeError as error:
        raise _Unreadable(f"is not JSON: {error}") from None


def _request(tree: Any, where: str) -> Tree:
    """The tree, if spans and their times are where OTLP has them."""
    if not isinstance(tree, dict) or not isinstance(tree.get("resourceSpans"), list):
        raise _Unreadable(f"{where} holds no resourceSpans: it is not an OTLP request for traces")
    try:
        latest_ns(tree)
    except (AttributeError, TypeError, ValueError):
        raise _Unreadable(f"{where} is not shaped as an OTLP request for traces") from None
    return tree


def _jaeger(stream: IO[bytes]) -> Iterator[Capture]:
    text = stream.read()
    try:
        yield Capture(to_otlp(orjson.loads(text)), len(text))
    except orjson.JSONDecodeError as error:
        raise _Unreadable(f"is not JSON: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _Unreadable(f"is not what Jaeger exports: {type(error).__name__} {error}") from None


def _protobuf(stream: IO[bytes]) -> Iterator[Capture]:
    """Messages with their length before each, or one message in the whole file."""
    content = stream.read()
    parts = list(_parts(content)) or [content]
    for number, part in enumerate(parts, 1):
        try:
            message = ExportTraceServiceRequest.FromString(part)
        except DecodeError:
            raise _Unreadable(f"message {number} is not an OTLP request for traces") from None
        yield Capture(_tree(message), len(part))


def _parts(content: bytes) -> Iterator[bytes]:
    """The messages between their lengths; nothing when the content is not laid out so."""
    found, at = [], 0
    while at + PREFIX.size <= len(content):
        (size,) = PREFIX.unpack_from(content, at)
        at += PREFIX.size + size
        if at > len(content):
            return
        found.append(content[at - size : at])
    if at == len(content):
        yield from found


def _tree(message: ExportTraceServiceRequest) -> Tree:
    """As OTLP's JSON: like protobuf's own, but ids are hex."""
    tree: Tree = MessageToDict(message)
    for span in spans_of(tree):
        for holder in (span, *span.get("links", ())):
            for name in IDS:
                if name in holder:
                    holder[name] = base64.b64decode(holder[name]).hex()
    return tree


def spans_of(tree: Tree) -> Iterator[Tree]:
    """Every span of a request."""
    for resource in tree["resourceSpans"]:
        for scope in resource.get("scopeSpans", ()):
            yield from scope.get("spans", ())


def latest_ns(tree: Tree) -> int:
    """When the last of its spans ended; 0 when there is none."""
    ends = (
        int(span.get("startTimeUnixNano", 0)) and int(span.get("endTimeUnixNano", 0))
        for span in spans_of(tree)
    )
    return max(ends, default=0)


def shift(tree: Tree, by_ns: int) -> None:
    """Moves every time of a request."""
    for span in spans_of(tree):
        _move(span, "startTimeUnixNano", by_ns)
        _move(span, "endTimeUnixNano", by_ns)
        for event in span.get("events", ()):
            _move(event, "timeUnixNano", by_ns)


def _move(holder: Tree, name: str, by_ns: int) -> None:
    holder[name] = str(int(holder.get(name, 0)) + by_ns)


def split(tree: Tree, size: int) -> Iterator[Tree]:
    """The same spans in requests of at most `size` each, each with its resource and scope."""
    for resource in tree["resourceSpans"]:
        for scope in resource.get("scopeSpans", ()):
            spans = scope.get("spans", ())
            for at in range(0, len(spans), size):
                part = {**scope, "spans": spans[at : at + size]}
                yield {"resourceSpans": [{**resource, "scopeSpans": [part]}]}
