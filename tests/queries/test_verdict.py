from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.verdict import MEDIAN_NS, still, walk
from bench.verdict import run as compared
from queries import code_compare, tally
from queries.base import Reader
from queries.calls import Calls
from queries.code_compare import verdict
from queries.verdict import ENOUGH_CALLS, MINUTE_US, Blocks, blocks, judge, nearest
from tests.support.functions import MS, FunctionCall, write

NOW = 1_795_269_755_000_000_000
HOUR_NS = 3_600 * 10**9
Ints = NDArray[np.int64]


def side(calls: int, minutes: int, factor: float = 1.0, errors: float = 0.0, seed: int = 0) -> Blocks:
    rng = np.random.default_rng(seed)
    start = rng.integers(0, minutes * MINUTE_US, size=calls)
    duration = np.exp(rng.normal(np.log(MEDIAN_NS * factor), 0.5, size=calls)).astype(np.int64)
    return blocks(start, duration, rng.random(calls) < errors)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_a_slow_down_of_a_fifth_is_called_with_how_much() -> None:
    found = judge(side(2000, 60), side(2000, 60, 1.2, seed=1), rng())
    assert (found.speed, found.of) == ("slower", "typical")
    assert found.low < 0.2 < found.high
    assert found.low < found.change < found.high


def test_the_same_the_other_way_round_is_faster() -> None:
    found = judge(side(2000, 60, 1.2), side(2000, 60, seed=1), rng())
    assert found.speed == "faster"
    assert found.change == pytest.approx(1 / 1.2 - 1, abs=0.05)


def test_the_same_function_is_the_same() -> None:
    assert judge(side(2000, 60), side(2000, 60, seed=1), rng()).speed == "same"


def test_slow_calls_that_became_slower_are_seen_when_typical_ones_did_not() -> None:
    def tailed(factor: float, seed: int) -> Blocks:
        random = np.random.default_rng(seed)
        duration = random.normal(40e6, 1e6, size=4000)
        duration[random.random(4000) < 0.1] *= factor
        return blocks(
            random.integers(0, 60 * MINUTE_US, size=4000), duration.astype(np.int64), np.zeros(4000, bool)
        )

    found = judge(tailed(2.0, 0), tailed(2.6, 1), rng())
    assert (found.speed, found.of) == ("slower", "p95")


@pytest.mark.parametrize(("calls", "minutes"), [(99, 60), (2000, 19)])
def test_few_calls_or_few_minutes_are_not_judged(calls: int, minutes: int) -> None:
    found = judge(side(5000, 60), side(calls, minutes, 3.0, seed=1), rng())
    assert (found.speed, found.failing) == ("too few calls", "too few calls")
    assert found.new.calls == calls


def test_an_empty_side_is_too_few_calls() -> None:
    empty = blocks(np.array([], np.int64), np.array([], np.int64), np.array([], bool))
    found = judge(side(500, 60), empty, rng())
    assert found.speed == "too few calls"
    assert (found.new.calls, found.new.p95_ns) == (0, 0)


def test_errors_that_became_more_are_called_and_rare_ones_are_not() -> None:
    assert judge(side(5000, 60, errors=0.001), side(5000, 60, errors=0.02, seed=1), rng()).failing == "more"
    assert judge(side(5000, 60, errors=0.02), side(5000, 60, errors=0.001, seed=1), rng()).failing == "less"
    assert judge(side(5000, 60, errors=0.01), side(5000, 60, errors=0.01, seed=1), rng()).failing == "same"
    assert judge(side(200, 60), side(200, 60, errors=0.005, seed=1), rng()).failing == "same"


def test_percentiles_of_a_side_are_within_the_width_of_a_bin() -> None:
    duration = np.arange(1, 10_001, dtype=np.int64) * 1000
    start = np.arange(10_000, dtype=np.int64) * (MINUTE_US // 200)
    found = judge(blocks(start, duration, np.zeros(10_000, bool)), side(500, 60), rng())
    assert found.old.p50_ns == pytest.approx(5_000_000, rel=0.011)
    assert found.old.p95_ns == pytest.approx(9_500_000, rel=0.011)


def test_the_same_calls_get_the_same_verdict() -> None:
    old, new = side(1000, 60), side(1000, 60, 1.1, seed=1)
    assert judge(old, new, rng()) == judge(old, new, rng())


def test_the_window_ends_when_there_are_enough_calls_and_minutes() -> None:
    start = np.arange(200 * 100, dtype=np.int64) * (MINUTE_US // 100)  # 100 calls a minute, 200 minutes
    late = start[nearest(start, newest_first=True)]
    early = start[nearest(start, newest_first=False)]
    assert len(late) == len(early) == 60 * 100
    assert late.min() == 140 * MINUTE_US
    assert early.max() < 60 * MINUTE_US


def test_a_quiet_function_is_judged_on_all_it_has() -> None:
    start = np.arange(ENOUGH_CALLS // 2, dtype=np.int64) * MINUTE_US
    assert nearest(start, newest_first=True).all()


@pytest.mark.parametrize("seed", range(12))
def test_drift_is_not_called_and_a_slow_down_beside_it_is(seed: int) -> None:
    assert compared(seed, 6, walk, 1.0, 2000).speed == "same"
    assert compared(seed, 1, still, 1.2, 2000).speed == "slower"


def test_two_versions_of_a_stored_function_are_compared_at_their_switch(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    switch = NOW - 2 * HOUR_NS
    calls = [
        FunctionCall(
            int(switch + at), ms=float(np.exp(random.normal(3, 0.3))) * (1.3 if at >= 0 else 1),
            version="new" if at >= 0 else "old", exception="E" if at >= 0 and random.random() < 0.1 else "",
        )
        for at in np.sort(random.integers(-HOUR_NS, HOUR_NS, size=3000))
    ]  # fmt: skip
    calls.append(FunctionCall(switch + 1, ms=1000 * MS, version="third"))
    reader = Reader.open(write(tmp_path / "db", calls, NOW))
    found = verdict(reader, "pricing", "price_order", "shop.core", "old", "new", switch)
    assert (found.speed, found.failing) == ("slower", "more")
    assert found.change == pytest.approx(0.3, abs=0.06)
    assert found.old.calls + found.new.calls == 3000
    nobody = verdict(reader, "pricing", "nobody", "", "old", "new", switch)
    assert nobody.speed == "too few calls"


def test_minutes_of_the_rollups_and_the_calls_themselves_give_the_same_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(9)
    switch = NOW // (60 * 10**9) * 60 * 10**9 - 3 * HOUR_NS + 7 * 10**9
    calls = [
        FunctionCall(
            int(switch + at), ms=float(np.exp(random.normal(3, 0.4))) * (1.2 if at >= 0 else 1),
            version="new" if at >= 0 else "old", exception="E" if random.random() < 0.02 else "",
        )
        for at in np.sort(random.integers(-3 * HOUR_NS, 2 * HOUR_NS, size=9_000))
    ]  # fmt: skip
    calls[100] = replace(calls[100], ms=0.0)
    asked = ("pricing", "price_order", "shop.core", "old", "new", switch)
    kept = Reader.open(write(tmp_path / "kept", calls, NOW))
    later = NOW + 60 * HOUR_NS  # its minutes were never kept
    gone = Reader.open(write(tmp_path / "gone", calls, later))
    few = verdict(kept, *asked)
    monkeypatch.setattr(tally, "EXACT", 1_000)
    for reader, there in ((kept, True), (gone, False)):
        with reader.session() as session:
            assert (code_compare._minutes(session, 1, switch) is not None) == there
    found = verdict(kept, *asked)
    assert found == few
    assert found == verdict(gone, *asked)
    assert found.old.calls < 4_500  # no more than it takes


def test_reading_calls_ends_where_there_are_enough(tmp_path: Path) -> None:
    def stretch(minutes: int, each: int) -> Calls:
        starts = np.repeat(np.arange(minutes, dtype=np.int64) * MINUTE_US, each)
        return Calls(starts, starts, starts > 0, starts, starts)

    assert not code_compare._enough([stretch(60, 1)])
    assert code_compare._enough([stretch(61, 100)])
    assert not code_compare._enough([stretch(29, 2_000)])
    assert code_compare._enough([stretch(30, 2_000)])
