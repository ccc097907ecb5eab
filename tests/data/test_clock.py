"""Whatever the machine's clock does, what was acknowledged is there, counted once, and told to who asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.arrivals import KEEP_NS
from data.verify import verify
from queries.filters import EMPTY
from queries.tail import tail
from tests.data.made import DAY_NS, NOON_NS, SECOND_NS, Clock, ask_main, call, opened, stored_keys
from tests.queries.made import reader_of

JUMPS = [-DAY_NS, -3_600 * SECOND_NS, -1, 0, 3_600 * SECOND_NS, 2 * DAY_NS]


@pytest.mark.parametrize("jump", JUMPS)
def test_derived_tables_are_written_on_after_a_jump(jump: int, tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        store.write([call(NOON_NS, 1)])
        clock.now_ns += jump
        for at in range(1, 4):
            store.write([call(NOON_NS + at, 1)])
            clock.now_ns += SECOND_NS
        store.write([call(NOON_NS + 4, 1)])  # a second and more has passed since the last were written
        assert ask_main(tmp_path, "SELECT run FROM series") == [(5,)]
    assert len(stored_keys(tmp_path)) == 5
    assert not verify(tmp_path, max(NOON_NS, clock.now_ns)).findings


@pytest.mark.parametrize("jump", JUMPS)
def test_followers_of_arrivals_are_told_of_everything_or_of_a_gap(jump: int, tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store, reader_of(tmp_path) as reader:
        store.write([call(NOON_NS, 0)])
        seen = tail(reader, None, EMPTY).batch
        clock.now_ns += jump
        for at in range(1, 5):
            store.write([call(NOON_NS + at, at)])
            news = tail(reader, seen, EMPTY)
            assert [row.data_value for row in news.rows] == [at]
            assert not news.gap
            seen = news.batch


def test_arrivals_do_not_pile_up_after_the_clock_jumped_ahead_and_back(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        clock.now_ns += DAY_NS  # these are dated a day ahead
        store.write([call(NOON_NS, 0)])
        clock.now_ns -= DAY_NS
        for at in range(1, 6):
            store.write([call(NOON_NS + at, at)])
            clock.now_ns += KEEP_NS // 2
        clock.now_ns += DAY_NS
        store.write([call(NOON_NS + 9, 9)])
        (batches,) = ask_main(tmp_path, "SELECT count(*) FROM arrivals")[0]
        assert batches <= 4


@pytest.mark.parametrize("jump", [-DAY_NS, 40 * DAY_NS])
def test_a_restart_with_another_clock_loses_nothing(jump: int, tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        store.write([call(NOON_NS, 1), call(NOON_NS - DAY_NS, 2)])
    clock.now_ns += jump
    with opened(tmp_path, clock) as store:
        assert store.write([call(NOON_NS + 5, 3)]).stored == 1
    assert len(stored_keys(tmp_path)) == 3
