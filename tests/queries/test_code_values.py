from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from queries import code_sample
from queries.base import Reader, TimeRange
from queries.code_sample import newest
from queries.code_stale import stale_of
from queries.code_suspects import suspects
from queries.code_values import BARS, MAX_TEXT, Sampled, Seen, ValueSeries, sample, series
from tests.support.functions import FunctionCall, write

NOW = 1_795_269_755_000_000_000
RANGE = TimeRange(NOW - 3_600 * 10**9, NOW)
PRICE = ("pricing", "price_order", "shop.core")


def call(seconds: float, *values: tuple[str, str, str, Any], **more: Any) -> FunctionCall:
    return FunctionCall(NOW - int(seconds * 10**9), values=values, **more)


def read(tmp_path: Path, calls: list[FunctionCall], version: str = "") -> Sampled:
    reader = Reader.open(write(tmp_path / "db", calls, NOW))
    return sample(reader, newest(reader, *PRICE, RANGE, version))


def test_every_value_is_seen_newest_first_whether_primary_or_not(tmp_path: Path) -> None:
    calls = [call(at, ("arg", "n", "int", at), ("return", "return", "str", f"r{at}")) for at in (3, 2, 1)]
    found = series(read(tmp_path, calls))
    assert [(one.source, one.name) for one in found] == [("arg", "n"), ("return", "return")]
    assert [seen.value for seen in found[0].last] == [1, 2, 3]
    assert [seen.value for seen in found[1].last] == ["r1", "r2", "r3"]


def test_numbers_have_range_and_distribution(tmp_path: Path) -> None:
    calls = [call(at, ("arg", "n", "float", float(at))) for at in range(1, 91)]
    (found,) = series(read(tmp_path, calls))
    assert (found.low, found.high, found.distinct, found.seen) == (1.0, 90.0, 90, 90)
    assert found.bars == (10,) * BARS


def test_decimals_are_numbers_and_texts_are_counted_by_kind(tmp_path: Path) -> None:
    calls = [
        call(at, ("arg", "d", "Decimal", "1.50"), ("arg", "c", "str", "ab"[at % 2])) for at in range(1, 8)
    ]
    money, currency = series(read(tmp_path, calls))
    assert (money.low, money.high, money.bars) == (1.5, 1.5, (7,))
    assert currency.bars == (4, 3)
    assert (currency.low, currency.high) == (None, None)


def test_types_and_nulls_are_counted(tmp_path: Path) -> None:
    calls = [
        call(1, ("arg", "n", "int", 1)),
        call(2, ("arg", "n", "NoneType", "None")),
        call(3, ("arg", "n", "int", 2)),
    ]
    (found,) = series(read(tmp_path, calls))
    assert found.types == (("int", 2), ("NoneType", 1))
    assert found.nulls == 1


def test_odd_numbers_do_not_break_the_distribution(tmp_path: Path) -> None:
    values = [float("nan"), float("inf"), 1e308, -1e308, 2**62, 0.0]
    calls = [call(at + 1, ("arg", "n", "float", value)) for at, value in enumerate(values)]
    (found,) = series(read(tmp_path, calls))
    assert found.seen == len(values)
    assert sum(found.bars) == 4


def test_long_values_are_cut(tmp_path: Path) -> None:
    (found,) = series(read(tmp_path, [call(1, ("arg", "t", "str", "x" * 5000))]))
    assert len(found.last[0].value) == MAX_TEXT


def test_one_version_can_be_asked_for(tmp_path: Path) -> None:
    calls = [call(2, ("arg", "n", "int", 1), version="a"), call(1, ("arg", "n", "int", 2), version="b")]
    (found,) = series(read(tmp_path, calls, "a"))
    assert found.last == (Seen(1, "int"),)


def seen_of(*values: object) -> ValueSeries:
    rows = [({("arg", "x"): Seen(value, type(value).__name__)}, 10, False) for value in values]
    (found,) = series(made(rows))
    return found


def test_the_commonest_values_are_counted() -> None:
    found = seen_of(*["EUR"] * 70, *["GBP"] * 30)
    assert found.common == ((Seen("EUR", "str"), 70), (Seen("GBP", "str"), 30))
    assert found.unusual == ()


def test_numbers_beyond_what_all_but_one_in_a_hundred_are_are_unusual() -> None:
    found = seen_of(*range(1000))
    assert [(one.kind, one.calls) for one in found.unusual] == [("above", 10), ("below", 10)]
    assert [one.bound for one in found.unusual] == [989.01, 9.99]


def test_a_rare_type_and_a_rare_value_are_unusual() -> None:
    found = seen_of(*["EUR"] * 300, None, *["usd"] * 2)
    assert [(one.kind, one.seen.value, one.calls) for one in found.unusual] == [
        ("type", "None", 1),
        ("value", "usd", 2),
    ]


def test_of_few_calls_and_of_many_texts_none_is_unusual() -> None:
    assert seen_of(*["EUR"] * 50, "usd").unusual == ()
    assert seen_of(*[f"order {at}" for at in range(300)]).unusual == ()


def test_an_unknown_function_has_no_values(tmp_path: Path) -> None:
    reader = Reader.open(tmp_path)
    nothing = sample(reader, newest(reader, *PRICE, RANGE))
    assert series(nothing) == ()
    assert suspects(nothing).slow == ()


def made(rows: list[tuple[dict[tuple[str, str], Seen], int, bool]]) -> Sampled:
    return Sampled(
        tuple(row[1] for row in rows), tuple(row[2] for row in rows), tuple(row[0] for row in rows)
    )


def test_a_value_whose_calls_are_slow_is_named_with_how_much_oftener() -> None:
    rng = random.Random(1)
    rows = []
    for _ in range(1000):
        currency = rng.choice(["EUR"] * 9 + ["GBP"])
        slow = rng.random() < (0.7 if currency == "GBP" else 0.03)
        rows.append(
            (
                {("arg", "currency"): Seen(currency, "str")},
                rng.randrange(90, 110) * (10 if slow else 1),
                False,
            )
        )
    found = suspects(made(rows))
    assert [one.value for one in found.slow] == ["GBP"]
    assert found.slow[0].share > 5 * found.slow[0].usual
    assert found.failing == ()


def test_the_quarter_of_a_number_whose_calls_fail_is_named() -> None:
    rows = [({("arg", "n"): Seen(at, "int")}, 10, at >= 750 and at % 3 == 0) for at in range(1000)]
    (found,) = suspects(made(rows)).failing
    assert (found.low, found.high) == (749.25, 999)
    assert found.calls == 250


def test_values_that_explain_nothing_are_not_named() -> None:
    rng = random.Random(2)
    rows = [
        (
            {("arg", "c"): Seen(rng.choice("abcd"), "str"), ("return", "return"): Seen(at > 900, "bool")},
            at,
            False,
        )
        for at in range(1000)
    ]
    rng.shuffle(rows)
    assert suspects(made(rows)).slow == ()


def test_identifiers_explain_nothing() -> None:
    rows = [({("arg", "id"): Seen(f"o-{at}", "str")}, at, at > 900) for at in range(1000)]
    assert suspects(made(rows)).failing == ()


def test_stale_values_are_found_for_the_asked_functions_only(tmp_path: Path) -> None:
    def stuck(name: str) -> list[FunctionCall]:
        return [call(20 - at, ("return", "return", "float", 1.5), name=name) for at in range(8)]

    reader = Reader.open(write(tmp_path / "db", [*stuck("a"), *stuck("b")], NOW))
    (found,) = stale_of(reader, [("pricing", "a", "shop.core"), ("pricing", "nobody", "")])
    assert (found.function[1], found.data, found.value, found.run) == ("a", "return", 1.5, 8)
    assert stale_of(Reader.open(tmp_path / "none"), [PRICE]) == ()


def test_the_newest_calls_are_taken_whatever_day_they_lie_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = 86_400
    calls = [call(at * day / 4 + 1, ("arg", "n", "int", at)) for at in range(40)]
    reader = Reader.open(write(tmp_path / "db", calls, NOW))
    wide = TimeRange(NOW - 20 * day * 10**9, NOW)
    with reader.session() as session:
        assert len(session.segments) > 5
    for limit in (1, 3, 7, 40, 100):
        monkeypatch.setattr(code_sample, "SAMPLED", limit)
        found = newest(reader, *PRICE, wide)
        expected = sorted((made.start_ns // 1000 * 1000 for made in calls), reverse=True)[:limit]
        assert [one.start_ns for one in found.calls] == expected
        assert found.partial == (limit < 40)
