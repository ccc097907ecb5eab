"""Sizes of the store, and where today's rate leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.control import Control, JobRun
from queries.health import StoreSizes, store_sizes
from tests.data.made import DAY_NS, NOON_NS, SECOND_NS, Clock, call, opened
from tests.queries.made import reader_of

HOUR_NS = 3_600 * SECOND_NS


def sizes_of(folder: Path) -> StoreSizes:
    with reader_of(folder) as reader:
        return store_sizes(reader)


def test_rows_of_each_day_and_the_last_hours_are_told(tmp_path: Path) -> None:
    starts = [NOON_NS - DAY_NS, NOON_NS - 2 * HOUR_NS, NOON_NS - HOUR_NS, NOON_NS - HOUR_NS + 1]
    with opened(tmp_path, Clock(NOON_NS)) as store:
        store.write([call(start, at) for at, start in enumerate(starts)])
    sizes = sizes_of(tmp_path)
    day, hour = NOON_NS // DAY_NS, NOON_NS // HOUR_NS
    assert sizes.rows_by_day() == {day: 3, day - 1: 1}
    assert sizes.hourly == ((hour - 24, 1), (hour - 2, 1), (hour - 1, 2))
    assert sizes.spans_per_day(NOON_NS) == pytest.approx(3 * 24 / 23)  # hours of which some stand
    assert sizes.bytes_per_span == sizes.bytes / 4
    per_span = sizes.bytes / 4
    assert sizes.projected_bytes(30, NOON_NS) == pytest.approx(30 * 3 * 24 / 23 * per_span)


def test_a_store_that_is_not_a_day_old_is_taken_on_to_one(tmp_path: Path) -> None:
    with opened(tmp_path, Clock(NOON_NS)) as store:
        store.write([call(NOON_NS + at, at) for at in range(12)])
    sizes = sizes_of(tmp_path)
    assert sizes.spans_per_day(NOON_NS + HOUR_NS // 2) is None
    assert sizes.projected_bytes(30, NOON_NS + HOUR_NS // 2) is None
    assert sizes.spans_per_day(NOON_NS + 2 * HOUR_NS) == 12 * 12
    assert sizes.spans_per_day(NOON_NS + 3 * DAY_NS) == 0  # nothing came since


def test_an_empty_store_has_no_rate(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    sizes = sizes_of(tmp_path)
    assert (sizes.hourly, sizes.spans_per_day(NOON_NS), sizes.rows_by_day()) == ((), None, {})


def test_the_last_checkpoint_is_that_of_the_job(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    assert sizes_of(tmp_path).last_checkpoint_ns is None
    control = Control.open(tmp_path)
    control.record(JobRun("checkpoint", NOON_NS, 5, "2 files", ""), cadence_seconds=300)
    control.close()
    assert sizes_of(tmp_path).last_checkpoint_ns == NOON_NS + 5
