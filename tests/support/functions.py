"""Calls of traced functions with versions, source, values and parents, and a store filled with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from config import Settings
from data.records import Event, Observation, Resource, Scope, SpanIn
from data.store import Store

MS = 1_000_000
BATCH = 5_000


@dataclass(frozen=True)
class FunctionCall:
    """One call, by what a test wants to see of it."""

    start_ns: int
    name: str = "price_order"
    group: str = "pricing"
    scope: str = "shop.core"
    ms: float = 20.0
    exception: str = ""
    message: str = ""
    values: Sequence[tuple[str, str, str, Any]] = ()  # source, name, type, value; the last is the row's Data
    trace: int = 0  # 0: a trace of its own
    span: int = 0  # 0: numbered
    parent: int = 0
    version: str = ""
    source: str | None = None
    file: str = "shop/core.py"
    line: int = 10
    memory: int | None = None
    events: tuple[Event, ...] = field(default=())


def observation(source: str, name: str, type_name: str, value: Any) -> Observation:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    return Observation(source, name, type_name, value, number)


def traceback_event(call: FunctionCall, *frames: tuple[str, int, str]) -> Event:
    """The `exception` event as a tracer sends it; a frame is file, line, function."""
    lines = [f'  File "{file}", line {line}, in {name}\n    …\n' for file, line, name in frames]
    text = "Traceback (most recent call last):\n" + "".join(lines) + f"{call.exception}: {call.message}\n"
    attributes = {
        "exception.type": call.exception,
        "exception.message": call.message,
        "exception.stacktrace": text,
    }
    return Event(call.start_ns, "exception", attributes, 0)


def span_in(call: FunctionCall, number: int) -> SpanIn:
    """The record that the collector would hand over."""
    failed = bool(call.exception)
    observations = tuple(observation(*value) for value in call.values)
    return SpanIn(
        trace_id=(call.trace or (1 << 64) + number).to_bytes(16, "big"),
        span_id=(call.span or number).to_bytes(8, "big"),
        parent_span_id=call.parent.to_bytes(8, "big") if call.parent else b"",
        name=call.name,
        kind=1,
        start_ns=call.start_ns,
        end_ns=call.start_ns + round(call.ms * MS),
        status=2 if failed else 0,
        status_message=call.message,
        resource=Resource(call.group, {"service.name": call.group}),
        scope=Scope(call.scope),
        observations=observations,
        primary=len(observations) - 1,
        primary_attribute="",
        attributes={},
        exception_type=call.exception,
        exception_message=call.message,
        code_version=call.version,
        source=call.source,
        function=call.name if call.version else "",
        file=call.file if call.version else "",
        line=call.line if call.version else 0,
        memory_delta=call.memory,
        events=call.events,
        links=(),
        trace_state="",
        flags=0,
        dropped_attributes=0,
        dropped_events=0,
        dropped_links=0,
    )


def write(
    directory: Path, calls: Iterable[FunctionCall], now_ns: int, settings: Settings | None = None
) -> Path:
    """Write the calls, in this order, into the store of that folder."""
    settings = settings or Settings()
    store = Store.open(directory, settings.store, settings.staleness, lambda: now_ns)
    spans = [span_in(call, number) for number, call in enumerate(calls, 1)]
    try:
        for at in range(0, len(spans), BATCH):
            store.write(spans[at : at + BATCH])
    finally:
        store.close()
    return directory


def every(call: FunctionCall, count: int, step_ns: int) -> list[FunctionCall]:
    """The same call so many times, each a step later."""
    return [replace(call, start_ns=call.start_ns + at * step_ns) for at in range(count)]
