"""How often the verdict on two versions is wrong, and how often it sees what is there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.rows import Row
from queries.measures import Ints
from queries.verdict import MINUTE_US, Blocks, Floats, Verdict, blocks, judge, nearest

RUNS = 2_000
SIGMA = 0.5  # of the logarithm of a duration
HOUR_US = 60 * MINUTE_US
MEDIAN_NS = 40e6
LARGEST = 5_000  # calls on each side in the runs without change, log-uniform from 100
Drift = Callable[[np.random.Generator, int], Floats]


def rows(spans: int) -> list[Row]:
    """False calls, what is never called, and how often a slow-down is seen. `spans` plays no part."""
    return [
        at_most_called("no change, an hour a side", 0.01, hours=1),
        at_most_called("no change, every hour 1 % up or down, 6 h a side", 0.01, hours=6, drift=walk),
        at_most_called("no change, each hour off by up to 1 %, 6 h a side", 0.01, hours=6, drift=wobble),
        at_most_called(
            "1.9 % slower, 20,000 calls a side", 0.0, hours=6, slower=1.019, calls=20_000, runs=500
        ),
        at_least_called("10 % slower, 2,000 calls a side, an hour", 0.95, 1.10, 2_000, hours=1),
        at_least_called("10 % slower, 2,000 calls a side, 6 h", 0.95, 1.10, 2_000, hours=6),
        at_least_called("20 % slower, 500 calls a side, an hour", 0.95, 1.20, 500, hours=1),
        at_least_called("20 % slower, 500 calls a side, 6 h", 0.95, 1.20, 500, hours=6),
    ]


def still(rng: np.random.Generator, hours: int) -> Floats:
    """No drift."""
    return np.zeros(hours)


def walk(rng: np.random.Generator, hours: int) -> Floats:
    """Each hour one per cent above or below the one before."""
    return np.cumsum(rng.choice([-0.01, 0.01], size=hours))


def wobble(rng: np.random.Generator, hours: int) -> Floats:
    """Each hour up to one per cent off, whatever the others are."""
    return rng.uniform(-0.01, 0.01, size=hours)


def at_most_called(
    what: str,
    hold: float,
    *,
    hours: int,
    drift: Drift = still,
    slower: float = 1.0,
    calls: int = 0,
    runs: int = RUNS,
) -> Row:
    called = sum(run(seed, hours, drift, slower, calls).speed in ("slower", "faster") for seed in range(runs))
    share = called / runs
    how = f"{runs:,} runs, log-normal with sigma {SIGMA}, " + (
        f"{calls:,} calls a side" if calls else f"100 to {LARGEST:,} calls a side"
    )
    return Row(what, f"{share:.2%} called", how, f"≤ {hold:.0%}", "", share <= hold)


def at_least_called(what: str, hold: float, slower: float, calls: int, *, hours: int) -> Row:
    called = sum(run(seed, hours, still, slower, calls).speed == "slower" for seed in range(RUNS))
    share = called / RUNS
    how = f"{RUNS:,} runs, log-normal with sigma {SIGMA}"
    return Row(what, f"{share:.2%} called", how, f"≥ {hold:.0%}", "", share >= hold)


def run(seed: int, hours: int, drift: Drift, slower: float, calls: int) -> Verdict:
    """One comparison of two versions that follow each other."""
    rng = np.random.default_rng(seed)
    count = calls or int(np.exp(rng.uniform(np.log(100), np.log(LARGEST))))
    levels = drift(rng, 2 * hours)
    old = side(rng, count, 0, hours, levels, 1.0)
    new = side(rng, count, hours, hours, levels, slower)
    return judge(near(old, newest_first=True), near(new, newest_first=False), np.random.default_rng(0))


def side(
    rng: np.random.Generator, count: int, first_hour: int, hours: int, levels: Floats, factor: float
) -> tuple[Ints, Ints]:
    """Starts and durations of one side's calls."""
    start = rng.integers(first_hour * HOUR_US, (first_hour + hours) * HOUR_US, size=count)
    level = np.log(MEDIAN_NS * factor) + levels[start // HOUR_US]
    return start, np.exp(rng.normal(level, SIGMA)).astype(np.int64)


def near(calls: tuple[Ints, Ints], *, newest_first: bool) -> Blocks:
    """What the verdict sees of one side."""
    start, duration = calls
    chosen = nearest(start, newest_first)
    return blocks(start[chosen], duration[chosen], np.zeros(int(chosen.sum()), dtype=np.bool_))
