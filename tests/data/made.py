"""Spans and stores for tests of the write side, with good defaults."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import StalenessSettings, StoreSettings
from data.records import AnyValue, Observation, Resource, Scope, SpanIn
from data.sqlite import connect_reader
from data.store import Store
from data.values import number_of

DAY_NS = 86_400 * 1_000_000_000
SECOND_NS = 1_000_000_000
NOON_NS = 1_795_262_400_000_000_000  # 2026-11-21 12:00:00 UTC
SHOP = Resource("shop", {"service.name": "shop", "process.pid": 7})
ORDERS = Scope("shop.orders", "1.0")
_serial = itertools.count(1)

BASE = SpanIn(
    trace_id=bytes(15) + b"\x01",
    span_id=bytes(7) + b"\x01",
    parent_span_id=b"",
    name="price",
    kind=1,
    start_ns=NOON_NS,
    end_ns=NOON_NS + 1_000_000,
    status=0,
    status_message="",
    resource=SHOP,
    scope=ORDERS,
    observations=(),
    primary=-1,
    primary_attribute="",
    attributes={},
    exception_type="",
    exception_message="",
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


def span(start_ns: int = NOON_NS, **changes: Any) -> SpanIn:
    """A span with ids of its own."""
    number = next(_serial)
    given = {
        "trace_id": number.to_bytes(16, "big"),
        "span_id": number.to_bytes(8, "big"),
        "start_ns": start_ns,
        "end_ns": start_ns + 1_000_000,
    }
    return BASE._replace(**{**given, **changes})


def seen(name: str, value: AnyValue, type_: str = "", source: str = "arg") -> Observation:
    """One observation; the type is that of the value unless told otherwise."""
    kind = type_ or type(value).__name__
    return Observation(source, name, kind, value, number_of(kind, value))


def call(start_ns: int, value: AnyValue, name: str = "amount", **changes: Any) -> SpanIn:
    """A span that saw one value."""
    given = {"observations": (seen(name, value),), "primary": 0}
    return span(start_ns, **{**given, **changes})


@dataclass
class Clock:
    """A clock that tests turn."""

    now_ns: int = NOON_NS

    def __call__(self) -> int:
        return self.now_ns


@contextmanager
def opened(
    folder: Path,
    clock: Callable[[], int] | None = None,
    staleness: dict[str, Any] | None = None,
    **settings: Any,
) -> Iterator[Store]:
    """An open store, closed at the end."""
    store = Store.open(
        folder, StoreSettings(**settings), StalenessSettings(**(staleness or {})), clock or Clock()
    )
    try:
        yield store
    finally:
        store.close()


def segment_files(folder: Path) -> list[Path]:
    """The segments in a folder, in order of their numbers."""
    return sorted(folder.glob("spans-*.db"), key=lambda path: path.stem.split("-")[-1])


def ask(file: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of a query, through a reader's connection."""
    connection = connect_reader(file)
    try:
        return list(connection.execute(sql, parameters))
    finally:
        connection.close()


def ask_main(folder: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of a query on main.db."""
    return ask(folder / "main.db", sql, *parameters)


def ask_spans(folder: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of a query on every segment, one after the other."""
    return [row for file in segment_files(folder) for row in ask(file, sql, *parameters)]


def keys_of(spans: Sequence[SpanIn]) -> set[tuple[bytes, bytes, int]]:
    """What tells spans apart."""
    return {(one.trace_id, one.span_id, one.start_ns) for one in spans}


def stored_keys(folder: Path) -> list[tuple[bytes, bytes, int]]:
    """The same, of everything stored."""
    from data.ids import span_bytes, start_of, trace_bytes

    rows = ask_spans(folder, "SELECT trace_hi, trace_lo, span_id, id, start_off FROM span")
    return [
        (trace_bytes(high, low), span_bytes(one), start_of(id_, off)) for high, low, one, id_, off in rows
    ]
