"""Turns finished records into OTLP spans. Runs on the sender's thread."""

from __future__ import annotations

import linecache
import struct
import threading
from collections.abc import Iterable, Mapping
from types import CodeType
from typing import Any

from flowglass import protobuf
from flowglass.context import (
    ARGS,
    END,
    EXTRA,
    IDS,
    MISSING,
    OFFSET,
    PARENT,
    PLACE,
    RESULT,
    SITE,
    START,
    Record,
    identify,
)
from flowglass.failures import OUTER_FRAMES, OWN_FILES, Failure
from flowglass.observations import MOST_NAMES, Observations
from flowglass.redact import Redactor
from flowglass.settings import LEVELS
from flowglass.site import Site, load_source
from flowglass.summary import summarise

TIMES = struct.Struct("<BQBQ").pack
SOURCES_PER_BATCH = 2 << 20  # bytes: many functions called for the first time at once fit their collector
_FLAGS, _FLAGS_REMOTE = b"\x85\x01\x01\x01\x00\x00", b"\x85\x01\x01\x03\x00\x00"
_PRIMARY = protobuf.key("flowglass.primary")
_TYPES = protobuf.key("flowglass.types")
_MEMORY = protobuf.key("flowglass.memory_delta")


class Encoder:
    """Encodes records; remembers per function what stays the same."""

    def __init__(self, redactor: Redactor) -> None:
        self.use(redactor)
        self.places: dict[Any, bytes] = {}
        self.heads: dict[Site, bytes] = {}
        self.primaries: dict[str, bytes] = {}
        self.room = SOURCES_PER_BATCH

    def use(self, redactor: Redactor) -> None:
        """Masks by other rules from now on."""
        self.redactor = redactor
        self.observations = Observations(redactor)

    def forget(self, versions: frozenset[str]) -> None:
        """Has the source of these versions sent again."""
        for site in [site for site in self.heads if site.version in versions]:
            del self.heads[site]

    def batch(self, records: Iterable[Record], resource: bytes) -> tuple[bytes, int]:
        """One request for many records, and how many spans are in it."""
        self.places.clear()
        self.room = SOURCES_PER_BATCH
        scopes: dict[str, list[bytes]] = {}
        count = 0
        for record in records:
            try:
                span = self.span(record)
            except Exception:
                continue  # counted as dropped by whoever counts what came in and what went out
            scopes.setdefault(record[SITE].module, []).append(span)
            count += 1
        parts = [(protobuf.scope(name), spans) for name, spans in scopes.items()]
        return protobuf.request(resource, parts), count

    def span(self, record: Record) -> bytes:
        """One span message."""
        if not record[IDS]:
            identify(record)
        ids = record[IDS]
        parent = record[PARENT]
        site: Site = record[SITE]
        parts = [b"\x0a\x10", ids[:16], b"\x12\x08", ids[16:]]
        flags = _FLAGS
        if parent is not None and parent[END] and record[END] > parent[END]:
            parts.append(link(parent))  # it outlived its parent, so it is no part of it
        elif parent is not None:
            parts += (b"\x22\x08", parent[IDS][16:])
            if parent[SITE] is None:
                flags = _FLAGS_REMOTE
                if parent[EXTRA]["state"]:
                    parts.append(protobuf.field(0x1A, protobuf.utf8(parent[EXTRA]["state"])))
        head = self.heads.get(site)
        if head is None:
            head = self.first(site, parts)
        place = self.places.get(record[PLACE])
        if place is None:
            place = self.place(record[PLACE])
        offset = record[OFFSET]
        parts += (head, TIMES(0x39, record[START] + offset, 0x41, record[END] + offset), flags, place)
        self.values(record, site, parts)
        return b"".join(parts)

    def head(self, site: Site) -> bytes:
        """What every span of a function carries."""
        load_source(site)
        pairs: list[tuple[str, Any]] = [
            ("code.function.name", f"{site.module}.{site.function}" if site.module else site.function),
            ("code.file.path", site.file),
            ("code.line.number", site.line),
            ("flowglass.code.version", site.version),
            ("flowglass.level", LEVELS[site.level] if site.brake else ""),
        ]
        name = protobuf.field(0x2A, protobuf.utf8(site.function[:500]))
        return name + b"\x30\x01" + protobuf.attributes(pair for pair in pairs if pair[1])

    def first(self, site: Site, parts: list[bytes]) -> bytes:
        """The head of a function that is new here, its source with it; later when this batch has enough."""
        head, source = self.head(site), self.source(site)
        if self.room == SOURCES_PER_BATCH or len(source) <= self.room:
            self.room -= len(source)
            self.heads[site] = head
            parts.append(source)
        return head

    def source(self, site: Site) -> bytes:
        """The source text, for the first span of a version; empty when there is none to ask for."""
        return protobuf.attributes(
            [("flowglass.source", self.redactor.code(site.source or ""))] if site.version else ()
        )

    def place(self, place: Any) -> bytes:
        """Where a call ran: thread and task. Remembered for one batch: threads end and their ids return."""
        ident, task = place if type(place) is tuple else (place, "")
        pairs: list[tuple[str, Any]] = [("thread.id", ident)]
        pairs += [("thread.name", one.name[:100]) for one in threading.enumerate() if one.ident == ident]
        if task:
            pairs.append(("flowglass.task", task[:100]))
        encoded = self.places[place] = protobuf.attributes(pairs)
        return encoded

    def values(self, record: Record, site: Site, parts: list[bytes]) -> None:
        """Arguments, return value, observations, exception, and which of them is the row's."""
        types: list[str] = []
        first = primary = ""
        encode = self.observations.encode
        args, extra = record[ARGS], record[EXTRA]
        if type(args) is tuple:
            places = site.marks.get("places") or self.places_of(site)
            first = places[0]
            for where, summary in zip(places, args):  # noqa: B905 - as many as there are
                parts.append(encode(where, summary, types))
        elif args is not None:
            for name, summary in named_arguments(site, args, (extra or {}).get("kwargs") or {}):
                where = f"arg.{name}"
                first = first or where
                parts.append(encode(where, summary, types))
        if extra:
            for name, summary in extra.get("observed", {}).items():
                primary = primary or f"observe.{name}"
                parts.append(encode(f"observe.{name}", summary, types))
            for name, summary in extra.get("locals", {}).items():
                parts.append(encode(f"local.{name}", summary, types))
            self.rest(record, extra, parts)
        result = record[RESULT]
        if result is not MISSING:
            parts.append(encode("return", result, types))
            if result is not None or not first:
                first = "return"
        if primary or first:
            parts.append(self.primary(primary or first))
        if types:
            parts.append(protobuf.attribute(_TYPES, ";".join(types)))

    def places_of(self, site: Site) -> tuple[str, ...]:
        """Where the arguments of a generated wrapper are seen, in their order."""
        places = site.marks["places"] = tuple(f"arg.{name}" for name in site.order)
        return places

    def primary(self, where: str) -> bytes:
        """Says which value is the row's."""
        encoded = self.primaries.get(where)
        if encoded is None:
            encoded = protobuf.attribute(_PRIMARY, where)
            if len(self.primaries) < MOST_NAMES:
                self.primaries[where] = encoded
        return encoded

    def rest(self, record: Record, extra: Mapping[str, Any], parts: list[bytes]) -> None:
        """What few spans have: memory, items, error."""
        if "memory_delta" in extra:
            parts.append(protobuf.attribute(_MEMORY, extra["memory_delta"]))
        if "link" in extra:
            parts.append(link(extra["link"]))
        if "items" in extra:
            parts.append(protobuf.attributes([("flowglass.items", extra["items"])]))
        error: Failure | None = extra.get("error")
        if error is not None:
            message = self.redactor.text(error.message)
            pairs = [
                ("exception.type", error.type),
                ("exception.message", message),
                ("exception.stacktrace", self.redactor.text(stack(error))),
            ]
            parts.append(protobuf.event(record[END] + record[OFFSET], "exception", pairs))
            parts.append(protobuf.status(2, message[:500]))


def link(to: Record) -> bytes:
    """A span's link to another: field 13."""
    if not to[IDS]:
        identify(to)
    return protobuf.field(0x6A, b"\x0a\x10" + to[IDS][:16] + b"\x12\x08" + to[IDS][16:])


def named_arguments(site: Site, args: Iterable[Any], kwargs: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Arguments by name: as given, then the defaults that stood in for the rest."""
    names = site.names[site.receiver :]
    seen = set(kwargs)
    place = 0
    for place, summary in enumerate(args, 1):
        name = names[place - 1] if place <= len(names) else site.spread or f"{place - 1}"
        seen.add(name)
        yield name, summary
    yield from kwargs.items()
    for name, default in site.defaults.items():
        if name not in seen:
            summary = site.marks.get(name, MISSING)
            if summary is MISSING:
                summary = site.marks[name] = summarise(default)
            yield name, summary


def stack(failure: Failure) -> str:
    """A traceback as Python prints it, from the frames that were kept; the tracer's own are left out."""
    lines = []
    if failure.cause is not None:
        lines += [stack(failure.cause), "\nThe exception above led to this one:\n"]
    lines.append("Traceback (most recent call last):")
    for place, (code, line) in enumerate(failure.frames):
        if failure.left_out and place == OUTER_FRAMES:
            lines.append(f"  … {failure.left_out:,} more calls …")
        if not code.co_filename.startswith(OWN_FILES):
            lines.append(_frame(code, line))
    lines.append(f"{failure.type}: {failure.message}" if failure.message else failure.type)
    return "\n".join(lines)


def _frame(code: CodeType, line: int) -> str:
    text = linecache.getline(code.co_filename, line or 0).strip()[:300]
    name = getattr(code, "co_qualname", code.co_name)
    head = f'  File "{code.co_filename}", line {line}, in {name}'
    return f"{head}\n    {text}" if text else head
