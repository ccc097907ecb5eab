"""Two calls side by side: what was called, what it saw, how long it took."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.records import SpanIn
from queries.base import Reader
from queries.compare_traces import Comparison, compare
from tests.support import shop

NOW = 1_795_269_755_900_000_000
OTHER = "ab" * 16


def order(trace: str, total: object, lines: int, *, receipt: bool = False) -> list[SpanIn]:
    spans = [
        shop.span(trace, "a1", "", "create_order", "orders", NOW, 100, primary=0,
                  observations=(shop.seen("total", total), shop.seen("currency", "USD"))),
        *(shop.span(trace, f"b{at}", "a1", "price_line", "pricing", NOW + at, 9 + at) for at in range(lines)),
    ]  # fmt: skip
    return (
        [*spans, shop.span(trace, "c1", "a1", "send_receipt", "orders", NOW + 10**6, 5)] if receipt else spans
    )


def compared(directory: Path, left: list[SpanIn], right: list[SpanIn], span: str = "a1") -> Comparison:
    reader = Reader.open(shop.shop(directory, [*left, *right], NOW))
    found = compare(reader, (shop.TRACE, span.zfill(16)), (OTHER, span.zfill(16)))
    assert found is not None
    return found


def test_equal_orders_differ_in_nothing(tmp_path: Path) -> None:
    found = compared(tmp_path, order(shop.TRACE, 10, 2), order(OTHER, 10, 2))
    assert [(row.depth, row.process, row.differing) for row in found.rows] == [
        (0, "create_order", ()), (1, "price_line", ()), (1, "price_line", ()),
    ]  # fmt: skip
    assert (found.rows[0].equal_values, found.left_calls, found.right_calls, found.cut) == (2, 3, 3, False)


def test_a_value_that_differs_is_told_with_its_types(tmp_path: Path) -> None:
    found = compared(tmp_path, order(shop.TRACE, 10, 0), order(OTHER, "10", 0))
    (one,) = found.rows[0].differing
    assert (one.name, one.left, one.left_type, one.right, one.right_type) == ("total", 10, "int", "10", "str")


def test_calls_of_one_side_only_stand_alone(tmp_path: Path) -> None:
    found = compared(tmp_path, order(shop.TRACE, 10, 3), order(OTHER, 10, 1, receipt=True))
    sides = [(row.process, row.left is not None, row.right is not None) for row in found.rows]
    assert sides.count(("price_line", True, True)) == 1
    assert sides.count(("price_line", True, False)) == 2
    assert sides.count(("send_receipt", False, True)) == 1


def test_a_call_below_is_compared_alone_or_with_its_whole_trace(tmp_path: Path) -> None:
    reader = Reader.open(shop.shop(tmp_path, [*order(shop.TRACE, 1, 2), *order(OTHER, 2, 2)], NOW))
    sides = (shop.TRACE, "b1".zfill(16)), (OTHER, "b1".zfill(16))
    alone, whole = compare(reader, *sides), compare(reader, *sides, whole=True)
    assert alone is not None
    assert whole is not None
    assert [row.process for row in alone.rows] == ["price_line"]
    assert whole.rows[0].process == "create_order"


def test_a_circle_of_callers_is_compared_once(tmp_path: Path) -> None:
    circle = [
        shop.span(trace, one, other, name, "orders", NOW, 5)
        for trace in (shop.TRACE, OTHER)
        for one, other, name in (("a1", "a2", "ping"), ("a2", "a1", "pong"))
    ]
    reader = Reader.open(shop.shop(tmp_path, circle, NOW))
    found = compare(reader, (shop.TRACE, "a1".zfill(16)), (OTHER, "a1".zfill(16)), whole=True)
    assert found is not None
    assert {row.process for row in found.rows} == {"ping", "pong"}
    assert len(found.rows) == 2


@pytest.mark.parametrize("missing", [(shop.TRACE, "ff" * 8), ("00" * 16, "00" * 8), ("nonsense", "x")])
def test_a_call_that_is_not_stored_cannot_be_compared(tmp_path: Path, missing: tuple[str, str]) -> None:
    reader = Reader.open(shop.shop(tmp_path, order(shop.TRACE, 1, 1), NOW))
    assert compare(reader, missing, (shop.TRACE, "a1".zfill(16))) is None
