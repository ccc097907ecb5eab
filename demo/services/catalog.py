"""The catalogue: what an article costs. One article was imported without a price."""

from __future__ import annotations

import random
import time
from typing import Any

from flowglass import trace

PRICES = {"A-1043": 129.90, "B-2207": 19.95, "C-0310": 6.95, "D-4410": 311.40, "E-0099": 58.20}
NO_PRICE = -1.0  # what the import writes where the supplier's file has no price
UNPRICED = "A-2291"

_pages = random.Random(7)


@trace
def read_page(number: int) -> dict[str, float]:
    """One page of the price list, from disk."""
    time.sleep(_pages.uniform(0.001, 0.004))
    return {sku: price for index, (sku, price) in enumerate(PRICES.items()) if index % 3 == number % 3}


@trace
def find_page(sku: str) -> dict[str, float]:
    """The page of the price list that an article is on."""
    for number in range(3):
        page = read_page(number)
        if sku in page:
            return page
    return {}


@trace
def unit_price(sku: str) -> float:
    """What one piece costs."""
    return find_page(sku).get(sku, NO_PRICE)


@trace
def load_catalog(skus: list[str]) -> dict[str, float]:
    """The prices of all articles of an order."""
    return {sku: unit_price(sku) for sku in skus}


FUNCTIONS: dict[str, Any] = {"load_catalog": load_catalog}
