"""First bad value: the earliest call before a span whose value left what is usual, and the way between."""

from __future__ import annotations

from pathlib import Path

from data.records import SpanIn
from queries.base import Reader
from queries.first_bad import first_bad
from tests.support import shop

NOW = 1_795_269_755_900_000_000
SECOND = 10**9


def usual_orders(count: int = 40) -> list[SpanIn]:
    """Orders whose rate and attempts are what they always are."""
    found = []
    for at in range(count):
        trace, start = f"{at + 1:032x}", NOW - (count + 60 - at) * SECOND
        rate = 1.07 + at / 1000
        found += [
            shop.span(trace, "b1", "", "fx_rate", "pricing", start, 1, primary=0,
                      observations=(shop.seen("return", rate, source="return"),)),
            shop.span(trace, "b2", "", "charge_card", "payments", start + 1000, 1, primary=0,
                      observations=(shop.seen("rate", rate), shop.seen("attempt", 1 + at % 2))),
        ]  # fmt: skip
    return found


def order(rate: float, attempt: int) -> list[SpanIn]:
    """One order: fx_rate below price_order, beside charge_card, which takes the rate."""
    start = NOW - 10 * SECOND
    return [
        shop.span(shop.TRACE, "a1", "", "create_order", "orders", start, 900),
        shop.span(shop.TRACE, "a2", "a1", "price_order", "pricing", start + 1000, 100),
        shop.span(shop.TRACE, "a3", "a2", "fx_rate", "pricing", start + 2000, 1, primary=0,
                  observations=(shop.seen("return", rate, source="return"),)),
        shop.span(shop.TRACE, "a4", "a1", "charge_card", "payments", start + 9000, 100, primary=0,
                  observations=(shop.seen("rate", rate), shop.seen("attempt", attempt))),
    ]  # fmt: skip


def found_in(directory: Path, spans: list[SpanIn], span: str = "a4"):  # type: ignore[no-untyped-def]
    reader = Reader.open(shop.shop(directory, [*usual_orders(), *spans], NOW))
    return first_bad(reader, shop.TRACE, span.zfill(16))


def test_the_earliest_odd_value_is_found_though_a_later_one_is_odd_too(tmp_path: Path) -> None:
    found = found_in(tmp_path, order(rate=9.5, attempt=7))
    assert (found.process, found.name, found.value, found.judged.oddity) == (
        "fx_rate",
        "return",
        9.5,
        "above",
    )
    assert [call.process for call in found.path] == ["fx_rate", "price_order", "create_order", "charge_card"]
    assert [call.carries for call in found.path] == ["return", "", "", "rate"]


def test_an_odd_value_of_the_span_itself_is_its_own_beginning(tmp_path: Path) -> None:
    found = found_in(tmp_path, order(rate=1.08, attempt=7))
    assert (found.process, found.name) == ("charge_card", "attempt")
    assert [call.process for call in found.path] == ["charge_card"]


def test_values_as_usual_have_no_bad_one(tmp_path: Path) -> None:
    assert found_in(tmp_path, order(rate=1.08, attempt=1)) is None


def test_what_comes_after_the_span_is_not_blamed(tmp_path: Path) -> None:
    assert found_in(tmp_path, order(rate=9.5, attempt=7), span="a2") is None


def test_callers_that_go_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    start = NOW - 10 * SECOND
    circle = [
        shop.span(shop.TRACE, "a1", "a2", "charge_card", "payments", start, 9, primary=0,
                  observations=(shop.seen("rate", 9.5), shop.seen("attempt", 1))),
        shop.span(shop.TRACE, "a2", "a1", "create_order", "orders", start + 1000, 9),
    ]  # fmt: skip
    assert [call.process for call in found_in(tmp_path, circle, span="a2").path] == [
        "charge_card",
        "create_order",
    ]


def test_what_is_not_stored_has_no_bad_value(tmp_path: Path) -> None:
    reader = Reader.open(tmp_path)
    assert first_bad(reader, shop.TRACE, shop.FAILED) is None
    assert first_bad(reader, "no id", "neither") is None
