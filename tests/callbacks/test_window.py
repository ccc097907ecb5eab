"""The range on the screen, rounded so that viewers share it."""

from __future__ import annotations

from callbacks.window import elapsed_ns, moving, window
from dashboard import url
from dashboard.url import PageState
from queries.limits import TimeRange
from tests.support.page import HOUR, NOW, SECOND


def test_viewers_within_one_cadence_ask_for_the_same_range() -> None:
    asked = {
        window(PageState(), NOW // (5 * SECOND) * 5 * SECOND + late, 5.0) for late in (1, SECOND, 4 * SECOND)
    }
    assert len(asked) == 1


def test_what_has_just_arrived_is_inside() -> None:
    assert window(PageState(), NOW, 5.0).end_ns >= NOW


def test_a_moving_range_keeps_its_length() -> None:
    assert window(PageState(range="6h"), NOW, 5.0).length_ns == 6 * HOUR


def test_a_custom_range_is_taken_as_it_is() -> None:
    state = url.custom(PageState(), NOW - HOUR, NOW - 7)
    assert window(state, NOW, 5.0) == TimeRange(NOW - HOUR, NOW - 7)


def test_a_long_range_moves_in_longer_steps() -> None:
    assert moving(24 * HOUR, NOW, 5.0) == moving(24 * HOUR, NOW + 30 * SECOND, 5.0)


def test_rates_are_divided_by_what_has_passed() -> None:
    range = moving(HOUR, NOW, 30.0)
    assert elapsed_ns(range, NOW) == NOW - range.start_ns
    assert elapsed_ns(range, NOW + 10 * HOUR) == HOUR
