"""Orders, the heart of the shop: validate, price, reserve, charge; a thread mails the receipt."""

from __future__ import annotations

import itertools
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from demo import rpc
from demo.ports import PAYMENTS, PRICING
from demo.services.peer import ask
from flowglass import observe, trace

_numbers = itertools.count(0x8F2100)
_luck = random.Random(17)
_mail = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mail")


class StockConflict(Exception):
    """Somebody else took the last piece."""


class Stock:
    """How many pieces lie in the warehouse; filled up at night, drawn down by day."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: dict[str, int] = {}

    @trace
    def level(self, sku: str) -> int:
        """Pieces of one article on the shelf."""
        return self._pieces.setdefault(sku, 400)

    @trace
    def reserve(self, lines: dict[str, int]) -> int:
        """Take the pieces of an order off the shelf; returns how many."""
        time.sleep(0.004)
        if _luck.random() < 0.02:
            raise StockConflict(f"sku {next(iter(lines))} changed while reserving")
        with self._lock:
            for sku, count in lines.items():
                left = self.level(sku) - count
                self._pieces[sku] = left if left > 0 else 400
        return sum(lines.values())

    @trace
    def put_back(self, lines: dict[str, int]) -> None:
        """Undo a reservation."""
        with self._lock:
            for sku, count in lines.items():
                self._pieces[sku] = self.level(sku) + count


stock = Stock()


@trace
def validate_cart(lines: dict[str, int]) -> int:
    """Pieces in the cart."""
    if not lines:
        raise ValueError("the cart is empty")
    return sum(lines.values())


@trace
def send_receipt(to: str, order_id: str) -> None:
    """Mail the receipt."""
    time.sleep(_luck.uniform(0.005, 0.02))


@trace
def create_order(order: dict[str, Any]) -> dict[str, Any]:
    """Take an order from cart to receipt."""
    order_id = f"ord_{next(_numbers):06X}"
    observe(order_id=order_id)
    validate_cart(order["lines"])
    priced = ask(
        PRICING,
        "price_order",
        lines=order["lines"],
        currency=order["currency"],
        tier=order["tier"],
        country=order["country"],
    )
    stock.reserve(order["lines"])
    try:
        charge = ask(
            PAYMENTS,
            "charge_card",
            card_token=order["card_token"],
            amount=priced["total"],
            country=order["country"],
        )
    except rpc.RemoteFailure:
        stock.put_back(order["lines"])
        raise
    _mail.submit(send_receipt, order["email"], order_id)
    return {"order_id": order_id, "charge": charge, **priced}


FUNCTIONS: dict[str, Any] = {"create_order": create_order}
