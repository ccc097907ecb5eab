"""Spans and filters that hypothesis makes: few names and values, so that they meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from config import StalenessSettings, StoreSettings
from data.records import Observation, Resource, Scope, SpanIn
from data.store import Store
from data.values import number_of
from queries.base import Reader, TimeRange
from tests.data.made import BASE, NOON_NS, Clock

MIDNIGHT_NS = NOON_NS + 12 * 3_600 * 10**9
RANGE = TimeRange(NOON_NS, NOON_NS + 24 * 3_600 * 10**9)

RESOURCES = (
    Resource("shop", {"service.name": "shop", "region": "eu"}),
    Resource("bank", {"service.name": "bank", "zone": 7, 'odd "key"': True}),
    Resource("flowglass", {"service.name": "flowglass"}),
)
SCOPES = (Scope(), Scope("shop.orders"), Scope("bank_core", "1.0"))
NAMES = ("load_order", "price", "GET /users/{id}", "Écoute", "price_50%")
DATA = ("amount", "user", "return", "data name")
STRINGS = (
    "",
    "gold",
    "Gold card",
    "naïve ÉTÉ",
    "12",
    "a*b",
    "50% off_now",
    'say "hi" \\o/',
    "x" * 300,
    "true",
)
NUMBERS = (0, 1, -5, 12, 12.0, 2.5, -0.0, 2**53 + 1, 1e300, float("inf"))
VALUES = (*STRINGS, *NUMBERS, True, False, None, b"\x00\xff", [1, "gold"], {"k": 12}, float("nan"))
KEYS = ("http.route", "tier", 'odd "key"', "été", "n", "a[*]?")
ERRORS = (("ValueError", "bad gold"), ("TimeoutError", "naïve wait"), ("KeyError", ""))
MOMENTS = (0, 1, 999, 1_000, 1_001, 5_000_000, 3_600 * 10**9, 12 * 3_600 * 10**9 - 1, 12 * 3_600 * 10**9)


def seen(source: str, name: str, value: Any, kind: str = "") -> Observation:
    kind = kind or type(value).__name__
    return Observation(source, name, kind, value, number_of(kind, value))


observations = st.lists(
    st.one_of(
        st.builds(
            seen, st.sampled_from(("arg", "observe", "local")), st.sampled_from(DATA), st.sampled_from(VALUES)
        ),
        st.builds(lambda value: seen("return", "return", value), st.sampled_from(VALUES)),
        st.builds(
            lambda text: seen("arg", "amount", text, "Decimal"), st.sampled_from(("12", "2.50", "-5", "1E+3"))
        ),
    ),
    max_size=4,
).map(tuple)
attributes = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=3)


@st.composite
def span(draw: st.DrawFn) -> SpanIn:
    """One span; ids, starts and values repeat often, but never all three ids and start."""
    start = NOON_NS + draw(st.sampled_from(MOMENTS)) + draw(st.integers(0, 3))
    found, given = draw(observations), draw(attributes)
    primary = draw(st.integers(0, len(found) - 1)) if found else -1
    failed = draw(st.sampled_from((None, None, None, *ERRORS)))
    versioned = draw(st.booleans())
    return BASE._replace(
        trace_id=bytes(8) + draw(st.sampled_from((b"\x01", b"\x80", b"\xff"))) + bytes(6) + b"\x02",
        span_id=draw(st.sampled_from((b"\x00", b"\x7f", b"\x80", b"\xff")))
        + bytes(6)
        + bytes([draw(st.integers(0, 255))]),
        parent_span_id=draw(st.sampled_from((b"", b"\x80" + bytes(7), bytes(7) + b"\x01"))),
        name=draw(st.sampled_from(NAMES)),
        kind=draw(st.integers(0, 5)),
        start_ns=start,
        end_ns=start + draw(st.sampled_from((0, 1, 999, 10**6, 249_999_999, 250_000_000, 3 * 10**9))),
        status=2 if failed else draw(st.integers(0, 2)),
        status_message=draw(st.sampled_from(("", "gold fell"))),
        resource=draw(st.sampled_from(RESOURCES)),
        scope=draw(st.sampled_from(SCOPES)),
        observations=found,
        primary=primary,
        primary_attribute="" if primary >= 0 or not given else next(iter(given)),
        attributes=given,
        exception_type=failed[0] if failed else "",
        exception_message=failed[1] if failed else "",
        code_version=draw(st.sampled_from(("ab12", "cd34"))) if versioned else "",
        function="f" if versioned else "",
        file="shop/orders.py" if versioned else "",
        line=3 if versioned else 0,
        memory_delta=draw(st.sampled_from((None, -4096, 0, 5_000_000))),
    )


def distinct(spans: Sequence[SpanIn]) -> list[SpanIn]:
    """Of spans with the same ids and start the first: what a sender means by them is tested elsewhere."""
    return list({(one.start_ns, one.trace_id, one.span_id): one for one in reversed(spans)}.values())


batches = st.lists(st.lists(span(), min_size=1, max_size=12), min_size=1, max_size=4)


@contextmanager
def store_of(folder: Path, writes: Sequence[Sequence[SpanIn]], segment_bytes: int = 1) -> Iterator[Store]:
    """A store that holds these writes, still open."""
    store = Store.open(
        folder,
        StoreSettings.model_construct(segment_bytes=segment_bytes),
        StalenessSettings(repeats=1),
        Clock(),
    )
    try:
        for spans in writes:
            store.write(spans)
        store.flush()
        yield store
    finally:
        store.close()


@contextmanager
def reader_of(folder: Path, **options: Any) -> Iterator[Reader]:
    reader = Reader.open(folder, **options)
    try:
        yield reader
    finally:
        reader.close()
