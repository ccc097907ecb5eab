"""Puts one span together from its decoded parts, the same way for both encodings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collector.attributes import (
    MEMORY,
    OBSERVATION,
    OWN,
    PLAIN,
    PRIMARY,
    SOURCE,
    TYPES,
    VERSION,
    Entry,
    retyped,
)
from collector.clean import Cleaner
from collector.names import OTHER
from data.records import AnyValue, Event, Observation, Resource, SpanIn

UNKNOWN_SERVICE = "unknown_service"  # the name OpenTelemetry gives it
NO_PARENT = (b"", bytes(8))
KINDS, STATUSES = range(6), range(3)
ENTITIES = "otel.entity_refs"  # a resource's entity references, kept as one of its attributes
FUNCTION, FILE, LINE = "code.function.name", "code.file.path", "code.line.number"
# Which attribute stands in as the row's Data when the sender is not our tracer.
TELLING = (
    "http.route",
    "url.path",
    "http.target",
    "db.query.text",
    "db.statement",
    "rpc.method",
    "messaging.destination.name",
    "http.response.status_code",
    "http.status_code",
    "gen_ai.request.model",
)

WHERE = ("code.", "thread.")  # tell where a call ran, never what it saw


def resource(attributes: dict[str, AnyValue], dropped: int, schema_url: str, cleaner: Cleaner) -> Resource:
    """A Resource, its group taken from service.name."""
    name = attributes.get("service.name")
    group = cleaner.name(str(name)) if name not in (None, "") else UNKNOWN_SERVICE
    return Resource(group, attributes, dropped, schema_url)


def within(values: Sequence[Any], limit: int) -> tuple[Sequence[Any], int]:
    """At most `limit` of them, and how many that leaves out."""
    extra = len(values) - limit
    return (values[:limit], extra) if extra > 0 else (values, 0)


def told_apart(
    entries: Sequence[Entry],
) -> tuple[dict[str, AnyValue], list[Observation], list[str], dict[str, Any]]:
    """Plain attributes, observations, where each was seen, and the tracer's own by their names."""
    attributes: dict[str, AnyValue] = {}
    observations: list[Observation] = []
    spots: list[str] = []
    own: dict[str, Any] = {}
    for kind, key, value in entries:
        if kind == PLAIN:
            attributes[key] = value
        elif kind == OBSERVATION:
            observations.append(value)
            spots.append(key)
        elif kind == OWN:
            own[key] = value
        else:
            own.setdefault(OTHER, {})[key] = value
    if OTHER in own:
        attributes[OTHER] = own[OTHER]
    types = own.get(TYPES)
    if types:
        for index, spot in enumerate(spots):
            if spot in types:
                observations[index] = retyped(observations[index], types[spot])
    return attributes, observations, spots, own


def primary(spots: list[str], wanted: str | None) -> int:
    """The index of the observation that is the row's Data: the one named, else the return, else the first."""
    if wanted in spots:
        return spots.index(wanted)
    if "return" in spots:
        return spots.index("return")
    return 0 if spots else -1


def telling(attributes: Mapping[str, AnyValue]) -> str:
    """The attribute that says most about a span of a stock SDK."""
    for key in TELLING:
        if key in attributes:
            return key
    return next((key for key in attributes if not key.startswith(WHERE)), "")


def with_entities(
    attributes: dict[str, AnyValue], entities: list[dict[str, AnyValue]], cleaner: Cleaner
) -> dict[str, AnyValue]:
    """A resource's attributes, its entity references among them when it has any."""
    if entities:
        attributes[ENTITIES] = cleaner.value(ENTITIES, entities)
    return attributes


def exception_of(events: Sequence[Event]) -> tuple[str, str]:
    """Type and message of the last exception event."""
    for event in reversed(events):
        if event.name == "exception":
            found = event.attributes
            return str(found.get("exception.type") or ""), str(found.get("exception.message") or "")
    return "", ""


def span(
    trace_id: bytes,
    span_id: bytes,
    parent_id: bytes,
    name: str,
    kind: int,
    start_ns: int,
    end_ns: int,
    status: int,
    status_message: str,
    of_resource: Resource,
    of_scope: Any,
    entries: Sequence[Entry],
    events: tuple[Event, ...],
    links: tuple[Any, ...],
    trace_state: str,
    flags: int,
    dropped_attributes: int,
    dropped_events: int,
    dropped_links: int,
) -> SpanIn:
    """The record for the writer; every text is clean already."""
    attributes, observations, spots, own = told_apart(entries)
    index = primary(spots, own.get(PRIMARY))
    version = own.get(VERSION, "")
    function = file = exception_type = exception_message = ""
    line = 0
    if version:
        function, file, line = _place(attributes)
    if events:
        exception_type, exception_message = exception_of(events)
    return SpanIn(
        trace_id,
        span_id,
        b"" if parent_id in NO_PARENT else parent_id,
        name,
        kind if kind in KINDS else 0,
        start_ns,
        end_ns,
        status if status in STATUSES else 0,
        status_message,
        of_resource,
        of_scope,
        tuple(observations),
        index,
        "" if index >= 0 else telling(attributes),
        attributes,
        exception_type,
        exception_message,
        version,
        own.get(SOURCE),
        function,
        file,
        line,
        own.get(MEMORY),
        events,
        links,
        trace_state,
        flags,
        dropped_attributes,
        dropped_events,
        dropped_links,
    )


def _place(attributes: dict[str, AnyValue]) -> tuple[str, str, int]:
    """Takes function, file and line out of the attributes: they belong to the code version."""
    function, file, line = attributes.pop(FUNCTION, ""), attributes.pop(FILE, ""), attributes.pop(LINE, 0)
    return str(function), str(file), line if type(line) is int else 0
