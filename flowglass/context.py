"""The span that runs now, its identity, and W3C trace context in and out.

A running span is a list, because a list is the cheapest thing Python can make. Its ids are given when
somebody needs them: by the sender, or when they leave the process in a header.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from typing import Any, Final

Record = list[Any]

SITE: Final = 0  # the traced function; None: a parent elsewhere
PARENT: Final = 1  # the record that ran when this one began
START: Final = 2  # perf_counter nanoseconds
END: Final = 3
ARGS: Final = 4  # summaries: a tuple of all arguments by place, a list of the given ones, or None
RESULT: Final = 5  # summary of the return value; MISSING: not recorded
EXTRA: Final = 6  # what few calls have, by name, or None
PLACE: Final = 7  # thread id, or (thread id, name of the asyncio task)
IDS: Final = 8  # trace id and span id, 16 and 8 bytes; b"" until somebody needs them
OFFSET: Final = 9  # nanoseconds from perf_counter to 1970, the same in all of a trace's spans

MISSING: Final[Any] = object()
CURRENT: ContextVar[Record | None] = ContextVar("flowglass_span", default=None)

POOL = 8_192  # bytes
_LOCK = threading.Lock()
_pool, _place = b"", 0  # not the host's random numbers: they may be seeded, and ids must differ
_HEADER = re.compile(r"^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$")


def remote(trace_id: bytes, span_id: bytes, sampled: bool = True, state: str = "") -> Record:
    """A parent that runs elsewhere: in another process, or as a span of another library."""
    extra = {"sampled": sampled, "state": state}
    return [None, None, 0, 0, None, MISSING, extra, 0, trace_id + span_id, 0]


# Stands for a root that is not recorded, so that what it calls is not either.
UNSAMPLED: Final[Record] = remote(b"", b"", sampled=False)


def after_fork() -> None:
    """Makes the ids of a forked child differ from its parent's."""
    global _LOCK, _pool
    _LOCK = threading.Lock()
    _pool = b""


def _identifier(size: int) -> bytes:
    """Random bytes from a pool: one call of the system serves hundreds of ids."""
    global _pool, _place
    place = _place
    if place + size > len(_pool):
        _pool, place = os.urandom(POOL), 0
    _place = place + size
    return _pool[place : place + size] if any(_pool[place : place + 8]) else _identifier(size)


def identify(record: Record) -> None:
    """Gives a record, and those above it, their ids."""
    with _LOCK:
        parent = record[PARENT]
        if record[IDS]:
            return
        if parent is not None and parent[IDS]:
            record[IDS] = parent[IDS][:16] + _identifier(8)
            return
        if parent is None:
            record[IDS] = _identifier(24)
            return
        chain = []
        above: Record | None = record
        while above is not None and not above[IDS]:
            chain.append(above)
            above = above[PARENT]
        trace_id = above[IDS][:16] if above is not None else _identifier(16)
        for one in chain:
            one[IDS] = trace_id + _identifier(8)


def leave(token: Token[Record | None]) -> None:
    """Makes the parent current again; a generator may be closed from another context than it ran in."""
    with suppress(ValueError):
        CURRENT.reset(token)


def traceparent() -> str:
    """The W3C header of the span that runs now; "" when there is none."""
    record = CURRENT.get()
    if record is None:
        return ""
    if record is UNSAMPLED:
        return f"00-{_identifier(16).hex()}-{_identifier(8).hex()}-00"
    identify(record)
    sampled = record[SITE] is not None or record[EXTRA]["sampled"]
    return f"00-{record[IDS][:16].hex()}-{record[IDS][16:].hex()}-0{int(sampled)}"


def trace_state() -> str:
    """The W3C tracestate that came in with the trace running now."""
    record = CURRENT.get()
    while record is not None and record[SITE] is not None:
        record = record[PARENT]
    return record[EXTRA]["state"] if record is not None else ""


def inject(headers: MutableMapping[str, str]) -> None:
    """Writes the span that runs now into headers (or into an environment, under the same names)."""
    header = traceparent()
    if header:
        headers["traceparent"] = header
        state = trace_state()
        if state:
            headers["tracestate"] = state


def parse(traceparent: str, state: str = "") -> Record | None:
    """The parent a W3C header names; None when it names none."""
    match = _HEADER.match(traceparent.strip().lower())
    if not match or match[1] == "ff" or (match[1] == "00" and match[5]):
        return None
    trace_id, span_id = bytes.fromhex(match[2]), bytes.fromhex(match[3])
    if not any(trace_id) or not any(span_id):
        return None
    return remote(trace_id, span_id, bool(int(match[4], 16) & 1), state[:512])


def extract(headers: Mapping[str, str]) -> Record | None:
    """The parent named in headers, whatever the case of their names."""
    found = {"traceparent": "", "tracestate": ""}
    for name, value in headers.items():
        if (lower := name.lower()) in found:
            found[lower] = value
    return parse(found["traceparent"], found["tracestate"])


@contextmanager
def continued(headers: Mapping[str, str]) -> Iterator[None]:
    """Spans inside belong to the trace named in the headers of a request."""
    parent = extract(headers)
    if parent is None:
        yield
        return
    token = CURRENT.set(parent if parent[EXTRA]["sampled"] else UNSAMPLED)
    try:
        yield
    finally:
        CURRENT.reset(token)
