from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from queries.base import Reader, TimeRange
from queries.code_sample import newest
from queries.code_tree import NOTHING, Relations, relations
from tests.support.functions import MS, FunctionCall, write

NOW = 1_795_269_755_000_000_000
START = NOW - 60 * 10**9
RANGE = TimeRange(NOW - 3_600 * 10**9, NOW)
PRICE = ("pricing", "price_order", "shop.core")
Stored = Callable[[Sequence[FunctionCall]], Reader]


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return lambda calls: Reader.open(write(tmp_path / "db", calls, NOW))


def related(reader: Reader, function: tuple[str, str, str] = PRICE, version: str = "") -> Relations:
    return relations(reader, newest(reader, *function, RANGE, version))


def parent(span: int, at: int = START, ms: float = 100.0, **more: object) -> FunctionCall:
    return FunctionCall(at, ms=ms, trace=span, span=span, **more)  # type: ignore[arg-type]


def child(of: int, span: int, after_ms: float, ms: float, name: str = "load", **more: object) -> FunctionCall:
    at = START + round(after_ms * MS)
    return FunctionCall(at, name, scope="shop.x", ms=ms, trace=of, span=span, parent=of, **more)  # type: ignore[arg-type]


def test_time_is_split_between_callees_and_the_function_itself(stored: Stored) -> None:
    reader = stored([parent(1), child(1, 2, 10, 30), child(1, 3, 50, 20, "tax")])
    found = related(reader)
    assert [(one.name, one.calls, round(one.share, 3)) for one in found.callees] == [
        ("load", 1, 0.3), ("tax", 1, 0.2),
    ]  # fmt: skip
    assert found.self_share == pytest.approx(0.5)
    assert found.callees[0].each_ns == pytest.approx(30 * MS)


def test_callees_that_run_at_the_same_time_are_not_taken_off_twice(stored: Stored) -> None:
    reader = stored([parent(1), child(1, 2, 0, 60), child(1, 3, 40, 40, "tax")])
    assert related(reader).self_share == pytest.approx(0.2)


def test_a_callee_that_outlives_the_call_counts_only_inside_it(stored: Stored) -> None:
    reader = stored([parent(1), child(1, 2, 50, 500)])
    assert related(reader).self_share == pytest.approx(0.5)


def test_callers_are_counted_with_those_that_nobody_called_or_that_are_lost(stored: Stored) -> None:
    web = FunctionCall(START, "GET /quote", "web", "flask", ms=200, trace=7, span=70)
    called = [
        FunctionCall(START + 1000, trace=7, span=71, parent=70),
        FunctionCall(START + 2000, trace=7, span=72, parent=70, exception="KeyError"),
        FunctionCall(START + 3000, trace=8, span=80),
        FunctionCall(START + 4000, trace=9, span=90, parent=1234),
    ]
    found = related(stored([web, *called]))
    (caller,) = found.callers
    assert (caller.group, caller.name, caller.scope) == ("web", "GET /quote", "flask")
    assert (caller.calls, caller.errors, caller.share) == (2, 1, 0.5)
    assert (found.sampled, found.roots, found.lost) == (4, 1, 1)


def test_a_function_that_calls_itself_is_both(stored: Stored) -> None:
    inner = FunctionCall(START + 10 * MS, ms=40, trace=1, span=2, parent=1)
    found = related(stored([parent(1), inner]))
    assert [one.name for one in found.callers] == [one.name for one in found.callees] == ["price_order"]


def test_one_version_can_be_asked_for(stored: Stored) -> None:
    calls = [
        parent(1, version="v1"), child(1, 2, 0, 50),
        parent(3, START + MS, version="v2"), child(3, 4, 0, 10, "tax"),
    ]  # fmt: skip
    reader = stored(calls)
    assert [one.name for one in related(reader, version="v2").callees] == ["tax"]
    assert {one.name for one in related(reader).callees} == {"tax", "load"}


def test_children_of_the_same_span_id_in_another_trace_are_others(stored: Stored) -> None:
    stranger = FunctionCall(START, "other", trace=99, span=5, parent=1)
    assert related(stored([parent(1), stranger])).callees == ()


def test_without_calls_there_is_nothing_to_say(stored: Stored, tmp_path: Path) -> None:
    reader = stored([parent(1, at=NOW - 7200 * 10**9)])
    assert related(reader) == NOTHING
    assert related(reader, ("pricing", "nobody", "")) == NOTHING
    assert related(Reader.open(tmp_path / "none")) == NOTHING
