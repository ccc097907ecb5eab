"""The four readings of the Overview."""

from __future__ import annotations

import pytest

from config import ThresholdSettings
from dashboard.components import readouts
from queries.limits import TimeRange
from tests.support.page import HOUR, NOW, every, no_vital_signs, status, text, tracer, vital_signs

LIMITS = ThresholdSettings()
LAST_HOUR = TimeRange(NOW - HOUR, NOW)


def lamps(tile: object) -> str:
    return str(every(tile, className="lamp")[0].className)


def test_error_rate_stands_against_its_threshold_and_the_range_before() -> None:
    tile = readouts.error_rate(vital_signs(error_rate=0.0231, errors=139), LIMITS)
    assert "2.31%" in text(tile)
    assert "139 of 6,000 spans · red above 5 %" in text(tile)
    assert "+1.31 on the range before" in text(tile)


@pytest.mark.parametrize(("rate", "look"), [(0.001, "lamp"), (0.02, "lamp warn"), (0.2, "lamp bad")])
def test_error_rate_is_coloured_by_the_thresholds(rate: float, look: str) -> None:
    assert lamps(readouts.error_rate(vital_signs(error_rate=rate), LIMITS)) == look


def test_without_spans_there_is_no_error_rate_and_no_comparison() -> None:
    tile = readouts.error_rate(no_vital_signs(), LIMITS)
    assert "–%" in text(tile)  # noqa: RUF001
    assert lamps(tile) == "lamp off"
    assert "range before" not in text(tile)


def test_steps_without_spans_leave_a_gap_in_the_line() -> None:
    (glass,) = every(readouts.error_rate(no_vital_signs(), LIMITS), className="spark")
    assert set(getattr(glass, "data-y")) == {","}


def test_throughput_names_its_peak_and_its_change() -> None:
    series = list(vital_signs().series)
    series[30] = type(series[30])(series[30].start_ns, 900, 0, 600, None)
    tile = readouts.throughput(vital_signs(series=tuple(series)), LAST_HOUR, NOW)
    assert "0.83traces/s" in text(tile)
    assert "peak 10.0 at 13:32" in text(tile)
    assert "+100 % on the range before" in text(tile)


def test_a_large_change_of_traffic_is_told_as_a_factor() -> None:
    assert "40 × the range before" in text(  # noqa: RUF001
        readouts.throughput(vital_signs(traces_per_second=40 * 1500 / 3600), LAST_HOUR, NOW)
    )


def test_throughput_of_nothing_is_nothing() -> None:
    tile = readouts.throughput(no_vital_signs(), LAST_HOUR, NOW)
    assert "0traces/s" in text(tile)
    assert "peak" not in text(tile)


def test_queue_depth_counts_here_and_in_the_tracers() -> None:
    tile = readouts.queue_depth(status(tracers=(tracer(), tracer(queue=5))))
    assert "128spans" in text(tile)
    assert "limit 50,000 · in tracers 14 · dropped 0" in text(tile)
    assert "peak 371" in text(tile)
    assert lamps(tile) == "lamp"


@pytest.mark.parametrize(
    ("changes", "look"),
    [
        ({"queue_spans": 25_000}, "lamp warn"),
        ({"queue_spans": 46_000}, "lamp bad"),
        ({"tracers": (tracer(dropped=3),)}, "lamp warn"),
        ({"reachable": False}, "lamp off"),
    ],
)
def test_a_full_queue_and_lost_spans_are_told(changes: dict[str, object], look: str) -> None:
    assert lamps(readouts.queue_depth(status(**changes))) == look


@pytest.mark.parametrize(
    ("writer", "look"), [("OK", "lamp"), ("DELAYED", "lamp warn"), ("CIRCUIT_OPEN", "lamp bad")]
)
def test_the_writer_says_its_status_and_since_when(writer: str, look: str) -> None:
    tile = readouts.writer(status(writer=writer), NOW)
    assert f"{writer}since 09:02" in text(tile)
    assert "last batch 12 ms" in text(tile)
    assert lamps(tile) == look


def test_the_writer_gives_its_reason_when_it_has_one() -> None:
    assert "disk full" in text(readouts.writer(status(writer="CIRCUIT_OPEN", writer_reason="disk full"), NOW))


def test_a_status_since_another_day_names_the_day() -> None:
    assert "since 20 Nov 13:02" in text(readouts.writer(status(writer_since_ns=NOW - 25 * HOUR), NOW))


def test_a_collector_that_is_gone_is_shown_with_its_last_answer() -> None:
    tile = readouts.writer(status(reachable=False, why="nothing is listening on its port"), NOW + 12 * 10**9)
    assert "down" in text(tile)
    assert "nothing is listening on its port" in text(tile)
    assert "last answer 12 s ago" in text(tile)
    assert lamps(tile) == "lamp bad"


def test_every_colour_has_its_word_for_those_who_cannot_see_it() -> None:
    assert ": warning" in text(readouts.error_rate(vital_signs(error_rate=0.02), LIMITS))
