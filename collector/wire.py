"""OTLP's trace messages again, with their many small leaves left as bytes.

The wire format is the standard one. Leaving an attribute undecoded lets equal attributes be decoded
once: 3.6 µs a span against 8.2 µs with the generated classes (12 attributes, 512 spans a request).
A message that may stand once is REPEATED here: when it comes in parts, they are one message end to end.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

PACKAGE = "flowglass.wire"
REPEATED, SINGLE = Field.LABEL_REPEATED, Field.LABEL_OPTIONAL
BYTES, TEXT, INT32, UINT32 = Field.TYPE_BYTES, Field.TYPE_STRING, Field.TYPE_INT32, Field.TYPE_UINT32
FIXED32, FIXED64 = Field.TYPE_FIXED32, Field.TYPE_FIXED64

# message -> (field, number, type or message name, label); numbers as in trace.proto.
Fields = tuple[tuple[str, int, Any, Any], ...]
MESSAGES: dict[str, Fields] = {
    "Request": (("resource_spans", 1, "ResourceSpans", REPEATED),),
    "ResourceSpans": (
        ("resource", 1, BYTES, REPEATED),
        ("scope_spans", 2, "ScopeSpans", REPEATED),
        ("schema_url", 3, TEXT, SINGLE),
    ),
    "ScopeSpans": (
        ("scope", 1, BYTES, REPEATED),
        ("spans", 2, "Span", REPEATED),
        ("schema_url", 3, TEXT, SINGLE),
    ),
    "Span": (
        ("trace_id", 1, BYTES, SINGLE),
        ("span_id", 2, BYTES, SINGLE),
        ("trace_state", 3, TEXT, SINGLE),
        ("parent_span_id", 4, BYTES, SINGLE),
        ("flags", 16, FIXED32, SINGLE),
        ("name", 5, TEXT, SINGLE),
        ("kind", 6, INT32, SINGLE),
        ("start_time_unix_nano", 7, FIXED64, SINGLE),
        ("end_time_unix_nano", 8, FIXED64, SINGLE),
        ("attributes", 9, BYTES, REPEATED),
        ("dropped_attributes_count", 10, UINT32, SINGLE),
        ("events", 11, "Event", REPEATED),
        ("dropped_events_count", 12, UINT32, SINGLE),
        ("links", 13, "Link", REPEATED),
        ("dropped_links_count", 14, UINT32, SINGLE),
        ("status", 15, BYTES, REPEATED),
    ),
    "Event": (
        ("time_unix_nano", 1, FIXED64, SINGLE),
        ("name", 2, TEXT, SINGLE),
        ("attributes", 3, BYTES, REPEATED),
        ("dropped_attributes_count", 4, UINT32, SINGLE),
    ),
    "Link": (
        ("trace_id", 1, BYTES, SINGLE),
        ("span_id", 2, BYTES, SINGLE),
        ("trace_state", 3, TEXT, SINGLE),
        ("attributes", 4, BYTES, REPEATED),
        ("dropped_attributes_count", 5, UINT32, SINGLE),
        ("flags", 6, FIXED32, SINGLE),
    ),
    # google.rpc.Status, which OTLP answers errors with; its details are never used.
    "Failure": (("code", 1, INT32, SINGLE), ("message", 2, TEXT, SINGLE)),
}


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(name="flowglass/wire.proto", package=PACKAGE, syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, label in fields:
            made = message.field.add(name=field, number=number, label=label)
            if isinstance(kind, str):
                made.type, made.type_name = Field.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
            else:
                made.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


@cache
def message_class(name: str) -> Any:
    """The class of one of MESSAGES; "Request" parses an ExportTraceServiceRequest."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{PACKAGE}.{name}"))
