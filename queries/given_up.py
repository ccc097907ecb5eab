"""Searches that nobody waits for any more: their SQL is interrupted, whatever budget is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


def wanted() -> bool:
    """Somebody waits: the answer where nothing else was said."""
    return False


_given_up: ContextVar[Callable[[], bool]] = ContextVar("flowglass_given_up", default=wanted)


@contextmanager
def unless(given_up: Callable[[], bool]) -> Iterator[None]:
    """Sessions that begin within it end with QueryGivenUp once this is true.

    It is asked some 5,000 times a second, from the thread of the query, so it has to be cheap.
    """
    token = _given_up.set(given_up)
    try:
        yield
    finally:
        _given_up.reset(token)


def now() -> Callable[[], bool]:
    """What tells the sessions that begin now whether they are given up."""
    return _given_up.get()
