"""The one rule for ids and odd clocks, on both sides of each of its edges."""

from __future__ import annotations

import pytest

from collector.admit import AHEAD_NS, DAY_NS, LATEST_NS, REASONS, Admitted, Window, refusal

NOW = 1_795_000_000_000_000_000
TRACE, SPAN = b"t" * 16, b"s" * 8
WINDOW = Window.at(NOW, 30)


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (NOW, NOW, ""),
        (NOW - 30 * DAY_NS, NOW, ""),
        (NOW - 30 * DAY_NS - 1, NOW, "too_old"),
        (NOW + AHEAD_NS, NOW + AHEAD_NS, ""),
        (NOW + AHEAD_NS + 1, NOW + AHEAD_NS + 1, "in_future"),
        (NOW, LATEST_NS, ""),
        (NOW, LATEST_NS + 1, "overflowing_time"),
        (2**64 - 1, 2**64 - 1, "overflowing_time"),
        (0, NOW, "zero_time"),
        (NOW, 0, "zero_time"),
        (0, 0, "zero_time"),
        (1, 1, "too_old"),
        (NOW, NOW - 1, "ends_before_start"),
    ],
)
def test_a_span_with_odd_times_is_refused_for_one_reason(start: int, end: int, reason: str) -> None:
    assert refusal(TRACE, SPAN, b"", start, end, WINDOW) == reason


@pytest.mark.parametrize(
    ("trace_id", "span_id", "parent_id", "reason"),
    [
        (TRACE, SPAN, SPAN, ""),
        (TRACE, SPAN, bytes(8), ""),
        (b"", SPAN, b"", "bad_trace_id"),
        (TRACE[:15], SPAN, b"", "bad_trace_id"),
        (TRACE + b"x", SPAN, b"", "bad_trace_id"),
        (bytes(16), SPAN, b"", "bad_trace_id"),
        (TRACE, b"", b"", "bad_span_id"),
        (TRACE, SPAN[:7], b"", "bad_span_id"),
        (TRACE, bytes(8), b"", "bad_span_id"),
        (TRACE, SPAN, b"p" * 7, "bad_parent_id"),
        (TRACE, SPAN, b"p" * 16, "bad_parent_id"),
    ],
)
def test_a_span_with_an_impossible_id_is_refused(
    trace_id: bytes, span_id: bytes, parent_id: bytes, reason: str
) -> None:
    assert refusal(trace_id, span_id, parent_id, NOW, NOW, WINDOW) == reason


def test_the_window_follows_the_days_that_are_kept() -> None:
    assert refusal(TRACE, SPAN, b"", NOW - 2 * DAY_NS, NOW, Window.at(NOW, 1)) == "too_old"


def test_the_explanation_counts_and_explains_each_reason() -> None:
    admitted = Admitted()
    admitted.rejected.update(["too_old", "zero_time", "too_old"])
    told = admitted.explanation()
    assert told.startswith("2 rejected (too_old): ")
    assert f"1 rejected (zero_time): {REASONS['zero_time']}" in told


def test_nothing_is_explained_when_all_were_taken() -> None:
    assert Admitted().explanation() == ""
