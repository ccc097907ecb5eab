"""A bounded memory of what was seen lately, at the price of a plain dictionary."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """Forgets everything when it is full.

    What repeats is back after one miss each, which costs less than an LRU's bookkeeping on every hit.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def put(self, key: K, value: V) -> None:
        if len(self) >= self.size:
            self.clear()
        self[key] = value
