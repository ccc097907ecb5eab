"""Spans as rows of a segment: by columns, with as little Python per span as possible.

This is the hottest code of the store; loops here stay flat on purpose.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from data.body import RETURN, SOURCE_CODES, USUAL_FLAGS, encode_many, pack_events
from data.codes import Codes
from data.facts import Facts, Floats, Ints, by_series
from data.records import AnyValue, Observation, SpanIn
from data.values import LARGEST_INT, codes_of, column_value, number_of

COLUMNS = (  # of the table span, after id and start_off
    "trace_hi, trace_lo, span_id, parent_id, process, version, resource, scope, kind, status, duration_ns, "
    "memory, data, type, value, exception, exception_message, body"
)
BODY = 17  # place of the body among them
# Binding NULL is dear in this driver (0.6 us), so columns that are mostly empty bind these instead, and the
# INSERT makes NULL of them again. No real value is equal to its stand-in.
NO_NUMBER, NO_MEMORY, NO_TEXT = 0, -(2**63), ""
EMPTY = {
    "parent_id": NO_NUMBER, "version": NO_NUMBER, "memory": NO_MEMORY, "data": NO_NUMBER, "type": NO_NUMBER,
    "exception": NO_NUMBER, "exception_message": NO_TEXT, "body": NO_TEXT,
}  # fmt: skip
TEXT_LIMIT = 4_096  # characters of one span that text search knows
# Attributes that fill the text index and that nobody looks for by a word; attr.<key> finds them still.
UNSEARCHED = frozenset(
    {
        "http.request.method", "http.method", "http.flavor", "http.scheme", "http.user_agent",
        "net.host.name",
        "network.peer.address", "network.protocol.name", "network.protocol.version", "server.address",
        "url.scheme", "user_agent.original", "http.route",
    }
)  # fmt: skip
NO_ID = bytes(8)
NAN = float("nan")
NO_CODE = ("", "", 0)
Column = Sequence[Any]
Origin = tuple[int, int, int]  # process, resource, scope


@dataclass(slots=True)
class Encoded:
    """A batch in order of start: its columns, what text search shall know of each span, and its facts."""

    columns: list[Column]  # as COLUMNS says
    texts: list[str]
    facts: Facts

    def row(self, place: int) -> tuple[Any, ...]:
        """One row as the table holds it, as COLUMNS says."""
        values = zip(COLUMNS.split(", "), self.columns, strict=True)
        return tuple(
            None if column[place] == EMPTY.get(name, self) else column[place] for name, column in values
        )

    def keep(self, places: Sequence[bool]) -> Encoded:
        """Only some of the spans."""
        return Encoded(
            [[value for value, keep in zip(column, places, strict=True) if keep] for column in self.columns],
            [text for text, keep in zip(self.texts, places, strict=True) if keep],
            self.facts.keep(np.array(places, np.bool_)),
        )


class Seen(NamedTuple):
    """The observations of a batch, one after the other."""

    stored: list[tuple[int, int, int, Any]]  # as a body holds them
    names: list[int]
    types: list[int]
    values: Sequence[Any]
    numbers: Sequence[int | float | None]


class Primary(NamedTuple):
    """The row's data of each span, and what of its body follows from it."""

    data: Column
    types: Column
    values: Column
    bodies: list[dict[str, Any]]


Fields = Mapping[str, Sequence[Any]]  # the fields of SpanIn, each for all spans of a batch


def encode(spans: Sequence[SpanIn], codes: Codes) -> Encoded:
    """The rows of spans that are already in order of start."""
    given = dict(zip(SpanIn._fields, zip(*spans, strict=True), strict=True))
    trace = np.frombuffer(b"".join(given["trace_id"]), ">i8").reshape(-1, 2)
    starts = np.array(given["start_ns"], np.int64)
    durations = np.array(given["end_ns"], np.int64) - starts
    processes, resources, scopes = _origins(given, codes)
    counts = list(map(len, given["observations"]))
    seen = _observations(given["observations"], codes)
    primary = _primary(given, counts, seen, codes)
    versions = _versions(given, processes, primary.bodies, codes)
    _add_rare(given, primary.bodies)
    parents = b"".join([parent or NO_ID for parent in given["parent_span_id"]])
    memories = given["memory_delta"]
    columns: list[Column] = [
        trace[:, 0].tolist(),
        trace[:, 1].tolist(),
        np.frombuffer(b"".join(given["span_id"]), ">i8").tolist(),
        np.frombuffer(parents, ">i8").tolist(),
        processes,
        versions,
        resources,
        scopes,
        given["kind"],
        given["status"],
        durations.tolist(),
        [NO_MEMORY if memory is None else memory for memory in memories],
        primary.data,
        primary.types,
        primary.values,
        [codes.exceptions[name] if name else NO_NUMBER for name in given["exception_type"]],
        given["exception_message"],
        encode_many(primary.bodies),
    ]
    process, span = _ints(processes), np.repeat(np.arange(len(spans)), counts)
    name, number = _ints(seen.names), _numbers(seen.numbers)
    order = by_series(process[span], span, name, starts[span])
    values = list(map(seen.values.__getitem__, order.tolist()))
    number = number[order]
    facts = Facts(
        start_ns=starts,
        process=process,
        version=_ints(versions),
        duration_ns=durations,
        error=_ints(given["status"]) == 2,
        root=np.frombuffer(parents, np.int64) == 0,
        memory=_memory(memories),
        span=span[order],
        name=name[order],
        type=_ints(seen.types)[order],
        number=number,
        code=codes_of(values, number),
        changed=np.zeros(len(order), np.bool_),
        values=values,
    )
    return Encoded(columns, _texts(given, counts, seen, codes), facts)


def _ints(numbers: Sequence[int]) -> Ints:
    """The same as an array; this way is twice as fast as asking numpy."""
    return np.frombuffer(array("q", numbers), np.int64)


def _numbers(numbers: Sequence[int | float | None]) -> Floats:
    """NaN where there is no number."""
    return np.frombuffer(array("d", [NAN if number is None else number for number in numbers]), np.float64)


def _memory(memories: Sequence[int | None]) -> Floats:
    """Most calls do not measure memory."""
    measured = [at for at, memory in enumerate(memories) if memory is not None]
    made = np.full(len(memories), np.nan)
    made[measured] = [memories[at] for at in measured]
    return made


def _origins(given: Fields, codes: Codes) -> tuple[Column, Column, Column]:
    """Process, resource and scope of each span; objects shared by spans are looked at once."""
    resources = {key: (one, codes.resource(one)) for key, one in _distinct(given["resource"])}
    scopes = {key: (one, codes.scope(one)) for key, one in _distinct(given["scope"])}
    keys = list(zip(map(id, given["resource"]), map(id, given["scope"]), given["name"], strict=True))
    first = dict(zip(reversed(keys), reversed(given["start_ns"]), strict=True))
    known: dict[tuple[int, int, str], Origin] = {}
    for key, start_ns in reversed(first.items()):
        resource, resource_code = resources[key[0]]
        scope, scope_code = scopes[key[1]]
        process = codes.process(resource.group, key[2], scope.name, start_ns)
        known[key] = (process, resource_code, scope_code)
    processes, resource_codes, scope_codes = zip(*map(known.__getitem__, keys), strict=True)
    return processes, resource_codes, scope_codes


def _distinct(objects: Sequence[Any]) -> Iterable[tuple[int, Any]]:
    """Each object once, by its identity."""
    return dict(zip(map(id, objects), objects, strict=True)).items()


def _observations(of_spans: Sequence[tuple[Observation, ...]], codes: Codes) -> Seen:
    flat = list(chain.from_iterable(of_spans))
    if not flat:
        return Seen([], [], [], (), ())
    sources, names, types, values, numbers = zip(*flat, strict=True)
    name_ids = list(map(codes.names.__getitem__, names))
    type_ids = list(map(codes.types.__getitem__, types))
    source_codes = map(SOURCE_CODES.__getitem__, sources)
    return Seen(
        list(zip(source_codes, name_ids, type_ids, values, strict=True)), name_ids, type_ids, values, numbers
    )


def _primary(given: Fields, counts: Sequence[int], seen: Seen, codes: Codes) -> Primary:
    """The row's data of each span, and the body that holds all other observations."""
    stored, numbers = seen.stored, seen.numbers
    rows: list[tuple[int, int, Any]] = []
    bodies: list[dict[str, Any]] = []
    at = 0
    for primary, count, attributes, name in zip(
        given["primary"], counts, given["attributes"], given["primary_attribute"], strict=True
    ):
        end = at + count
        body: dict[str, Any]
        if 0 <= primary == count - 1 and stored[end - 1][0] == RETURN:  # nearly always
            body = {"o": stored[at : end - 1]} if primary else {}
            _, data, type_id, value = stored[end - 1]
            kind = type(value)
            if not (
                (kind is str and numbers[end - 1] is None)
                or (kind is float and value == value)
                or (kind is int and -LARGEST_INT <= value <= LARGEST_INT)
            ):
                value = _fitting(value, numbers[end - 1], body)
            rows.append((data, type_id, value))
        elif primary >= 0:
            mine = stored[at:end]
            source, data, type_id, value = mine.pop(primary)
            body = {"p": (source, primary), "o": mine} if mine else {"p": (source, primary)}
            rows.append((data, type_id, _fitting(value, numbers[at + primary], body)))
        else:
            body = {"o": stored[at:end]} if count else {}
            if name:
                exact = attributes[name]
                body["p"] = 0
                value, _ = column_value(exact, number_of("", exact))
                rows.append((codes.names[name], codes.types[type(exact).__name__], value))
            else:
                rows.append((NO_NUMBER, NO_NUMBER, None))
        if attributes:
            body["a"] = attributes
        bodies.append(body)
        at = end
    data_ids, type_ids, values = zip(*rows, strict=True)
    return Primary(data_ids, type_ids, values, bodies)


def _fitting(value: AnyValue, number: int | float | None, body: dict[str, Any]) -> Any:
    """A value as its column holds it; what the column cannot hold goes into the body."""
    stored, is_exact = column_value(value, number)
    if not is_exact:
        body["v"] = value
    return stored


def _versions(given: Fields, processes: Column, bodies: list[dict[str, Any]], codes: Codes) -> list[int]:
    """The code version of each span, NO_NUMBER where the sender gave none; equal ones are looked at once."""
    keys = list(
        zip(processes, given["code_version"], given["function"], given["file"], given["line"], strict=True)
    )
    first = dict(zip(reversed(keys), reversed(given["start_ns"]), strict=True))
    known: dict[tuple[Any, ...], int] = {}
    odd: dict[tuple[Any, ...], tuple[str, str, int]] = {}  # where they differ from those of the version
    for key, start_ns in reversed(first.items()):
        process, hash_, *place = key
        code = (place[0], place[1], place[2])
        if hash_:
            version = codes.version(process, hash_, None, code, start_ns)
            known[key], usual = version.id, version.code
        else:
            known[key], usual = NO_NUMBER, NO_CODE
        if code != usual:
            odd[key] = code
    sources = given["source"]
    brought = len(sources) - sources.count(None)  # an empty one says that there is no text to ask for
    for at in range(len(sources)) if brought else ():
        if sources[at] is not None and given["code_version"][at]:
            code = (given["function"][at], given["file"][at], given["line"][at])
            hash_, start = given["code_version"][at], given["start_ns"][at]
            codes.version(processes[at], hash_, sources[at], code, start)
    if odd:
        for key, body in zip(keys, bodies, strict=True):
            if key in odd:
                body["w"] = odd[key]
    return list(map(known.__getitem__, keys))


def _add_rare(given: Fields, bodies: list[dict[str, Any]]) -> None:
    """Puts in what most spans do not have; a column without any is passed over at once."""
    for name, key in (("status_message", "m"), ("trace_state", "s")):
        for at in _places(given[name]):
            bodies[at][key] = given[name][at]
    for at in _places(given["events"]):
        key, events = pack_events(given["events"][at])
        bodies[at][key] = events
    for at in _places(given["links"]):
        bodies[at]["l"] = [
            (link.trace_id.hex(), link.span_id.hex(), *link[2:]) for link in given["links"][at]
        ]
    if set(given["flags"]) != {USUAL_FLAGS}:
        for body, flags in zip(bodies, given["flags"], strict=True):
            if flags != USUAL_FLAGS:
                body["f"] = flags
    dropped = [given[name] for name in ("dropped_attributes", "dropped_events", "dropped_links")]
    for at in {at for column in dropped for at in _places(column)}:
        bodies[at]["x"] = tuple(column[at] for column in dropped)


def _places(column: Column) -> list[int]:
    """Where something stands."""
    return [at for at, value in enumerate(column) if value] if any(column) else []


def _searched(attributes: Mapping[str, AnyValue], primary: str) -> str:
    """The texts among attributes that are looked for by a word, each after a blank."""
    found = ""
    for key, value in attributes.items():
        if type(value) is str and (key not in UNSEARCHED or key == primary):
            found += f" {value}"
    return found


def _texts(given: Fields, counts: Sequence[int], seen: Seen, codes: Codes) -> list[str]:
    """What text search shall know of each span: strings and exceptions."""
    nothing = codes.types.get("NoneType")
    words = [
        value if number is None and type(value) is str and type_id != nothing else ""
        for value, number, type_id in zip(seen.values, seen.numbers, seen.types, strict=True)
    ]
    texts, at = [], 0
    for count, attributes, primary in zip(
        counts, given["attributes"], given["primary_attribute"], strict=True
    ):
        end = at + count
        text = " ".join(filter(None, words[at:end]))
        at = end
        if attributes:
            text += _searched(attributes, primary)
        texts.append(text)
    for at in _places(given["exception_type"]):
        texts[at] += f" {given['exception_type'][at]} {given['exception_message'][at]}"
    if max(map(len, texts), default=0) > TEXT_LIMIT:
        texts = [text[:TEXT_LIMIT] for text in texts]
    return texts
