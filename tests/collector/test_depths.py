"""How many spans waited where is kept: the most of ten seconds, and once a minute while it stays the same."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.clean import Cleaner
from collector.depths import DepthKeeper, waiting
from collector.tracers import Tracers
from data.control import Control
from data.control_depths import Depth
from flowglass.redact import Redactor
from tests.data.made import NOON_NS, SECOND_NS, Clock
from tests.support.wait import wait_until


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    made = Control.open(tmp_path)
    yield made
    made.close()


def kept(control: Control) -> list[tuple[int, str, int]]:
    rows = control.rows("SELECT at_ns, queue, spans FROM queue_depth ORDER BY at_ns, queue")
    return [((at - NOON_NS) // SECOND_NS, queue, spans) for at, queue, spans in rows]


def test_the_most_of_ten_seconds_is_kept_and_nothing_twice(control: Control) -> None:
    clock, depths = Clock(), {"": Depth(0)}
    keeper = DepthKeeper(control, lambda: depths, clock)
    for second in range(100):
        clock.now_ns = NOON_NS + second * SECOND_NS
        depths = {"": Depth(900 if second == 14 else 0)}
        depths |= {"shop": Depth(3, 412.5)} if second < 30 else {}
        keeper.look()
    assert kept(control) == [
        (0, "", 0), (0, "shop", 3), (20, "", 900), (30, "", 0), (90, "", 0),
    ]  # fmt: skip
    assert control.rows("SELECT ns_per_call FROM queue_depth WHERE queue = 'shop'") == [(412.5,)]


def test_what_is_older_than_a_month_is_forgotten(control: Control) -> None:
    clock = Clock()
    keeper = DepthKeeper(control, lambda: {"": Depth(clock.now_ns % 7)}, clock)
    keeper.look()
    clock.now_ns += 32 * 86_400 * SECOND_NS
    keeper.look()
    assert [row[0] for row in kept(control)] == [32 * 86_400]


def test_a_control_db_that_cannot_be_written_is_told_once(
    control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    keeper = DepthKeeper(control, lambda: {"": Depth(clock.now_ns)}, clock)
    control.rows("SELECT 1")
    with control.write() as connection:
        connection.execute("ALTER TABLE queue_depth RENAME TO gone")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            keeper.look()
            clock.now_ns += 10 * SECOND_NS
    assert len([one for one in caplog.records if "queue depths" in one.message]) == 1
    with control.write() as connection:
        connection.execute("ALTER TABLE gone RENAME TO queue_depth")
    keeper.look()
    assert len(kept(control)) == 1


def test_the_thread_looks_by_itself_until_it_is_stopped(control: Control) -> None:
    keeper = DepthKeeper(control, lambda: {"": Depth(5)}, Clock())
    keeper.start()
    wait_until(lambda: kept(control), "the first depth")
    keeper.stop()
    assert kept(control) == [(0, "", 5)]


def test_programs_of_one_service_wait_together() -> None:
    tracers = Tracers(Cleaner(Redactor()))
    for pid, queue, cost in ((1, 4, 300), (2, 6, 250)):
        body = f'{{"service": "shop", "pid": {pid}, "queue": {queue}, "ns_per_call": {cost}}}'
        tracers.report(body.encode(), NOON_NS)
    assert waiting(9, tracers.alive(NOON_NS)) == {"": Depth(9), "shop": Depth(10, 300.0)}
