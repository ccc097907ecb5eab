"""OTLP as JSON into spans: hex ids, 64-bit integers as texts, enumerations by number or name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Status as StatusMessage

from collector import assemble
from collector.admit import Admitted, Window, refusal
from collector.attributes import Attributes
from collector.clean import Cleaner
from collector.errors import Malformed, TooLarge
from collector.limits import Limits
from collector.values import integer, listed, text
from data.records import Event, Link, Resource, Scope, SpanIn

UINT32, UINT64, INT32 = range(2**32), range(2**64), range(-(2**31), 2**31)
KIND_NAMES: Mapping[str, int] = dict(SpanMessage.SpanKind.items())
STATUS_NAMES: Mapping[str, int] = dict(StatusMessage.StatusCode.items())


class JsonDecoder:
    """The same spans as ProtobufDecoder, from the other encoding."""

    def __init__(self, attributes: Attributes, cleaner: Cleaner, limits: Limits) -> None:
        self.attributes = attributes
        self.cleaner = cleaner
        self.limits = limits

    def decode(self, body: bytes, window: Window, most_spans: int) -> Admitted:
        """All spans of a request, the odd ones counted."""
        try:
            request = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Malformed(f"not JSON: {error}") from None
        admitted = Admitted()
        left = most_spans
        for group in listed(request, "resourceSpans"):
            batches = listed(group, "scopeSpans")
            of_resource = self._resource(_object(group, "resource"), _text(group, "schemaUrl"))
            for batch in batches:
                spans = listed(batch, "spans")
                left -= len(spans)
                if left < 0:
                    raise TooLarge(f"more than {most_spans} spans in one request")
                of_scope = self._scope(_object(batch, "scope"), _text(batch, "schemaUrl"))
                for span in spans:
                    self._span(span, of_resource, of_scope, window, admitted)
        return admitted

    def _span(
        self, span: Any, of_resource: Resource, of_scope: Scope, window: Window, admitted: Admitted
    ) -> None:
        pairs, dropped_attributes = assemble.within(listed(span, "attributes"), self.limits.attributes)
        events, dropped_events = self._events(listed(span, "events"))
        links, dropped_links = self._links(listed(span, "links"))
        status = _object(span, "status")
        trace_id, span_id, parent_id = _hex(span, "traceId"), _hex(span, "spanId"), _hex(span, "parentSpanId")
        start_ns, end_ns = _int(span, "startTimeUnixNano", UINT64), _int(span, "endTimeUnixNano", UINT64)
        made: SpanIn = assemble.span(
            trace_id,
            span_id,
            parent_id,
            self.cleaner.name(_text(span, "name")),
            _enumeration(span, "kind", KIND_NAMES),
            start_ns,
            end_ns,
            _enumeration(status, "code", STATUS_NAMES),
            self.cleaner.text(_text(status, "message")),
            of_resource,
            of_scope,
            [self.attributes.from_json(pair) for pair in pairs],
            events,
            links,
            self.cleaner.name(_text(span, "traceState")),
            _int(span, "flags", UINT32),
            _int(span, "droppedAttributesCount", UINT32) + dropped_attributes,
            _int(span, "droppedEventsCount", UINT32) + dropped_events,
            _int(span, "droppedLinksCount", UINT32) + dropped_links,
        )
        reason = refusal(trace_id, span_id, parent_id, start_ns, end_ns, window)
        if reason:
            admitted.rejected[reason] += 1
        else:
            admitted.spans.append(made)

    def _events(self, messages: list[Any]) -> tuple[tuple[Event, ...], int]:
        kept, extra = assemble.within(messages, self.limits.events)
        return tuple(map(self._event, kept)), extra

    def _event(self, event: Any) -> Event:
        pairs, dropped = assemble.within(listed(event, "attributes"), self.limits.attributes)
        return Event(
            _int(event, "timeUnixNano", UINT64),
            self.cleaner.name(_text(event, "name")),
            self.attributes.plain_from_json(pairs),
            _int(event, "droppedAttributesCount", UINT32) + dropped,
        )

    def _links(self, messages: list[Any]) -> tuple[tuple[Link, ...], int]:
        kept, extra = assemble.within(messages, self.limits.links)
        return tuple(map(self._link, kept)), extra

    def _link(self, link: Any) -> Link:
        pairs, dropped = assemble.within(listed(link, "attributes"), self.limits.attributes)
        return Link(
            _hex(link, "traceId")[:16],
            _hex(link, "spanId")[:8],
            self.cleaner.name(_text(link, "traceState")),
            self.attributes.plain_from_json(pairs),
            _int(link, "droppedAttributesCount", UINT32) + dropped,
            _int(link, "flags", UINT32),
        )

    def _resource(self, message: Mapping[str, Any], schema_url: str) -> Resource:
        pairs, dropped = assemble.within(listed(message, "attributes"), self.limits.attributes)
        attributes = self.attributes.plain_from_json(pairs)
        entities = [
            {
                "schema_url": _text(entity, "schemaUrl"),
                "type": _text(entity, "type"),
                "id_keys": [text(key, "idKeys") for key in listed(entity, "idKeys")],
                "description_keys": [
                    text(key, "descriptionKeys") for key in listed(entity, "descriptionKeys")
                ],
            }
            for entity in listed(message, "entityRefs")
        ]
        assemble.with_entities(attributes, entities, self.cleaner)
        count = _int(message, "droppedAttributesCount", UINT32) + dropped
        return assemble.resource(attributes, count, self.cleaner.name(schema_url), self.cleaner)

    def _scope(self, message: Mapping[str, Any], schema_url: str) -> Scope:
        pairs, dropped = assemble.within(listed(message, "attributes"), self.limits.attributes)
        return Scope(
            self.cleaner.name(_text(message, "name")),
            self.cleaner.name(_text(message, "version")),
            self.attributes.plain_from_json(pairs),
            _int(message, "droppedAttributesCount", UINT32) + dropped,
            self.cleaner.name(schema_url),
        )


def _object(message: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    inner = message.get(field)
    if inner is None:
        return {}
    if type(inner) is not dict:
        raise Malformed(f"{field} must be an object")
    return inner


def _text(message: Mapping[str, Any], field: str) -> str:
    return text(message.get(field), field)


def _int(message: Mapping[str, Any], field: str, allowed: range) -> int:
    return integer(message.get(field), field, allowed)


def _hex(message: Mapping[str, Any], field: str) -> bytes:
    """An id, in either case."""
    try:
        return bytes.fromhex(_text(message, field))
    except ValueError:
        raise Malformed(f"{field} must be hex digits") from None


def _enumeration(message: Mapping[str, Any], field: str, names: Mapping[str, int]) -> int:
    value = message.get(field)
    if type(value) is str and value in names:
        return names[value]
    return integer(value, field, INT32)
