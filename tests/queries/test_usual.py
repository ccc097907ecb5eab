"""What is usual for a value, and which values are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from queries.base import Reader
from queries.usual import Usual, judge, summed, usual
from tests.support import shop

NOW = 1_795_269_755_900_000_000
SECOND = 10**9
NUMBERS = summed([("float", float(at)) for at in range(100)])
CURRENCIES = summed([("str", "USD")] * 60 + [("str", "EUR")] * 40)


@pytest.mark.parametrize(
    ("kind", "value", "known", "oddity"),
    [
        ("float", 50.0, NUMBERS, ""),
        ("float", 400.0, NUMBERS, "above"),
        ("float", -9.0, NUMBERS, "below"),
        ("str", "50", NUMBERS, "type"),
        ("NoneType", None, NUMBERS, "type"),
        ("str", "USD", CURRENCIES, ""),
        ("str", "JPY", CURRENCIES, "unseen"),
        ("float", 400.0, None, ""),
    ],
)
def test_a_value_is_odd_outside_what_was_seen(
    kind: str, value: object, known: Usual | None, oddity: str
) -> None:
    assert judge(kind, value, NOW, known).oddity == oddity


def test_a_few_calls_are_not_enough_to_call_anything_odd() -> None:
    few = summed([("int", 1)] * 19)
    assert judge("int", 99, NOW, few).oddity == ""
    assert judge("int", 99, NOW, summed([("int", 1)] * 20)).oddity == "above"


def test_the_share_of_a_known_value_is_told() -> None:
    assert judge("str", "EUR", NOW, CURRENCIES).share == pytest.approx(0.4)


def test_decimals_are_numbers_and_text_of_many_kinds_is_never_unseen() -> None:
    decimals = summed([("Decimal", f"{at}.50") for at in range(1, 60)])
    assert judge("Decimal", "900.00", NOW, decimals).oddity == "above"
    names = summed([("str", f"order {at}") for at in range(60)])
    assert names.shares == {}
    assert judge("str", "another", NOW, names).oddity == ""


def test_only_a_value_of_the_stale_run_is_stale() -> None:
    known = summed([("float", 1.0)] * 30, (1.0, 31, NOW - 10 * SECOND, NOW))
    assert judge("float", 1.0, NOW - SECOND, known).oddity == "stale"
    assert judge("float", 1.0, NOW - 20 * SECOND, known).oddity == ""
    assert judge("float", 2.0, NOW - SECOND, known).oddity != "stale"


def test_usual_looks_at_the_calls_before_and_not_at_the_same_trace(tmp_path: Path) -> None:
    before = [
        shop.span(f"{at + 1:032x}", f"{at + 1:x}", "", "charge", "payments", NOW - (50 - at) * SECOND, 1,
                  primary=0, observations=(shop.seen("amount", at), shop.seen("currency", "USD")))
        for at in range(30)
    ]  # fmt: skip
    same = shop.span(shop.TRACE, "f1", "", "charge", "payments", NOW - SECOND, 1, primary=0,
                     observations=(shop.seen("amount", 9000),))  # fmt: skip
    after = shop.span("cd" * 16, "f2", "", "charge", "payments", NOW + SECOND, 1, primary=0,
                      observations=(shop.seen("amount", 8000),))  # fmt: skip
    reader = Reader.open(shop.shop(tmp_path, [*before, same, after], NOW + 2 * SECOND))
    known = usual(reader, "payments", "charge", "shop.payments", NOW, shop.TRACE)
    assert (known["amount"].calls, known["amount"].types) == (30, ("int",))
    assert (known["amount"].high or 0) < 30
    assert known["currency"].shares == {"USD": 1.0}


def test_a_function_nobody_called_has_nothing_usual(tmp_path: Path) -> None:
    assert usual(Reader.open(tmp_path), "payments", "charge", "", NOW) == {}
