"""One figure of the table: what was measured, against what it must hold, and how it was taken.

Each part of the bench is a module with `rows(n: int) -> list[Row]`, where n is the size of the
store in spans; `bench/__main__.py` calls them and writes docs/benchmarks.md.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

RUNS = 3


@dataclass(frozen=True)
class Row:
    """`measured` as people read it, unit included; `held` is None where nothing was promised."""

    what: str
    measured: str
    how: str
    hold: str = ""
    reach: str = ""
    held: bool | None = None
    reached: bool | None = None


def median_of(measure: Callable[[], float], runs: int = RUNS) -> float:
    """The middle of several runs."""
    return statistics.median(measure() for _ in range(runs))


def at_least(what: str, value: float, hold: float, reach: float, how: str, unit: str = "") -> Row:
    """A figure that must not fall below `hold`."""
    return Row(
        what, figure(value, unit), how, f"≥ {figure(hold, unit)}", f"≥ {figure(reach, unit)}",
        value >= hold, value >= reach,
    )  # fmt: skip


def at_most(what: str, value: float, hold: float, reach: float, how: str, unit: str = "") -> Row:
    """A figure that must not rise above `hold`."""
    return Row(
        what, figure(value, unit), how, f"≤ {figure(hold, unit)}", f"≤ {figure(reach, unit)}",
        value <= hold, value <= reach,
    )  # fmt: skip


def figure(value: float, unit: str = "") -> str:
    """Three significant digits, thousands with commas: 15,200 spans/s, 0.312, 4.56 ms."""
    digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".rstrip()
