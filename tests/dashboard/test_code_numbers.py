"""The figures of one function against the equal range before, and what is said when there are too few."""

from __future__ import annotations

from dataclasses import replace

from dashboard.components import code_numbers
from dashboard.components.code_numbers import Figures
from queries.code import FunctionStats
from queries.code_load import Load
from tests.support.components import by_class, find, texts
from tests.support.page import text

MS = 10**6
NOW = FunctionStats(500, 5, 0.01, 2e6, 1 * MS, 2 * MS, 3 * MS, 4 * MS, 4096, 8192, 9)
BEFORE = FunctionStats(400, 2, 0.005, 1e6, 1 * MS, 1 * MS, 1 * MS, 2 * MS, 2048, 8192, 7)
LOAD = Load(1.5, 6, 0, 400, partial=False)


def shown(figures: Figures) -> dict[str, list[str]]:
    """What each cell says after its label."""
    return {texts(cell)[0]: texts(cell)[1:] for cell in by_class(code_numbers.readouts(figures), "num")}


def test_every_figure_stands_against_the_range_before() -> None:
    found = shown(
        Figures(
            NOW,
            BEFORE,
            LOAD,
            Load(1.0, 2, 0, 300, partial=False),
            self_share=0.8,
            self_before=0.7,
            tracing_ns=2000,
            tracing_before=1600,
        )
    )
    assert {name: says[-1] for name, says in found.items()} == {
        "Calls": "+25 %",
        "p50": "0 %",
        "p95": "+100 %",
        "p99": "+200 %",
        "Max": "+100 %",
        "Error rate": "+0.50 points",
        "Mean": "+100 %",
        "Self time": "+10 points",
        "Memory p50": "+100 %, 9 samples",
        "Memory p95": "0 %, 9 samples",
        "Concurrency": "+50 %",
        "Tracing cost": "+25 %",
    }
    assert found["Self time"][:2] == ["80", "% of 1.00 s"]
    assert found["Concurrency"][:2] == ["1.5", "peak 6"]
    assert found["Tracing cost"][:2] == ["2.00", "µs, 0.100 %"]


def test_without_a_range_before_there_is_no_change() -> None:
    grid = code_numbers.readouts(Figures(replace(NOW, memory_p50=-4096)))
    assert [texts(cell)[-1] for cell in by_class(grid, "num")][1] == "\u00a0"
    assert "5 errors" in texts(grid)
    assert len(find(grid, "I")) == 3


def test_nothing_before_and_too_few_before_are_said() -> None:
    nothing = FunctionStats(0, 0, 0.0, None, None, None, None, None, None, None, 0)
    assert shown(Figures(NOW, nothing))["Calls"][-1] == "none before"
    few = shown(Figures(NOW, replace(BEFORE, calls=30, memory_samples=1)))
    assert few["p99"][-1] == "30 calls before"
    assert few["p95"][-1] == "+100 %"
    assert few["Memory p50"][-1] == "9 samples"


def test_memory_that_was_given_back_is_told_in_bytes_and_not_in_per_cent() -> None:
    found = shown(Figures(NOW, replace(BEFORE, memory_p50=-2048)))
    assert found["Memory p50"][-1].startswith("before -2")


def test_too_few_calls_are_insufficient_data() -> None:
    found = shown(Figures(replace(NOW, calls=19, memory_p50=None, memory_p95=None, memory_samples=0)))
    assert found["p95"] == ["Insufficient data", "19 of 20 calls"]
    assert found["Memory p50"] == ["Insufficient data", "no samples"]
    assert [found[name][0] for name in ("Self time", "Concurrency", "Tracing cost")] == [
        "Insufficient data"
    ] * 3
    assert found["p50"][0] == "1.00"
    none = replace(NOW, calls=0)
    assert text(code_numbers.readouts(Figures(none))).startswith("Insufficient data")
