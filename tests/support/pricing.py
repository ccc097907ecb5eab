"""A pricing service as stored: a function with two versions, what it calls, raised, and what went stale."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.support.functions import MS, FunctionCall, traceback_event, write

HOUR = 3_600 * 10**9
GROUP, SCOPE, NAME = "pricing", "shop.core", "price_order"
FN = f"{GROUP}/{SCOPE}/{NAME}"
FILE, LINE = "/srv/shop/core.py", 112
OLD, NEW = "c6" + "0" * 14, "c7" + "0" * 14
OLD_SOURCE = '''@trace
def price_order(order: Order, currency: str = "EUR") -> Price:
    """Price an order in the buyer's currency."""
    if order.total is None:
        raise PriceMissing(order.id)
    tax = tax_for(order)
    rate = fx_rate("EUR", currency)
    return Price(order.total * rate + tax)
'''
NEW_SOURCE = OLD_SOURCE.replace(
    "    return", "    for line in order.lines:\n        audit_line(line)\n    return"
)
RAISED_AT = LINE + 4
CALLEES = (("tax_for", "shop.tax", 0.05, 0.0), ("fx_rate", "shop.fx", 0.02, 1.0842))
EVERY_NS = 20 * 10**9


def calls(now_ns: int, hours: int = 4, switch_hours: int = 2, slower: float = 1.3) -> Iterator[FunctionCall]:
    """Calls every 20 s; the new version has run for the last `switch_hours` and is slower."""
    rng = random.Random(4)
    span = 1000
    count = hours * HOUR // EVERY_NS
    for at in range(1, count):
        start = now_ns - hours * HOUR + at * EVERY_NS
        new = start >= now_ns - switch_hours * HOUR
        span += 10
        yield from _trace(rng, start, span, slower if new else 1.0, new)
    yield FunctionCall(
        now_ns - 60 * 10**9, "once", "web", "app", version="ee" + "0" * 14, source="lambda x: x\n", line=3
    )
    for at in range(30):
        yield FunctionCall(now_ns - at * 10**9 - 1, "GET /orders/{id}", "web", "flask", ms=40)


def _trace(rng: random.Random, start: int, span: int, slower: float, new: bool) -> Iterator[FunctionCall]:
    """One priced order: the call itself, then what it called."""
    ms = rng.lognormvariate(3.9, 0.3) * slower
    failed = rng.random() < 0.03
    version, source = (NEW, NEW_SOURCE) if new else (OLD, OLD_SOURCE)
    currency = rng.choice(["EUR", "EUR", "EUR", "GBP"])
    call = FunctionCall(
        start, NAME, GROUP, SCOPE, ms=ms * (3 if currency == "GBP" and new else 1), trace=span, span=span,
        version=version, source=source, file=FILE, line=LINE,
        exception="PriceMissing" if failed else "", message="order A-17" if failed else "",
        memory=4096 * rng.randrange(1, 200) if rng.random() < 0.2 else None,
        values=(
            ("arg", "currency", "str", currency), ("observe", "tax", "Decimal", "0.00"),
            ("return", "return", "Decimal", f"{rng.lognormvariate(4, 0.6):.2f}"),
        ),
    )  # fmt: skip
    if failed:
        frames = (("/srv/shop/api.py", 40, "quote"), (FILE, RAISED_AT, NAME))
        call = replace(call, events=(traceback_event(call, *frames),))
    yield call
    callees = (*CALLEES, ("audit_line", "shop.core", 0.3, None)) if new else CALLEES
    for at, (name, scope, share, value) in enumerate(callees, 1):
        values = () if value is None else (("return", "return", "float", value),)
        yield FunctionCall(
            start + round(ms * MS * 0.1 * at), name, GROUP, scope, ms=ms * share, trace=span, span=span + at,
            parent=span, values=values, version=f"{at}{at}" + "0" * 14,
            source=f"@trace\ndef {name}(*args):\n    return look_up(args)\n",
            file=f"/srv/shop/{name}.py", line=5,
        )  # fmt: skip


def stored(directory: Path, now_ns: int, **changes: float) -> Path:
    """The service in a new store."""
    return write(directory, list(calls(now_ns, **changes)), now_ns)  # type: ignore[arg-type]
