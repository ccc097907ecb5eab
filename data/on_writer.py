"""How jobs reach the store: by short closures that its one thread runs between two commits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from data.store import Store

T = TypeVar("T")


class OnWriter(Protocol):
    """Runs a closure on the writer's thread and waits for its answer; a closure takes at most 50 ms."""

    def __call__(self, closure: Callable[[Store], T], /) -> T: ...
