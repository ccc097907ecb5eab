"""Traces of a small order service, as a tracer would have sent them: a failing order that nests, and more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config import Settings
from data.records import AnyValue, Event, Link, Observation, Resource, Scope, SpanIn
from data.store import Store
from data.values import number_of

MS = 1_000_000
TRACE = "8f21c0aa4be0417d9c1f00000000d34e"
ROOT, PRICE, FX, CHARGE, ACQUIRER = "00a1", "00a2", "00a3", "00a4", "00a5"
FAILED = CHARGE.zfill(16)
TRACEBACK = """Traceback (most recent call last):
  File "/srv/shop/orders.py", line 41, in create_order
    charge_card(token, total)
  File "/srv/shop/payments.py", line 18, in charge_card
    answer = acquirer.post(amount, timeout=3.0)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.11/http/client.py", line 286, in getresponse
    raise GatewayTimeout("no answer from acquirer after 3.0 s")
GatewayTimeout: no answer from acquirer after 3.0 s"""


def seen(name: str, value: AnyValue, type_: str = "", source: str = "arg") -> Observation:
    """One observation; the type is that of the value unless told otherwise."""
    kind = type_ or type(value).__name__
    return Observation(source, name, kind, value, number_of(kind, value))


def span(
    trace: str, id: str, parent: str, name: str, group: str, start_ns: int, ms: float, **changes: Any
) -> SpanIn:
    """One span of a function of this service; ids as hex."""
    found = SpanIn(
        trace_id=bytes.fromhex(trace),
        span_id=bytes.fromhex(id.zfill(16)),
        parent_span_id=bytes.fromhex(parent.zfill(16)) if parent else b"",
        name=name,
        kind=1,
        start_ns=start_ns,
        end_ns=start_ns + round(ms * MS),
        status=0,
        status_message="",
        resource=Resource(group, {"service.name": group, "host.name": "till-1"}),
        scope=Scope(f"shop.{group}", "1.0"),
        observations=(),
        primary=-1,
        primary_attribute="",
        attributes={},
        exception_type="",
        exception_message="",
        code_version="c0ffee" + "0" * 10,
        source=None,
        function=name,
        file=f"/srv/shop/{group}.py",
        line=12,
        memory_delta=None,
        events=(),
        links=(),
        trace_state="",
        flags=1,
        dropped_attributes=0,
        dropped_events=0,
        dropped_links=0,
    )
    return found._replace(**changes)


def failing(start_ns: int, exception: str, message: str, stack: str = TRACEBACK) -> dict[str, Any]:
    """What makes a span one that raised."""
    attributes = {"exception.type": exception, "exception.message": message, "exception.stacktrace": stack}
    return {
        "status": 2,
        "exception_type": exception,
        "exception_message": message,
        "events": (Event(start_ns + 2 * MS, "exception", attributes, 0),),
    }


def failing_order(start_ns: int, trace: str = TRACE) -> list[SpanIn]:
    """The order of the mock-up: the acquirer does not answer, and its callers pass the failure on."""
    at = [start_ns + offset * MS for offset in (0, 6, 119, 270, 276)]
    lost = "no answer from acquirer after 3.0 s"
    values = (
        seen("card_token", "•••• masked"), seen("amount", "140.84", "Decimal"), seen("currency", "USD"),
        seen("rate", 1.0842), seen("attempt", 3), seen("basket", "A-1043 B-220 C-991 " * 30),
    )  # fmt: skip
    retry = Event(at[3] + MS, "retry", {"attempt": 3, "after_ms": 40}, 0)
    cause = Link(bytes.fromhex(trace), bytes.fromhex(PRICE.zfill(16)), "", {"why": "priced before"}, 0, 0)
    charge = failing(at[3], "GatewayTimeout", lost)
    charge["events"] = (retry, *charge["events"])
    return [
        span(trace, ROOT, "", "create_order", "orders", at[0], 3280, primary=0,
             observations=(seen("order_id", "ord_8F21C0"),), **failing(at[0], "GatewayTimeout", lost)),
        span(trace, PRICE, ROOT, "price_order", "pricing", at[1], 178, primary=1,
             observations=(seen("skus", "['A-1043']", "list"), seen("return", 129.9, source="return"))),
        span(trace, FX, PRICE, "fx_rate", "pricing", at[2], 0.4, primary=0,
             observations=(seen("return", 1.0842, source="return"),)),
        span(trace, CHARGE, ROOT, "charge_card", "payments", at[3], 3001, primary=1, observations=values,
             attributes={"http.request.method": "POST", "peer.port": 443},
             memory_delta=8192, links=(cause,), **charge),
        span(trace, ACQUIRER, CHARGE, "acquirer.post", "payments", at[4], 2995, primary=0, kind=3,
             observations=(seen("timeout", 3.0),), **failing(at[4], "ReadTimeout", "timed out")),
    ]  # fmt: skip


def steady(start_ns: int, count: int, step_ms: int = 1000) -> list[SpanIn]:
    """Calls that go well, one trace each, two processes in turn, the newest last."""
    found = []
    for number in range(count):
        trace, at = f"{number + 1:032x}", start_ns + number * step_ms * MS
        process, group = (("audit_line", "orders"), ("load_catalog", "catalog"))[number % 2]
        found.append(
            span(trace, f"{number + 1:016x}", "", process, group, at, 5 + number % 40, primary=0,
                 observations=(seen("checked", number),))
        )  # fmt: skip
    return found


def shop(directory: Path, spans: Sequence[SpanIn], now_ns: int) -> Path:
    """Write the spans into a store of this folder and close it."""
    settings = Settings()
    store = Store.open(directory, settings.store, settings.staleness, lambda: now_ns)
    try:
        store.write(spans)
    finally:
        store.close()
    return directory
