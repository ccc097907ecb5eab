"""A real store in a folder, filled with spans that a test describes in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config import Settings
from data.records import Observation, Resource, Scope, SpanIn
from data.store import Store

MS = 1_000_000
SCOPE = Scope("shop")


@dataclass(frozen=True)
class Call:
    """One span, by what a test wants to see of it."""

    start_ns: int
    process: str = "price_order"
    group: str = "pricing"
    ms: float = 20.0
    exception: str = ""
    message: str = ""
    value: float = 9.5
    trace: int = 0  # 0: a trace of its own
    parent: int = 0
    span: int = 0  # 0: numbered
    failed: bool = False  # an error without an exception


def span_in(call: Call, number: int) -> SpanIn:
    """The record that the collector would hand over."""
    span, failed = call.span or number, call.failed or bool(call.exception)
    return SpanIn(
        trace_id=(call.trace or (1 << 64) + number).to_bytes(16, "big"),
        span_id=span.to_bytes(8, "big"),
        parent_span_id=call.parent.to_bytes(8, "big") if call.parent else b"",
        name=call.process,
        kind=1,
        start_ns=call.start_ns,
        end_ns=call.start_ns + round(call.ms * MS),
        status=2 if failed else 0,
        status_message=call.message,
        resource=Resource(call.group, {"service.name": call.group}),
        scope=SCOPE,
        observations=(Observation("return", "return", "float", call.value, call.value),),
        primary=0,
        primary_attribute="",
        attributes={},
        exception_type=call.exception,
        exception_message=call.message,
        code_version="",
        source=None,
        function="",
        file="",
        line=0,
        memory_delta=None,
        events=(),
        links=(),
        trace_state="",
        flags=0,
        dropped_attributes=0,
        dropped_events=0,
        dropped_links=0,
    )


def stored(directory: Path, calls: Sequence[Call], now_ns: int, settings: Settings | None = None) -> Path:
    """Write the calls, in this order, into a new store and close it."""
    settings = settings or Settings()
    store = Store.open(directory, settings.store, settings.staleness, lambda: now_ns)
    try:
        store.write([span_in(call, number) for number, call in enumerate(calls, 1)])
    finally:
        store.close()
    return directory
