"""Payments: an acquirer that declines, times out, and grows slower through the hour."""

from __future__ import annotations

import asyncio
import math
import random
import time
from typing import Any

from flowglass import observe, trace

TIMEOUT_S = 0.2
SLOW_PERIOD_S = 120.0  # the acquirer's answer time swells and falls once in this time

_luck = random.Random(13)


class CardDeclined(Exception):
    """The acquirer said no."""


class GatewayTimeout(Exception):
    """The acquirer did not answer in time."""


@trace
async def card_history(card_token: str) -> int:
    """How often this card was used this month."""
    await asyncio.sleep(0.002)
    return sum(map(ord, card_token)) % 9


@trace
async def address_check(country: str) -> bool:
    """Whether the address is known."""
    await asyncio.sleep(0.003)
    return country != "XX"


@trace
async def fraud_score(card_token: str, country: str, amount: float) -> float:
    """How unlikely this payment is, 0 to 1; drifts with the amounts that come in."""
    uses, known = await asyncio.gather(card_history(card_token), address_check(country))
    return round(min(1.0, 0.02 * uses + (0.0 if known else 0.5) + amount / 5000), 3)


@trace
def acquirer_post(amount: float) -> str:
    """Ask the acquirer for the money."""
    swell = 0.5 + 0.5 * math.sin(time.time() / SLOW_PERIOD_S * math.tau)
    wait = _luck.lognormvariate(-4.0, 0.5) * (1 + 3 * swell)
    if wait > TIMEOUT_S:
        time.sleep(TIMEOUT_S)
        raise TimeoutError(f"no answer from acquirer after {TIMEOUT_S} s")
    time.sleep(wait)
    return "do_not_honor" if _luck.random() < 0.04 else f"approved {_luck.randrange(10**6):06d}"


@trace
def charge_card(card_token: str, amount: float, country: str) -> str:
    """Charge a card, unless the payment looks like fraud."""
    score = asyncio.run(fraud_score(card_token, country, amount))
    observe(amount=amount, score=score)
    try:
        answer = acquirer_post(amount)
    except TimeoutError as late:
        raise GatewayTimeout(str(late)) from late
    if not answer.startswith("approved"):
        raise CardDeclined(answer)
    return f"ch_{_luck.randrange(16**8):08x}"


FUNCTIONS: dict[str, Any] = {"charge_card": charge_card}
