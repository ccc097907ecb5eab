"""Stale values: those of now, and the runs of a range, also those that have ended."""

from __future__ import annotations

from pathlib import Path

from queries.limits import TimeRange
from queries.stale import stale_count, stale_now, stale_runs
from tests.data.made import NOON_NS, SECOND_NS, Clock, call, opened
from tests.queries.made import reader_of


def write(folder: Path, values: list[int]) -> None:
    """One call a second, each in a batch of its own."""
    with opened(folder, Clock()) as store:
        for at, value in enumerate(values):
            store.write([call(NOON_NS + at * SECOND_NS, value)])
            store.flush()


def seconds(first: int, end: int) -> TimeRange:
    return TimeRange(NOON_NS + first * SECOND_NS, NOON_NS + end * SECOND_NS)


def test_runs_of_a_range_include_those_that_have_ended(tmp_path: Path) -> None:
    write(tmp_path, [7] * 6 + [8] * 9 + [1, 2])
    with reader_of(tmp_path) as reader:
        assert [(one.data_value, one.run) for one in stale_runs(reader, seconds(0, 60))] == [(8, 9), (7, 6)]
        assert [one.data_value for one in stale_runs(reader, seconds(0, 6))] == [7]
        assert [one.data_value for one in stale_runs(reader, seconds(6, 60))] == [8]
        assert stale_runs(reader, seconds(15, 60)) == ()
        assert len(stale_runs(reader, seconds(0, 60), limit=1)) == 1
        assert (stale_now(reader), stale_count(reader)) == ((), 0)


def test_without_a_store_nothing_was_ever_stale(tmp_path: Path) -> None:
    with reader_of(tmp_path) as reader:
        assert (stale_now(reader), stale_count(reader), stale_runs(reader, seconds(0, 60))) == ((), 0, ())
