from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go
import pytest

from dashboard import zone
from dashboard.figures import history as figures
from dashboard.figures.history import Selection, VersionMark
from dashboard.theme import Theme, token
from queries.code_history import Bin, History, Moment

NOW = 1_795_269_755_000_000_000
STEP = 600 * 10**9
MS = 10**6


def moment(at: int, calls: int = 10, p95: int | None = 20) -> Moment:
    scaled = None if p95 is None else p95 * MS
    half = None if p95 is None else p95 * MS // 2
    return Moment(NOW + at * STEP, calls, calls // 5, half, scaled, scaled and scaled * 2, 4096, 8192)


HISTORY = History(STEP, tuple(moment(at) for at in range(12)), ())
MARKS = (
    VersionMark("v1", NOW - 1, False),
    VersionMark("v2", NOW + 3 * STEP, False),
    VersionMark("v3", NOW + 6 * STEP, True),
)


def traces(figure: dict[str, Any]) -> dict[str, Any]:
    return {trace["name"]: trace for trace in figure["data"]}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_figure_is_one_that_plotly_accepts(theme: Theme) -> None:
    bins = (Bin(1e6, 2e6, 5, 1), Bin(2e6, 4e6, 3, 0))
    for figure in (
        figures.latency(HISTORY, MARKS, None, theme), figures.memory(HISTORY, MARKS, None, theme),
        figures.durations(bins, bins, "last 24 h", theme), figures.durations(bins, (), "", theme),
        figures.nothing(theme, "words"), figures.nothing(theme),
    ):  # fmt: skip
        assert go.Figure(figure).layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_latency_is_in_milliseconds_with_calls_and_errors_below() -> None:
    shown = traces(figures.latency(HISTORY, (), None, "dark"))
    assert list(shown) == ["calls", "errors", "p50", "p95", "p99"]
    assert shown["p95"]["y"] == [20.0] * 12
    assert shown["errors"]["y"] == [2] * 12
    assert shown["errors"]["fillcolor"] == token("dark", "bad-lamp")
    assert (shown["p50"]["x0"], shown["p50"]["dx"]) == ("2026-11-21T14:02:35.000", 600_000)


def test_each_time_is_written_where_clocks_change() -> None:
    autumn = 1_792_890_000_000_000_000  # 25 October 2026, 01:00 UTC: clocks in Berlin went back an hour
    moments = tuple(replace(moment(0), start_ns=autumn + at * STEP) for at in (-1, 0))
    zone.choose("Europe/Berlin")
    try:
        shown = traces(figures.latency(History(STEP, moments, ()), (), None, "dark"))
    finally:
        zone.choose(None)
    assert shown["p50"]["x"] == ["2026-10-25T02:50:00.000", "2026-10-25T02:00:00.000"]


def test_a_bucket_without_calls_is_a_gap_and_not_a_zero() -> None:
    gap = History(STEP, (moment(0), moment(1, 0, None), moment(2)), ())
    assert traces(figures.latency(gap, (), None, "dark"))["p50"]["y"] == [10.0, None, 10.0]


def test_a_value_between_two_gaps_is_a_dot() -> None:
    some = [moment(at, 10, None if at in (1, 3) else 20) for at in range(6)]
    lonely = traces(figures.latency(History(STEP, tuple(some), ()), (), None, "dark"))["p95"]
    assert lonely["marker"]["size"] == [5, 0, 5, 0, 0, 0]
    assert traces(figures.latency(HISTORY, (), None, "dark"))["p95"]["mode"] == "lines"


def test_versions_inside_the_time_are_marked_and_the_open_one_stands_out() -> None:
    layout = figures.latency(HISTORY, MARKS, None, "dark")["layout"]
    assert [shape["x0"] for shape in layout["shapes"]] == [
        "2026-11-21T14:32:35.000",
        "2026-11-21T15:02:35.000",
    ]
    assert layout["shapes"][1]["line"]["color"] == token("dark", "accent")
    assert "<b>v3</b>" in [note["text"] for note in layout["annotations"]]


def test_the_label_of_a_version_at_the_end_stands_left_of_its_line() -> None:
    marks = (VersionMark("v2", NOW + 3 * STEP, False), VersionMark("v3", NOW + 12 * STEP - 1, True))
    notes = figures.latency(HISTORY, marks, None, "dark")["layout"]["annotations"]
    sides = {note["text"]: note["xanchor"] for note in notes if "v" in note["text"]}
    assert sides == {"v2": "left", "<b>v3</b>": "right"}


def test_the_chosen_range_is_brushed_only_when_more_is_shown() -> None:
    part = figures.latency(HISTORY, (), Selection(NOW, NOW + STEP), "dark")["layout"]["shapes"]
    whole = figures.latency(HISTORY, (), Selection(NOW, NOW + 12 * STEP), "dark")["layout"]["shapes"]
    assert ([shape["type"] for shape in part], whole) == (["rect"], [])


def test_names_at_the_ends_of_lines_do_not_lie_on_each_other() -> None:
    close = History(STEP, (Moment(NOW, 1, 0, 100 * MS, 101 * MS, 102 * MS, None, None),), ())
    notes = figures.latency(close, (), None, "dark")["layout"]["annotations"]
    heights = sorted(note["y"] for note in notes if note.get("yref") == "y")
    assert len(heights) == 3
    assert all(after - before >= 9 for before, after in itertools.pairwise(heights))


def test_memory_without_samples_still_draws() -> None:
    bare = History(STEP, (Moment(NOW, 1, 0, 1, 1, 1, None, None),), ())
    assert traces(figures.memory(bare, (), None, "dark"))["p50"]["y"] == [None]


def test_no_calls_say_so_in_place_of_axes() -> None:
    silent = History(STEP, (moment(0, 0, None),), ())
    for figure in (figures.latency(silent, (), None, "dark"), figures.durations((), (), "", "dark")):
        assert "No calls" in figure["layout"]["annotations"][0]["text"]


def test_days_are_named_when_the_time_is_longer_than_one() -> None:
    long = History(
        86_400 * 10**9, (moment(0), Moment(NOW + 6 * 86_400 * 10**9, 1, 0, 1, 1, 1, None, None)), ()
    )
    assert figures.latency(long, (), None, "dark")["layout"]["xaxis"]["tickformat"] is None


def test_the_chosen_durations_stand_before_those_of_the_whole_history() -> None:
    bins = (Bin(1e6, 2e6, 6, 1), Bin(2e6, 4e6, 2, 0))
    whole = (Bin(1e6, 2e6, 200, 0), Bin(2e6, 4e6, 200, 0), Bin(4e6, 8e6, 400, 0))
    figure = figures.durations(bins, whole, "last 24 h", "dark")
    assert traces(figure)["last 24 h"]["y"] == pytest.approx([2, 2, 4])
    assert figure["layout"]["annotations"][0]["text"] == "line: last 24 h"
    assert list(traces(figures.durations(bins, (), "", "dark"))) == ["calls", "errors"]


def test_a_logarithmic_axis_names_round_durations() -> None:
    axis = figures.durations((Bin(0.9e6, 30e6, 5, 1),), (), "", "dark")["layout"]["xaxis"]
    assert axis["ticktext"] == ["1.00 ms", "2.00 ms", "5.00 ms", "10.0 ms", "20.0 ms"]
    wide = figures.durations((Bin(1.0, 3e9, 5, 1),), (), "", "dark")["layout"]["xaxis"]
    assert wide["ticktext"][0] == "1 ns"
    assert len(wide["ticktext"]) == 10
