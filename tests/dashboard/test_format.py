# ruff: noqa: RUF001 - dashes and minus signs are what is tested
"""Numbers and times as people read them."""

from __future__ import annotations

import pytest

from dashboard import format as show

AT = 1_795_269_755_900_123_456  # 2026-11-21 14:02:35.900123456 UTC


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (None, "–"),
        (0, "0 ns"),
        (812, "812 ns"),
        (999.6, "1.00 µs"),
        (1_900, "1.90 µs"),
        (184_000_000, "184 ms"),
        (999_400_000, "999 ms"),
        (999_600_000, "1.00 s"),
        (3_280_000_000, "3.28 s"),
        (125_000_000_000, "2 min 5 s"),
    ],
)
def test_durations_have_three_digits_and_a_unit(nanoseconds: float | None, text: str) -> None:
    assert show.duration(nanoseconds) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(None, "–"), (1_240_000_000, "1,240"), (184_400_000, "184"), (12_340_000, "12.3"), (410_000, "0.41")],
)
def test_milliseconds_stand_without_their_unit(nanoseconds: int | None, text: str) -> None:
    assert show.milliseconds(nanoseconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (4.9, "4 s"),
        (72, "1 min 12 s"),
        (60, "1 min"),
        (11_100, "3 h 5 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_stretches_of_time_name_two_units(seconds: float, text: str) -> None:
    assert show.span_of(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(-1, "0 s"), (59, "59 s"), (61, "1 min"), (90_000, "1 d")])
def test_ages_name_one_unit(seconds: float, text: str) -> None:
    assert show.age(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(980, "980"), (9_999, "9,999"), (12_400, "12.4 k"), (3_100_000, "3.10 M"), (2e9, "2.00 G")],
)
def test_large_counts_are_shortened(number: float, text: str) -> None:
    assert show.short_count(number) == text


@pytest.mark.parametrize(("size", "text"), [(412, "412 B"), (3_400, "3.40 kB"), (2_410_000_000, "2.41 GB")])
def test_sizes_are_decimal(size: int, text: str) -> None:
    assert show.bytes_(size) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0, "0"), (1.2e-05, "0.000012"), (0.004, "0.004"), (0.5, "0.50"), (46.21, "46.2"), (412.4, "412")],
)
def test_rates_keep_three_digits(rate: float, text: str) -> None:
    assert show.rate(rate) == text


@pytest.mark.parametrize(
    ("number", "text"), [(4, "+4"), (-3.2, "−3"), (0.2, "0"), (-0.4, "0"), (1234, "+1,234")]
)
def test_changes_have_a_sign_unless_they_are_nothing(number: float, text: str) -> None:
    assert show.signed(number) == text


def test_percentages_have_no_sign_of_their_own() -> None:
    assert (show.percent(0.0231), show.percent(None), show.percent(0.5, 0)) == ("2.31", "–", "50")


def test_times_of_day_are_utc() -> None:
    assert show.clock(AT) == "14:02"
    assert show.clock_seconds(AT) == "14:02:35"
    assert show.clock_ms(AT) == "14:02:35.900"
    assert show.day_clock(AT) == "21 Nov 14:02"


def test_the_full_time_has_every_digit() -> None:
    assert show.full_time(AT) == "2026-11-21 14:02:35.900123456 UTC"


def test_a_window_names_its_days_when_it_has_more_than_one() -> None:
    hour = 3600 * 10**9
    assert show.window(AT - hour, AT) == "13:02 – 14:02"
    assert show.window(AT - 24 * hour, AT) == "20 Nov 14:02 – 21 Nov 14:02"


@pytest.mark.parametrize(
    ("value", "type_name", "text"),
    [
        ("A-1", "str", "'A-1'"),
        (1.0842, "float", "1.0842"),
        (0.0, "float", "0.0"),
        ("140.84", "Decimal", "140.84"),
        (None, "", "None"),
        ("None", "NoneType", "None"),
        (3, "int", "3"),
        ("['a']", "list", "['a']"),
    ],
)
def test_values_are_shown_as_seen(value: object, type_name: str, text: str) -> None:
    assert show.value(value, type_name) == text  # type: ignore[arg-type]


def test_long_texts_end_in_an_ellipsis_and_short_ones_do_not() -> None:
    assert show.shortened("no answer", 20) == "no answer"
    assert show.shortened("no answer from acquirer", 10) == "no answer…"
    assert show.shortened("first line\nsecond", 40) == "first line…"
