"""The loopback ports the programs of the shop listen on."""

from __future__ import annotations

import os

BASE = int(os.environ.get("DEMO_PORT", "8060"))
STOREFRONT, ORDERS, PRICING, PAYMENTS, CATALOG = range(BASE, BASE + 5)
