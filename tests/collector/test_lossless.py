"""Every field that the OTLP messages have comes back out of the store as it was sent."""

from __future__ import annotations

import itertools
import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import Phase, given, settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from collector.decode import JSON, PROTOBUF, Decoder
from config import Settings
from data.store import Store
from flowglass.redact import Redactor
from queries.base import Reader
from tests.collector.making import NOW_NS, REQUESTS, as_json
from tests.collector.reading import each_span, read_back
from tests.support.collecting import RunningCollector
from tests.support.otlp import post

# They index the string table of profiles; a trace request has none.
NOT_OF_TRACES = {"key_strindex", "string_value_strindex"}


class Filler:
    """Sets every field of a message, each to a value that occurs nowhere else."""

    def __init__(self, now_ns: int) -> None:
        self.numbers = itertools.count(1)
        self.now_ns = now_ns
        self.filled: set[str] = set()

    def fill(self, message: Any, depth: int = 0) -> None:
        """`depth` counts the values around this one."""
        for field in message.DESCRIPTOR.fields:
            if field.name in NOT_OF_TRACES:
                continue
            self.filled.add(field.full_name)
            if field.name in ("attributes", "values"):
                for kind in self._kinds(depth):
                    self._fill_item(getattr(message, field.name).add(), kind, depth)
            elif field.message_type and field.is_repeated:
                for _ in range(2):
                    self.fill(getattr(message, field.name).add(), depth)
            elif field.message_type:
                getattr(message, field.name).SetInParent()
                self.fill(getattr(message, field.name), depth)
            elif field.is_repeated:
                getattr(message, field.name).extend([self._scalar(field), self._scalar(field)])
            else:
                setattr(message, field.name, self._scalar(field))

    @staticmethod
    def _kinds(depth: int) -> list[str]:
        """One of each kind of value; lists and mappings end at some depth."""
        names = [field.name for field in AnyValue.DESCRIPTOR.fields if field.name not in NOT_OF_TRACES]
        return [name for name in names if depth < 2 or name not in ("array_value", "kvlist_value")]

    def _fill_item(self, item: Any, kind: str, depth: int) -> None:
        """A KeyValue, or an AnyValue of a list."""
        value = item
        if item.DESCRIPTOR is not AnyValue.DESCRIPTOR:
            key, value = item.DESCRIPTOR.fields_by_name["key"], item.value
            item.key = self._scalar(key)
            self.filled |= {key.full_name, item.DESCRIPTOR.fields_by_name["value"].full_name}
        field = AnyValue.DESCRIPTOR.fields_by_name[kind]
        self.filled.add(field.full_name)
        if field.message_type:
            getattr(value, kind).SetInParent()
            self.fill(getattr(value, kind), depth + 1)
        else:
            setattr(value, kind, self._scalar(field))

    def _scalar(self, field: FieldDescriptor) -> Any:
        number = next(self.numbers)
        special = {
            "trace_id": number.to_bytes(16, "big"),
            "span_id": number.to_bytes(8, "big"),
            "parent_span_id": number.to_bytes(8, "big"),
            "start_time_unix_nano": self.now_ns - 10**9 + number,
            "end_time_unix_nano": self.now_ns + number,
            "bool_value": True,
            "kind": 3,
            "code": 2,
        }
        if field.name in special:
            return special[field.name]
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            text = f"{field.name} {number}"
            return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
        return number + 0.5 if field.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE else number


def full_request(now_ns: int) -> tuple[ExportTraceServiceRequest, set[str]]:
    message, filler = ExportTraceServiceRequest(), Filler(now_ns)
    filler.fill(message)
    return message, filler.filled


def all_fields(descriptor: Any, seen: set[str]) -> set[str]:
    """Full names of the fields of a message and of all it holds."""
    for field in descriptor.fields:
        if field.name not in NOT_OF_TRACES and field.full_name not in seen:
            seen.add(field.full_name)
            if field.message_type:
                all_fields(field.message_type, seen)
    return seen


def test_the_request_of_this_test_has_every_field_there_is() -> None:
    _, filled = full_request(time.time_ns())
    assert filled == all_fields(ExportTraceServiceRequest.DESCRIPTOR, set())


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_every_field_comes_back_as_it_was_sent(tmp_path: Path, content_type: str) -> None:
    message, _ = full_request(time.time_ns())
    document = as_json(message)
    body = message.SerializeToString() if content_type == PROTOBUF else json.dumps(document).encode()
    with RunningCollector(tmp_path, FLOWGLASS_REDACTION__ENABLED="false") as running:
        assert post(running.traces, body, {"Content-Type": content_type}).body in (b"", b"{}")
        sent = list(each_span(document))
        assert len(sent) == 2 * 2 * 2
        with closing(Reader.open(running.folder)) as reader:
            for one in sent:
                assert read_back(reader, one) == one


def random_requests(count: int) -> list[ExportTraceServiceRequest]:
    """The same ones each time, with ids of their own; our tracer's attributes are looked at elsewhere."""
    made: list[ExportTraceServiceRequest] = []

    @settings(max_examples=count, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(REQUESTS)
    def collect(message: ExportTraceServiceRequest) -> None:
        made.append(message)

    collect()
    numbers = itertools.count(1)
    for span in (
        span
        for one in made
        for group in one.resource_spans
        for batch in group.scope_spans
        for span in batch.spans
    ):
        span.trace_id, span.end_time_unix_nano = next(numbers).to_bytes(16, "big"), NOW_NS
        foreign = [pair for pair in span.attributes if not pair.key.startswith(("flowglass.", "code."))]
        del span.attributes[:]
        span.attributes.extend(foreign)
    return made


def test_random_spans_come_back_as_they_were_sent(tmp_path: Path) -> None:
    used = Settings()
    store = Store.open(tmp_path, used.store, used.staleness, lambda: NOW_NS)
    decoder = Decoder(Redactor(enabled=False), 30, 1_000, lambda: NOW_NS)
    count = 0
    messages = random_requests(60)
    for message in messages:
        admitted = decoder.decode(message.SerializeToString(), PROTOBUF)
        count += store.write(admitted.spans).stored
        assert not admitted.rejected
    store.close()
    sent = [one for message in messages for one in each_span(as_json(message))]
    assert len(sent) == count > 100
    with closing(Reader.open(tmp_path)) as reader:
        for one in sent:
            assert read_back(reader, one) == one
