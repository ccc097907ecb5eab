"""Columns beside the seven, and the orders a list can be in."""

from __future__ import annotations

from dataclasses import dataclass

from queries.extra import MAX_FIELDS, PREFIXES
from queries.top import Measure


@dataclass(frozen=True)
class Known:
    """A further column that every row carries: its head and its share of the width."""

    head: str
    flex: int
    least: int
    right: bool = False


@dataclass(frozen=True)
class Order:
    """One order: by time, or the most of the range by a measure."""

    name: str
    words: str
    measure: Measure | None
    largest_first: bool


KNOWN = {
    "duration": Known("Duration", 10, 84, right=True),
    "memory": Known("Memory", 10, 84, right=True),
    "group": Known("Group", 12, 90),
    "scope": Known("Scope", 14, 90),
    "kind": Known("Kind", 9, 76),
    "version": Known("Version", 10, 84),
    "message": Known("Message", 24, 140),
}
ORDERS = {
    order.name: order
    for order in (
        Order("newest", "newest first", None, True),
        Order("oldest", "oldest first", None, False),
        Order("longest", "longest", "duration", True),
        Order("shortest", "shortest", "duration", False),
        Order("most-memory", "of most memory", "memory", True),
        Order("least-memory", "of least memory", "memory", False),
        Order("largest", "of the largest value", "value", True),
        Order("smallest", "of the smallest value", "value", False),
        Order("slowest", "slowest against the p95 of their own process", "slowness", True),
    )
}
# The orders that a press on a column's head goes through.
BY_COLUMN = {
    "time": ("newest", "oldest"),
    "value": ("largest", "smallest"),
    "duration": ("longest", "shortest"),
    "memory": ("most-memory", "least-memory"),
}


def order(name: object) -> Order:
    """The order of that name; newest first for anything else."""
    return ORDERS.get(str(name), ORDERS["newest"])


def columns(text: object) -> tuple[str, ...]:
    """The further columns that a link names, unknown ones left out."""
    names = dict.fromkeys(str(text or "").split(","))
    return tuple(name for name in names if name in KNOWN or is_field(name))[:MAX_FIELDS]


def is_field(name: str) -> bool:
    """Whether it is an attribute, an observation or a resource attribute."""
    return name == "return" or any(name.startswith(prefix) and name != prefix for prefix in PREFIXES)
