from __future__ import annotations

import random
from pathlib import Path

import pytest

from queries.base import Reader, TimeRange
from queries.calls import is_known
from queries.code_history import histogram, history
from queries.code_load import load
from queries.code_rank import ranking
from tests.support.functions import MS, FunctionCall, write

NOW = 1_795_269_755_000_000_000
HOUR = 3_600 * 10**9
RANGE = TimeRange(NOW - HOUR, NOW)
PRICE = ("pricing", "price_order", "shop.core")


def read(tmp_path: Path, calls: list[FunctionCall]) -> Reader:
    return Reader.open(write(tmp_path / "db", calls, NOW))


def nearest_rank(values: list[int], share: float) -> int:
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 100) * len(ordered) // 100) - 1)]


def test_buckets_agree_with_counting_by_hand(tmp_path: Path) -> None:
    rng = random.Random(7)
    calls = [
        FunctionCall(
            RANGE.start_ns + rng.randrange(HOUR), ms=rng.randrange(1, 500),
            exception="E" if rng.random() < 0.1 else "", memory=rng.choice([None, 4096 * rng.randrange(9)]),
        )
        for _ in range(400)
    ]  # fmt: skip
    found = history(read(tmp_path, calls), *PRICE, RANGE, 12)
    assert len(found.moments) == 12
    for at, moment in enumerate(found.moments):
        low = RANGE.start_ns + at * HOUR // 12
        inside = [call for call in calls if low <= call.start_ns // 1000 * 1000 < low + HOUR // 12]
        durations = [round(call.ms * MS) for call in inside]
        memory = [call.memory for call in inside if call.memory is not None]
        assert (moment.start_ns, moment.calls) == (low, len(inside))
        assert moment.errors == sum(bool(call.exception) for call in inside)
        assert moment.p50_ns == nearest_rank(durations, 0.5)
        assert moment.p95_ns == nearest_rank(durations, 0.95)
        assert moment.memory_p50 == nearest_rank(memory, 0.5)


def test_a_bucket_without_calls_has_no_percentiles(tmp_path: Path) -> None:
    found = history(read(tmp_path, [FunctionCall(NOW - 10)]), *PRICE, RANGE, 4)
    assert [(one.calls, one.p50_ns, one.memory_p95) for one in found.moments[:3]] == [(0, None, None)] * 3


def test_each_version_has_its_own_figures_the_latest_first(tmp_path: Path) -> None:
    calls = [FunctionCall(NOW - 900 * 10**9 + at, ms=10, version="old") for at in range(100)]
    calls += [
        FunctionCall(NOW - 100 * 10**9 + at, ms=20, version="new", exception="E" * (at < 5))
        for at in range(50)
    ]
    calls += [FunctionCall(NOW - 2000 * 10**9, ms=1)]
    new, old, none = history(read(tmp_path, calls), *PRICE, RANGE).versions
    assert (new.hash, new.calls, new.p95_ns, new.error_rate) == ("new", 50, 20 * MS, 0.1)
    assert (old.hash, old.calls, old.p50_ns) == ("old", 100, 10 * MS)
    assert (none.hash, none.calls) == ("", 1)


def test_an_unknown_function_has_an_empty_history(tmp_path: Path) -> None:
    reader = Reader.open(tmp_path)
    assert not any(moment.calls for moment in history(reader, *PRICE, RANGE).moments)
    assert histogram(reader, *PRICE, RANGE) == ()
    assert load(reader, *PRICE, RANGE) is None
    assert not is_known(reader, *PRICE)


def test_the_histogram_holds_every_call_once(tmp_path: Path) -> None:
    rng = random.Random(3)
    calls = [
        FunctionCall(NOW - at * 1000, ms=rng.lognormvariate(3, 1), exception="E" * (at % 10 == 0))
        for at in range(1, 300)
    ]
    bins = histogram(read(tmp_path, calls), *PRICE, RANGE)
    assert (sum(bin.calls for bin in bins), sum(bin.errors for bin in bins)) == (299, 29)
    assert all(bin.low_ns < bin.high_ns for bin in bins)


def test_calls_of_one_duration_make_a_histogram_too(tmp_path: Path) -> None:
    bins = histogram(read(tmp_path, [FunctionCall(NOW - 1000, ms=0.0)]), *PRICE, RANGE)
    assert sum(bin.calls for bin in bins) == 1


def test_concurrency_is_the_overlap_of_calls(tmp_path: Path) -> None:
    at = NOW - 10**9
    calls = [FunctionCall(at, ms=100), FunctionCall(at + 50 * MS, ms=100), FunctionCall(at + 150 * MS, ms=50)]
    found = load(read(tmp_path, calls), *PRICE, RANGE)
    assert found is not None
    assert (found.peak, found.peak_ns) == (2, at + 50 * MS)
    assert found.mean == pytest.approx(250 / 200)


def test_the_lists_rank_by_time_latency_errors_and_age(tmp_path: Path) -> None:
    before = NOW - 2 * HOUR
    calls = [FunctionCall(before, name, version="v1") for name in ("often", "slow", "fails")]
    calls += [FunctionCall(NOW - HOUR // 2 + at, "often", ms=50, version="v1") for at in range(100)]
    calls += [
        FunctionCall(NOW - HOUR // 2 + at, "slow", ms=90, version="v2" if at else "v1") for at in range(20)
    ]
    calls += [
        FunctionCall(NOW - HOUR // 2 + at, "fails", ms=1, exception="E" * (at < 3), version="v1")
        for at in range(30)
    ]
    calls += [
        FunctionCall(NOW - 1000, "fresh", ms=500),
        FunctionCall(NOW - 2000, "hidden", "flowglass", ms=900),
    ]
    found = ranking(read(tmp_path, calls), RANGE, limit=3)
    assert [one.name for one in found.hot] == ["often", "slow", "fresh"]
    assert [one.name for one in found.slow] == ["slow", "often", "fails"]
    assert [(one.name, one.errors, one.error_rate) for one in found.failing] == [("fails", 3, 0.1)]
    assert [one.name for one in found.changed] == ["slow"]
    assert [one.name for one in found.new] == ["fresh"]
    assert found.functions == 4
    assert found.total_ns == sum(round(call.ms * MS) for call in calls[3:-1])


def test_an_empty_store_ranks_nobody(tmp_path: Path) -> None:
    assert ranking(Reader.open(tmp_path), RANGE).hot == ()
