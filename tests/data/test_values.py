"""What equal values share, and what columns hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.values import SERIES_TEXT, codes_of, column_value, number_of, series_value

NAN = float("nan")


def codes(*values: object, numbers: list[float | None] | None = None) -> list[int]:
    given_ = numbers or [number_of(type(value).__name__, value) for value in values]
    return codes_of(values, np.array(given_, np.float64)).tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (0.0, -0.0), (NAN, -NAN), ("a", "a"), (b"a", b"a"), ([1, "x"], [1, "x"]), (None, None)],
)
def test_equal_values_share_a_code(one: object, other: object) -> None:
    first, second = codes(one, other)
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2), (-1, -2), (2**53, 2**53 + 1), (2**62, 2**62 + 1), (NAN, 0.0), (NAN, "NaN"), (True, 1),
        (True, "true"), (None, ""), ("1", 1), (float("inf"), float("-inf")),
        ("a" * 9_999, "b" * 9_999), ([], {}),
    ],
)  # fmt: skip
def test_different_values_do_not(one: object, other: object) -> None:
    first, second = codes(one, other)
    assert first != second


def test_a_decimal_counts_as_its_number() -> None:
    assert len(set(codes("1.50", 1.5, numbers=[1.5, 1.5]))) == 1


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=8), min_size=2)
)
def test_codes_tell_values_apart_as_equality_does(values: list[object]) -> None:
    made = codes(*values)
    for at, value in enumerate(values[1:]):
        assert (made[at] == made[at + 1]) == (values[at] == value)


@pytest.mark.parametrize(
    ("value", "number", "stored", "exact"),
    [
        ("text", None, "text", True),
        (3, 3, 3, True),
        (-0.5, -0.5, -0.5, True),
        ("1.50", 1.5, 1.5, False),
        (True, None, "true", False),
        (None, None, None, True),
        (b"x", None, '{"$b":"eA=="}', False),
        ([1, 2], None, "[1,2]", False),
        (float("inf"), float("inf"), float("inf"), True),
    ],
)
def test_columns_hold_numbers_as_numbers_and_the_rest_as_text(
    value: object, number: float | None, stored: object, exact: bool
) -> None:
    assert column_value(value, number) == (stored, exact)


def test_nan_is_kept_as_text_because_sqlite_would_drop_it() -> None:
    assert column_value(NAN, NAN) == ("NaN", False)


@pytest.mark.parametrize(
    ("type_name", "value", "number"),
    [
        ("int", 3, 3), ("float", 2.5, 2.5), ("bool", True, None), ("str", "3", None), ("Decimal", "3", 3),
        ("Decimal", "0.1", 0.1), ("Decimal", "many", None), ("NoneType", "None", None), ("list", [1], None),
    ],
)  # fmt: skip
def test_only_numeric_types_are_numbers(type_name: str, value: object, number: float | None) -> None:
    assert number_of(type_name, value) == number


def test_a_long_value_is_cut_in_a_series_but_stays_itself() -> None:
    one, other = series_value("a" * 9_000 + "b", None), series_value("a" * 9_000 + "c", None)
    assert one != other
    assert one.startswith("a" * SERIES_TEXT)
    assert len(one) < 2 * SERIES_TEXT
