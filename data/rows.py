"""Spans as rows of a segment: by columns, with as little Python per span as possible.

This is the hottest code of the store; loops here stay flat on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from data.body import SOURCE_CODES
from data.body import encode as encode_body
from data.codes import Codes, Version
from data.facts import Facts
from data.records import Observation, Resource, Scope, SpanIn
from data.values import LARGEST_INT, codes_of, column_value, number_of

COLUMNS = (  # of the table span, after id and start_off
    "trace_hi, trace_lo, span_id, parent_id, process, version, resource, scope, kind, status, duration_ns, "
    "memory, data, type, value, exception, exception_message, body"
)
BODY = 17  # place of the body among them
TEXT_LIMIT = 4_096  # characters of one span that text search knows
NO_ID = bytes(8)
Column = Sequence[Any]
Origin = tuple[int, int, int]  # process, resource, scope


@dataclass(slots=True)
class Encoded:
    """A batch in order of start: its columns, what text search shall know of each span, and its facts."""

    columns: list[Column]  # as COLUMNS says
    texts: list[str]
    facts: Facts

    def row(self, place: int) -> tuple[Any, ...]:
        """One row, as COLUMNS says."""
        return tuple(column[place] for column in self.columns)

    def keep(self, places: Sequence[bool]) -> Encoded:
        """Only some of the spans."""
        return Encoded(
            [[value for value, keep in zip(column, places, strict=True) if keep] for column in self.columns],
            [text for text, keep in zip(self.texts, places, strict=True) if keep],
            self.facts.keep(np.array(places, np.bool_)),
        )


class Seen(NamedTuple):
    """The observations of a batch, one after the other."""

    counts: list[int]  # of each span
    stored: list[tuple[int, int, int, Any]]  # as a body holds them
    names: list[int]
    types: list[int]
    values: Sequence[Any]
    numbers: Sequence[int | float | None]


class Written(NamedTuple):
    """What the pass over the spans makes: four columns and the searchable texts."""

    data: list[int | None]
    types: list[int | None]
    values: list[Any]
    bodies: list[str | None]
    texts: list[str]


def encode(spans: Sequence[SpanIn], codes: Codes) -> Encoded:
    """The rows of spans that are already in order of start."""
    by_name = dict(zip(SpanIn._fields, zip(*spans, strict=True), strict=True))
    trace = np.frombuffer(b"".join(by_name["trace_id"]), ">i8").reshape(-1, 2)
    starts = np.array(by_name["start_ns"], np.int64)
    durations = np.array(by_name["end_ns"], np.int64) - starts
    origins = _origins(by_name["name"], by_name["resource"], by_name["scope"], by_name["start_ns"], codes)
    versions = _versions(spans, origins, codes)
    version_ids = [None if version is None else version.id for version in versions]
    seen = _observations(by_name["observations"], codes)
    written = _bodies(spans, seen, versions, codes)
    processes, resources, scopes = zip(*origins, strict=True)
    columns: list[Column] = [
        trace[:, 0].tolist(),
        trace[:, 1].tolist(),
        np.frombuffer(b"".join(by_name["span_id"]), ">i8").tolist(),
        _parents(by_name["parent_span_id"]),
        processes,
        version_ids,
        resources,
        scopes,
        by_name["kind"],
        by_name["status"],
        durations.tolist(),
        by_name["memory_delta"],
        written.data,
        written.types,
        written.values,
        [codes.exceptions[name] if name else None for name in by_name["exception_type"]],
        [message or None for message in by_name["exception_message"]],
        written.bodies,
    ]
    numbers = np.array(seen.numbers, np.float64)
    facts = Facts(
        start_ns=starts,
        process=np.array(processes, np.int64),
        version=np.array([version or 0 for version in version_ids], np.int64),
        duration_ns=durations,
        error=np.array(by_name["status"], np.int64) == 2,
        memory=np.array(by_name["memory_delta"], np.float64),
        span=np.repeat(np.arange(len(spans)), seen.counts),
        name=np.array(seen.names, np.int64),
        type=np.array(seen.types, np.int64),
        number=numbers,
        code=codes_of(seen.values, numbers),
        values=seen.values,
    )
    return Encoded(columns, written.texts, facts)


def _parents(parents: Sequence[bytes]) -> list[int | None]:
    numbers = np.frombuffer(b"".join([parent or NO_ID for parent in parents]), ">i8").tolist()
    return [number if parent else None for number, parent in zip(numbers, parents, strict=True)]


def _origins(
    names: Sequence[str],
    resources: Sequence[Resource],
    scopes: Sequence[Scope],
    starts: Sequence[int],
    codes: Codes,
) -> list[Origin]:
    """Process, resource and scope of each span; objects shared by spans are looked at once."""
    known: dict[tuple[int, int, str], Origin] = {}
    origins = []
    for name, resource, scope, start_ns in zip(names, resources, scopes, starts, strict=True):
        key = (id(resource), id(scope), name)
        origin = known.get(key)
        if origin is None:
            process = codes.process(resource.group, name, scope.name, start_ns)
            origin = known[key] = (process, codes.resource(resource), codes.scope(scope))
        origins.append(origin)
    return origins


def _versions(spans: Sequence[SpanIn], origins: Sequence[Origin], codes: Codes) -> list[Version | None]:
    """The code version of each span, None where the sender gave none."""
    known = codes.versions
    versions: list[Version | None] = []
    for span, origin in zip(spans, origins, strict=True):
        if not span.code_version:
            versions.append(None)
            continue
        version = known.get((origin[0], span.code_version))
        if version is None or (span.source is not None and not version.has_source):
            code = (span.function, span.file, span.line)
            version = codes.version(origin[0], span.code_version, span.source, code, span.start_ns)
        versions.append(version)
    return versions


def _observations(of_spans: Sequence[tuple[Observation, ...]], codes: Codes) -> Seen:
    counts = list(map(len, of_spans))
    flat = list(chain.from_iterable(of_spans))
    if not flat:
        return Seen(counts, [], [], [], (), ())
    sources, names, types, values, numbers = zip(*flat, strict=True)
    name_ids = list(map(codes.names.__getitem__, names))
    type_ids = list(map(codes.types.__getitem__, types))
    source_codes = map(SOURCE_CODES.__getitem__, sources)
    stored = list(zip(source_codes, name_ids, type_ids, values, strict=True))
    return Seen(counts, stored, name_ids, type_ids, values, numbers)


def _bodies(spans: Sequence[SpanIn], seen: Seen, versions: Sequence[Version | None], codes: Codes) -> Written:
    """The primary observation, the body and the searchable text of each span."""
    made = Written([], [], [], [], [])
    at = 0
    nothing = codes.types.get("NoneType")
    words = [
        value if type(value) is str and number is None and type_id != nothing else None
        for value, number, type_id in zip(seen.values, seen.numbers, seen.types, strict=True)
    ]
    for span, count, version in zip(spans, seen.counts, versions, strict=True):
        fields: dict[str, Any] = {}
        data = type_id = value = None
        primary = span.primary
        mine = seen.stored[at : at + count]
        if primary >= 0:
            source, data, type_id, value = mine.pop(primary)
            fields["p"] = (source, primary)
            number = seen.numbers[at + primary]
            kind = type(value)
            if not (kind is str and number is None) and not (
                kind is int and -LARGEST_INT <= value <= LARGEST_INT
            ):
                exact = value
                value, is_exact = column_value(value, number)
                if not is_exact:
                    fields["v"] = exact
        elif span.primary_attribute:
            exact = span.attributes[span.primary_attribute]
            data = codes.names[span.primary_attribute]
            type_id = codes.types[type(exact).__name__]
            value, _ = column_value(exact, number_of("", exact))
        if mine:
            fields["o"] = mine
        text = [word for word in words[at : at + count] if word]
        if span.attributes:
            fields["a"] = span.attributes
            text += [one for one in span.attributes.values() if type(one) is str]
        if span.exception_type:
            text += (span.exception_type, span.exception_message)
        _add_rare(fields, span, version)
        made.data.append(data)
        made.types.append(type_id)
        made.values.append(value)
        made.bodies.append(encode_body(fields))
        made.texts.append(" ".join(text)[:TEXT_LIMIT])
        at += count
    return made


def _add_rare(fields: dict[str, Any], span: SpanIn, version: Version | None) -> None:
    """Puts in what most spans do not have."""
    if span.events:
        fields["e"] = [tuple(event) for event in span.events]
    if span.links:
        fields["l"] = [(link.trace_id.hex(), link.span_id.hex(), *link[2:]) for link in span.links]
    if span.status_message:
        fields["m"] = span.status_message
    if span.trace_state:
        fields["s"] = span.trace_state
    if span.flags:
        fields["f"] = span.flags
    if span.dropped_attributes or span.dropped_events or span.dropped_links:
        fields["x"] = (span.dropped_attributes, span.dropped_events, span.dropped_links)
    code = (span.function, span.file, span.line)
    if code != (version.code if version else ("", "", 0)):
        fields["w"] = code
