"""Tests of traced code see what was recorded, with times that do not depend on the machine."""

from __future__ import annotations

import pytest

import flowglass
from flowglass import observe, trace
from flowglass.testing import FixedClock, capture
from tests.flowglass.sink import Sink


@trace
def price(item: str, *, count: int = 1) -> list[int]:
    observe(each=len(item))
    return [len(item)] * count


@trace
def checkout(items: list[str]) -> int:
    return sum(price(item)[0] for item in items)


@trace
def refuse() -> None:
    raise ValueError("closed")


def test_what_was_recorded_is_seen_and_not_sent(sink: Sink) -> None:
    with capture() as seen:
        assert checkout(["tea", "milk"]) == 7
        assert [one.name for one in seen.spans] == ["price", "price", "checkout"]
    outer = seen.one("checkout")
    assert (outer.arguments, outer.returned, outer.types) == (
        {"items": "['tea', 'milk']"}, 7, {"arg.items": "list"},
    )  # fmt: skip
    inner = seen.named("price")[0]
    assert (inner.arguments, inner.observed) == ({"item": "tea", "count": 1}, {"each": 3})
    assert (inner.parent, outer.parent, inner.module) == ("checkout", "", __name__)
    checkout([])
    flowglass.flush(20)
    assert [one.name for one in sink.spans] == ["checkout"]
    assert flowglass.stats()["queue"] == 0


def test_times_are_the_same_every_time() -> None:
    clock = FixedClock(start_ns=1_000, step_ns=10)
    with capture(clock=clock) as seen:
        checkout(["tea"])
    inner, outer = seen.one("price"), seen.one("checkout")
    assert (outer.start_ns, inner.start_ns, inner.end_ns, outer.end_ns) == (1_000, 1_010, 1_020, 1_030)


def test_errors_are_seen() -> None:
    with capture() as seen, pytest.raises(ValueError, match="closed"):
        refuse()
    assert (seen.one("refuse").error, seen.one("refuse").message) == ("ValueError", "closed")


def test_levels_apply() -> None:
    with capture(level="timing") as seen:
        checkout(["tea"])
    assert seen.one("checkout").arguments == {}


def test_asking_for_one_of_several_says_how_many_there_are() -> None:
    with capture() as seen:
        checkout(["tea", "milk"])
    with pytest.raises(AssertionError, match="2 spans are named 'price', not one"):
        seen.one("price")
