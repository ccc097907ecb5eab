"""Rates per second of the steps of a series whose last step has only begun."""

from __future__ import annotations

import pytest

from dashboard.rates import traces_per_second
from queries.limits import TimeRange
from queries.overview import Bucket
from tests.support.page import NOW, SECOND

SERIES = tuple(Bucket(NOW + at * 10 * SECOND, 0, 0, traces, None) for at, traces in enumerate((50, 50, 30)))
RANGE = TimeRange(NOW, NOW + 30 * SECOND)


@pytest.mark.parametrize(
    ("passed", "rates"),
    [
        (60, [5, 5, 3]),
        (26, [5, 5, 5]),
        (25, [5, 5, 6]),
        (24, [5, 5, None]),
        (19, [5, 50 / 9, None]),
    ],
)
def test_a_step_that_has_begun_is_divided_by_what_has_passed_of_it(
    passed: int, rates: list[float | None]
) -> None:
    assert traces_per_second(SERIES, RANGE, NOW + passed * SECOND) == rates


def test_no_steps_have_no_rates() -> None:
    assert traces_per_second((), RANGE, NOW) == []
