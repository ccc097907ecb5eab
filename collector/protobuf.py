"""OTLP as protobuf into spans. The hot path of the collector: bench/ingest.py says what a line costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource as ResourceMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from collector import assemble
from collector.admit import Admitted, Window, refusal
from collector.attributes import Attributes
from collector.clean import Cleaner
from collector.errors import Malformed, TooLarge
from collector.limits import Limits
from collector.recent import Recent
from collector.wire import message_class
from data.records import Event, Link, Resource, Scope

REMEMBERED = 1_000  # resources, scopes, statuses
REMEMBERED_BYTES = 8_192  # longer ones are decoded each time


class ProtobufDecoder:
    """Keeps what repeats between requests: attributes, resources, scopes, statuses."""

    def __init__(self, attributes: Attributes, cleaner: Cleaner, limits: Limits) -> None:
        self.attributes = attributes
        self.cleaner = cleaner
        self.limits = limits
        self.request = message_class("Request")
        self._resources: Recent[tuple[bytes, str], Resource] = Recent(REMEMBERED)
        self._scopes: Recent[tuple[bytes, str], Scope] = Recent(REMEMBERED)
        self._statuses: Recent[bytes, tuple[int, str]] = Recent(REMEMBERED)

    def decode(self, body: bytes, window: Window, most_spans: int) -> Admitted:
        """All spans of a request, the odd ones counted."""
        try:
            request = self.request.FromString(body)
        except DecodeError as error:
            raise Malformed(f"not an OTLP trace request: {error}") from None
        admitted = Admitted()
        left = most_spans
        for group in request.resource_spans:
            of_resource = self._resource(b"".join(group.resource), group.schema_url)
            for batch in group.scope_spans:
                left -= len(batch.spans)
                if left < 0:
                    raise TooLarge(f"more than {most_spans} spans in one request")
                of_scope = self._scope(b"".join(batch.scope), batch.schema_url)
                self._spans(batch.spans, of_resource, of_scope, window, admitted)
        return admitted

    def _spans(
        self, spans: Sequence[Any], of_resource: Resource, of_scope: Scope, window: Window, admitted: Admitted
    ) -> None:
        # Local names and one access per field: every dot here costs 1 % of the whole.
        remembered, read = self.attributes.remembered.get, self.attributes.from_wire
        name, limit, statuses = self.cleaner.name, self.limits.attributes, self._statuses.get
        make, keep, rejected = assemble.span, admitted.spans.append, admitted.rejected
        for span in spans:
            raws, events, links = span.attributes, span.events, span.links
            dropped = span.dropped_attributes_count
            dropped_events, dropped_links = span.dropped_events_count, span.dropped_links_count
            if len(raws) > limit:
                raws, dropped = raws[:limit], dropped + len(raws) - limit
            entries = [remembered(raw) or read(raw) for raw in raws]
            made_events: tuple[Event, ...] = ()
            made_links: tuple[Link, ...] = ()
            if events:
                made_events, dropped_events = self._events(events, dropped_events)
            if links:
                made_links, dropped_links = self._links(links, dropped_links)
            raw_status, state = b"".join(span.status), span.trace_state
            code, message = statuses(raw_status) or self._status(raw_status)
            trace_id, span_id, parent_id = span.trace_id, span.span_id, span.parent_span_id
            start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
            reason = refusal(trace_id, span_id, parent_id, start_ns, end_ns, window)
            if reason:
                rejected[reason] += 1
                continue
            keep(
                make(
                    trace_id,
                    span_id,
                    parent_id,
                    name(span.name),
                    span.kind,
                    start_ns,
                    end_ns,
                    code,
                    message,
                    of_resource,
                    of_scope,
                    entries,
                    made_events,
                    made_links,
                    name(state) if state else "",
                    span.flags,
                    dropped,
                    dropped_events,
                    dropped_links,
                )
            )

    def _status(self, raw: bytes) -> tuple[int, str]:
        status = _parsed(Status, raw, "a status")
        made = (int(status.code), self.cleaner.text(status.message))
        if len(raw) <= REMEMBERED_BYTES:
            self._statuses.put(raw, made)
        return made

    def _events(self, messages: Sequence[Any], dropped_before: int) -> tuple[tuple[Event, ...], int]:
        kept, extra = assemble.within(messages, self.limits.events)
        made = []
        for event in kept:
            raws, dropped = assemble.within(event.attributes, self.limits.attributes)
            made.append(
                Event(
                    event.time_unix_nano,
                    self.cleaner.name(event.name),
                    self.attributes.plain_from_wire(raws),
                    event.dropped_attributes_count + dropped,
                )
            )
        return tuple(made), dropped_before + extra

    def _links(self, messages: Sequence[Any], dropped_before: int) -> tuple[tuple[Link, ...], int]:
        kept, extra = assemble.within(messages, self.limits.links)
        made = []
        for link in kept:
            raws, dropped = assemble.within(link.attributes, self.limits.attributes)
            made.append(
                Link(
                    link.trace_id[:16],
                    link.span_id[:8],
                    self.cleaner.name(link.trace_state),
                    self.attributes.plain_from_wire(raws),
                    link.dropped_attributes_count + dropped,
                    link.flags,
                )
            )
        return tuple(made), dropped_before + extra

    def _resource(self, raw: bytes, schema_url: str) -> Resource:
        known = self._resources.get((raw, schema_url))
        if known is None:
            known = self._new_resource(raw, schema_url)
            if len(raw) <= REMEMBERED_BYTES:
                self._resources.put((raw, schema_url), known)
        return known

    def _new_resource(self, raw: bytes, schema_url: str) -> Resource:
        message = _parsed(ResourceMessage, raw, "a resource")
        pairs, dropped = assemble.within(message.attributes, self.limits.attributes)
        attributes = self.attributes.plain_from_wire([pair.SerializeToString() for pair in pairs])
        entities = [
            {
                "schema_url": entity.schema_url,
                "type": entity.type,
                "id_keys": list(entity.id_keys),
                "description_keys": list(entity.description_keys),
            }
            for entity in message.entity_refs
        ]
        assemble.with_entities(attributes, entities, self.cleaner)
        count = message.dropped_attributes_count + dropped
        return assemble.resource(attributes, count, self.cleaner.name(schema_url), self.cleaner)

    def _scope(self, raw: bytes, schema_url: str) -> Scope:
        known = self._scopes.get((raw, schema_url))
        if known is None:
            known = self._new_scope(raw, schema_url)
            if len(raw) <= REMEMBERED_BYTES:
                self._scopes.put((raw, schema_url), known)
        return known

    def _new_scope(self, raw: bytes, schema_url: str) -> Scope:
        message = _parsed(InstrumentationScope, raw, "a scope")
        pairs, dropped = assemble.within(message.attributes, self.limits.attributes)
        return Scope(
            self.cleaner.name(message.name),
            self.cleaner.name(message.version),
            self.attributes.plain_from_wire([pair.SerializeToString() for pair in pairs]),
            message.dropped_attributes_count + dropped,
            self.cleaner.name(schema_url),
        )


def _parsed(kind: Any, raw: bytes, what: str) -> Any:
    try:
        return kind.FromString(raw)
    except DecodeError as error:
        raise Malformed(f"{what} is malformed: {error}") from None
