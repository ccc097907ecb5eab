from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from queries import code_sample, tally
from queries.base import Reader, TimeRange
from queries.calls import is_known
from queries.code import functions
from queries.code_history import histogram, history
from queries.code_load import load
from queries.code_rank import ranking
from queries.code_sample import newest
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
    assert load(newest(reader, *PRICE, RANGE)) is None
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
    found = load(newest(read(tmp_path, calls), *PRICE, RANGE))
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


MINUTE = 60 * 10**9
DAY_END = NOW // MINUTE * MINUTE
DAY = TimeRange(DAY_END - 24 * HOUR, DAY_END)
NEAR = 1 + 0.011  # what a figure of the rollups may be off


def busy_day() -> list[FunctionCall]:
    """More calls than are read one by one, of three functions and two versions."""
    rng = random.Random(11)
    starts = sorted(DAY.start_ns + rng.randrange(24 * HOUR) for _ in range(9_000))
    return [
        FunctionCall(
            start, ("price_order", "price_order", "load", "save")[at % 4],
            ms=rng.lognormvariate(3, 1) if at % 500 else 0.0,
            version="old" if at < 5_000 else "new", exception="E" if rng.random() < 0.05 else "",
            memory=4096 * rng.randrange(1, 99) if at % 3 == 0 else None,
        )
        for at, start in enumerate(starts)
    ]  # fmt: skip


def near(found: int | None, exact: int) -> bool:
    return found is not None and exact / NEAR - 1 <= found <= exact * NEAR + 1


@pytest.fixture(scope="module")
def day_reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return read(tmp_path_factory.mktemp("day"), busy_day())


def test_a_history_from_the_rollups_agrees_with_the_calls(day_reader: Reader) -> None:
    mine = [call for call in busy_day() if call.name == "price_order"]
    found = history(day_reader, *PRICE, DAY, 144)
    for at, moment in enumerate(found.moments):
        low = DAY.start_ns + at * 10 * MINUTE
        inside = [call for call in mine if low <= call.start_ns < low + 10 * MINUTE]
        assert (moment.start_ns, moment.calls) == (low, len(inside))
        assert moment.errors == sum(bool(call.exception) for call in inside)
        durations = [round(call.ms * MS) for call in inside]
        for share, shown in ((0.5, moment.p50_ns), (0.95, moment.p95_ns), (0.99, moment.p99_ns)):
            assert near(shown, nearest_rank(durations, share))
        memory = [call.memory for call in inside if call.memory is not None]
        assert near(moment.memory_p50, nearest_rank(memory, 0.5)) if memory else moment.memory_p50 is None
    new, old = found.versions
    assert [new.hash, old.hash, new.calls + old.calls] == ["new", "old", len(mine)]
    of_new = [call for call in mine if call.version == "new"]
    assert (new.calls, new.errors) == (len(of_new), sum(bool(call.exception) for call in of_new))
    assert near(new.p95_ns, nearest_rank([round(call.ms * MS) for call in of_new], 0.95))
    assert 0 <= of_new[0].start_ns - new.first_ns < HOUR


def test_a_histogram_from_the_rollups_holds_every_call_and_error(day_reader: Reader) -> None:
    mine = [call for call in busy_day() if call.name == "price_order"]
    bins = histogram(day_reader, *PRICE, DAY)
    assert sum(bin.calls for bin in bins) == len(mine)
    assert sum(bin.errors for bin in bins) == sum(bool(call.exception) for call in mine)
    assert bins[-1].high_ns == pytest.approx(max(call.ms for call in mine) * MS, rel=0.02)


def test_concurrency_of_many_calls_is_that_of_the_newest(
    day_reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_sample, "SAMPLED", 9_000)
    whole = load(newest(day_reader, *PRICE, DAY))
    monkeypatch.setattr(code_sample, "SAMPLED", 50)
    some = load(newest(day_reader, *PRICE, DAY))
    assert whole is not None
    assert some is not None
    assert (whole.calls, whole.partial, some.calls, some.partial) == (4_500, False, 50, True)
    assert some.peak_ns >= sorted(c.start_ns for c in busy_day() if c.name == "price_order")[-50] - 1000


def test_lists_and_choices_from_the_rollups_agree_with_the_calls(
    day_reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact, choices = ranking(day_reader, DAY), functions(day_reader, "", DAY)
    monkeypatch.setattr(tally, "EXACT", 100)
    monkeypatch.setattr(tally, "FEW", 10)
    found = ranking(day_reader, DAY)
    assert (found.functions, found.total_ns) == (exact.functions, exact.total_ns)
    for mine, theirs in zip(found.hot, exact.hot, strict=True):
        assert replace(mine, p95_ns=0) == replace(theirs, p95_ns=0)
        assert near(mine.p95_ns, theirs.p95_ns)
    for mine_, theirs_ in zip(functions(day_reader, "", DAY), choices, strict=True):
        assert replace(mine_, p95_ns=0) == replace(theirs_, p95_ns=0)
        assert near(mine_.p95_ns, theirs_.p95_ns or 0)


def test_an_empty_store_ranks_nobody(tmp_path: Path) -> None:
    assert ranking(Reader.open(tmp_path), RANGE).hot == ()
