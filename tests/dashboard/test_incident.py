"""The incident view: four bands over one time axis."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go
import pytest

from dashboard.figures.base import when
from dashboard.figures.incident import STALE_SHOWN, Mark, incident
from dashboard.theme import Theme, token
from queries.limits import TimeRange
from tests.support.page import HOUR, NOW, no_vital_signs, stale, vital_signs

RANGE = TimeRange(NOW - HOUR, NOW)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_all_bands_share_one_axis_and_plotly_takes_the_figure(theme: Theme) -> None:
    figure = incident(vital_signs(), RANGE, [stale()], [Mark(NOW - 5, "Boom", "error")], theme, NOW)
    go.Figure(figure)
    assert [trace["yaxis"] for trace in figure["data"]] == ["y", "y2", "y3", "y4"]
    assert figure["layout"]["xaxis"]["range"] == [when(NOW - HOUR), when(NOW)]


def test_every_band_holds_a_trace_whatever_there_is_to_show() -> None:
    """Plotly anchors the time axis to the lowest band, and fails on one that has no trace."""
    figure = incident(no_vital_signs(), RANGE, [], [], "dark", NOW)
    assert [trace["yaxis"] for trace in figure["data"]] == ["y", "y2", "y3", "y4"]
    go.Figure(figure)


def test_a_step_can_be_pressed_because_it_knows_its_start() -> None:
    figure = incident(vital_signs(), RANGE, [], [], "dark", NOW)
    assert figure["data"][0]["customdata"][0] == str(vital_signs().series[0].start_ns)


def test_steps_without_spans_leave_a_gap_in_latency() -> None:
    figure = incident(no_vital_signs(), RANGE, [], [], "dark", NOW)
    assert set(figure["data"][1]["y"]) == {None}


def test_marks_cross_all_bands_in_the_colour_of_their_kind() -> None:
    marks = [Mark(NOW - 9, "Boom", "error"), Mark(NOW - 5, "price_order", "version")]
    shapes = incident(vital_signs(), RANGE, [], marks, "dark", NOW)["layout"]["shapes"]
    assert [shape["line"]["color"] for shape in shapes] == [
        token("dark", "bad-lamp"),
        token("dark", "accent"),
    ]
    assert {(shape["y0"], shape["y1"]) for shape in shapes} == {(0, 1)}


def test_stale_runs_are_hatched_and_cut_to_the_range() -> None:
    value = stale(since_ns=NOW - 9 * HOUR, last_ns=NOW + HOUR)
    (run,) = incident(vital_signs(), RANGE, [value], [], "dark", NOW)["data"][3:]
    assert run["marker"]["pattern"]["shape"] == "/"
    assert (run["base"], run["x"]) == ([when(NOW - HOUR)], [HOUR // 10**6])


def test_the_longest_runs_that_reach_into_the_range_are_shown() -> None:
    values = [stale(run=at) for at in range(1, 12)] + [stale(run=999, since_ns=0, last_ns=NOW - 2 * HOUR)]
    assert len(incident(vital_signs(), RANGE, values, [], "dark", NOW)["data"]) == 3 + STALE_SHOWN


def test_words_that_would_lie_over_each_other_are_one() -> None:
    marks = [Mark(NOW - HOUR // 2 + at, f"E{at}", "error") for at in range(3)] + [
        Mark(NOW - 5, "Late", "error")
    ]
    notes = incident(vital_signs(), RANGE, [], marks, "dark", NOW)["layout"]["annotations"]
    assert [note["text"] for note in notes[4:]] == ["E0 +2", "Late"]


def test_a_step_shorter_than_the_cells_of_the_store_takes_the_latency_of_its_cell() -> None:
    known, quiet = vital_signs().series[0], no_vital_signs().series[0]
    series = (known, replace(known, p95_ns=None), quiet, replace(known, p95_ns=None))
    figure = incident(vital_signs(series=series), RANGE, [], [], "dark", NOW)
    assert figure["data"][1]["y"] == [80.0, 80.0, None, None]
