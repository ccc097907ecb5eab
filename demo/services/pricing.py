"""Pricing: what an order costs in the buyer's currency. Its exchange rate stops changing after a while."""

from __future__ import annotations

import random
import time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from demo.ports import CATALOG
from demo.services.peer import ask
from flowglass import observe, trace

CENT = Decimal("0.01")
FX_MOVES = 40  # calls after which the feed behind fx_rate stands still and nobody notices

_market = random.Random(11)
_rate = [1.0842, 0]  # the last rate, and how often it was asked for


class PriceMissing(Exception):
    """An article has no usable price."""


@trace
def fx_rate(amount: Decimal) -> float:
    """US dollars for one euro, as the market pays for this amount."""
    _rate[1] += 1
    if _rate[1] <= FX_MOVES:
        _rate[0] = round(_rate[0] + _market.gauss(0, 0.0007), 4)
    return _rate[0]


@trace
def tax_for(amount: Decimal, country: str) -> Decimal:
    """Tax on an amount, by country of delivery."""
    share = {"DE": Decimal("0.19"), "FR": Decimal("0.20")}.get(country, Decimal(0))
    return (amount * share).quantize(CENT, ROUND_HALF_UP)


@trace
def apply_discount(subtotal: Decimal, tier: str | None) -> Decimal:
    """The subtotal less the customer's discount; a customer without a tier is a bug of the front end."""
    shares = {"gold": Decimal("0.10"), "silver": Decimal("0.05"), "basic": Decimal(0)}
    return subtotal - subtotal * shares.get(tier)  # type: ignore[arg-type, operator]


@trace
def audit_line(sku: str, price: float) -> int:
    """Check one line against the price list, slow for expensive articles; returns the age in days."""
    time.sleep(0.03 if price > 300 else 0.002)
    return _market.randrange(1, 400)


@trace
def price_order(lines: dict[str, int], currency: str, tier: str | None, country: str) -> dict[str, Any]:
    """Price an order in the buyer's currency: discount first, then tax, then exchange."""
    prices = ask(CATALOG, "load_catalog", skus=list(lines))
    subtotal = Decimal(0)
    for sku, count in lines.items():
        if prices[sku] <= 0:
            raise PriceMissing(f"no unit price for sku {sku}")
        subtotal += Decimal(str(prices[sku])) * count
        audit_line(sku, prices[sku])
    discounted = apply_discount(subtotal, tier)
    rate = 1.0 if currency == "EUR" else fx_rate(discounted)
    total = ((discounted + tax_for(discounted, country)) * Decimal(str(rate))).quantize(CENT, ROUND_HALF_UP)
    observe(total=total)
    return {"total": float(total), "currency": currency}


FUNCTIONS: dict[str, Any] = {"price_order": price_order}
