"""The customers: they order through the web front end, some of them what cannot be delivered."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from demo import rpc
from demo.ports import STOREFRONT
from demo.services.catalog import PRICES, UNPRICED

ORDERS_PER_SECOND = 4.0
EVERY_UNPRICED = 9  # one order in nine asks for the article without a price
EVERY_TIERLESS = 23


def an_order(number: int, luck: random.Random) -> dict[str, Any]:
    """The order with this number; the third of the demo, and every ninth after it, cannot be priced."""
    lines = {sku: luck.randint(1, 3) for sku in luck.sample(sorted(PRICES), luck.randint(1, 3))}
    if number % EVERY_UNPRICED == 3:
        lines[UNPRICED] = 1
    return {
        "lines": lines,
        "currency": luck.choice(["USD", "USD", "EUR"]),
        "country": luck.choice(["DE", "FR", "US", "XX"] if number % 4 == 0 else ["DE", "FR", "US"]),
        "tier": None if number % EVERY_TIERLESS == 11 else luck.choice(["gold", "silver", "basic"]),
        "email": f"customer{luck.randint(1, 400)}@shop.example",
        "card_token": f"tok_{luck.randrange(16**12):012x}",
    }


def shop(until: Callable[[], bool]) -> int:
    """Order until told to stop; how many orders were placed."""
    luck = random.Random(19)
    number = 0
    while not until():
        rpc.call(STOREFRONT, "post_order", {}, order=an_order(number, luck))
        if number % 4 == 0:
            rpc.call(STOREFRONT, "get_health", {})
        number += 1
        time.sleep(luck.expovariate(ORDERS_PER_SECOND))
    return number
