"""Each job over a real store: what it does, and what it says it did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from data.control import Control
from data.series_rules import SeriesRule, set_rule
from data.store import Store
from data.upkeep import LET_GO_NS
from jobs import checkpoint, retention, rollups, sealing, size, staleness
from tests.data.made import DAY_NS, NOON_NS, SECOND_NS, Clock, ask_main, call, opened, segment_files, span

T = TypeVar("T")


def direct(store: Store) -> Callable[[Callable[[Store], T]], T]:
    """A writer's thread that is this one."""
    return lambda closure: closure(store)


def test_retention_drops_segments_spans_and_series_by_age(tmp_path: Path) -> None:
    limit = NOON_NS - 30 * DAY_NS
    with opened(tmp_path) as store:
        store.write(
            [call(NOON_NS - 40 * DAY_NS, 1, "old"), span(limit - 1_000), call(limit + 1_000, 1, "new")]
        )
        did = retention.run(direct(store), NOON_NS)
    assert "retired 1 segments with 1 spans" in did
    assert "deleted 1 spans; forgot 1 series" in did
    assert ask_main(tmp_path, "SELECT name FROM series JOIN data_name ON id = data_name_id") == [("new",)]


def test_retention_finds_nothing_to_do_the_second_time(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span(NOON_NS - 40 * DAY_NS), span(NOON_NS)])
        retention.run(direct(store), NOON_NS)
        again = retention.run(direct(store), NOON_NS)
    assert again == "retired 0 segments with 0 spans, 0 bytes; deleted 0 spans; forgot 0 series"


def test_a_forgotten_series_begins_anew(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([call(NOON_NS - 40 * DAY_NS + at, 7) for at in range(9)])
        retention.run(direct(store), NOON_NS)
        store.write([call(NOON_NS, 7)])
    assert ask_main(tmp_path, "SELECT run, calls, stale FROM series") == [(1, 1, 0)]


def test_size_tells_bytes_and_removes_what_retired(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span(NOON_NS - 40 * DAY_NS), span(NOON_NS)])
        retention.run(direct(store), NOON_NS)
        early = size.run(direct(store), NOON_NS + LET_GO_NS - 1)
        late = size.run(direct(store), NOON_NS + LET_GO_NS)
    assert "removed 0 segments" in early
    assert "removed 1 segments with 1 spans" in late
    assert len(segment_files(tmp_path)) == 1


def test_size_keeps_below_the_cap_when_the_cap_was_lowered(tmp_path: Path) -> None:
    mb = 2**20
    with opened(tmp_path) as store:
        for day in range(6):
            store.write([call(NOON_NS - day * DAY_NS + at, f"{at} " + "x" * 3_000) for at in range(400)])
    clock = Clock()
    with opened(tmp_path, clock, max_bytes=5 * mb, segment_bytes=mb) as store:
        size.run(direct(store), clock.now_ns)
        clock.now_ns += LET_GO_NS
        size.run(direct(store), clock.now_ns)
        store.checkpoint()
        assert store.upkeep.bytes_on_disk() <= 6 * mb
    days = [row[0] for row in ask_main(tmp_path, "SELECT day FROM segment ORDER BY day")]
    assert days[-1] == NOON_NS // DAY_NS


def test_rollups_writes_what_waits_and_forgets_old_cells(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span(NOON_NS)])
        store.write([span(NOON_NS + 1)])
        assert rollups.run(direct(store), NOON_NS) == "wrote what waited, forgot 0 old cells"
        assert ask_main(tmp_path, "SELECT calls FROM rollup_group WHERE tier = 0") == [(2,)]
        did = rollups.run(direct(store), NOON_NS + 3 * DAY_NS)
    assert did == "nothing waited, forgot 2 old cells"


def test_sealing_seals_what_is_over(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span(NOON_NS - DAY_NS), span(NOON_NS)])
        assert sealing.run(direct(store), NOON_NS).startswith("sealed 1 segments")
        assert sealing.run(direct(store), NOON_NS) == "sealed 0 segments in 0 steps"
    assert ask_main(tmp_path, "SELECT state FROM segment ORDER BY day") == [("sealed",), ("live",)]


def test_checkpoint_moves_all_pages(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span()])
        files, moved = checkpoint.run(direct(store), NOON_NS).split(" files, ")
    assert files == "2"
    pages, of = moved.removesuffix(" moved").split(" pages of ")
    assert pages == of != "0"


def quiet(folder: Path) -> list[tuple[int, int]]:
    return ask_main(folder, "SELECT stale, quiet FROM series ORDER BY process_id")


def test_staleness_tells_same_value_from_no_calls_from_source_gone(tmp_path: Path) -> None:
    clock = Clock()
    control = Control.open(tmp_path)
    with opened(tmp_path, clock) as store:
        store.write([call(NOON_NS + at * SECOND_NS, 7) for at in range(8)])
        clock.now_ns = NOON_NS + 30 * SECOND_NS
        staleness.run(control, direct(store), clock.now_ns)
        assert quiet(tmp_path) == [(1, 0)]
        clock.now_ns = NOON_NS + 100 * SECOND_NS
        store.write([span(clock.now_ns, name="another")])  # the source still sends
        assert "1 stale values" in staleness.run(control, direct(store), clock.now_ns)
        assert quiet(tmp_path) == [(1, 1)]
        clock.now_ns += 100 * SECOND_NS
        staleness.run(control, direct(store), clock.now_ns)
        assert quiet(tmp_path) == [(1, 2)]
        store.write([call(clock.now_ns, 7)])
        store.flush()
        assert quiet(tmp_path) == [(1, 0)]
    control.close()


def test_a_series_that_is_called_rarely_is_not_quiet_too_soon(tmp_path: Path) -> None:
    clock = Clock()
    control = Control.open(tmp_path)
    with opened(tmp_path, clock) as store:
        store.write([call(NOON_NS + at * 60 * SECOND_NS, 7) for at in range(8)])
    clock.now_ns = NOON_NS + 12 * 60 * SECOND_NS
    with opened(tmp_path, clock) as store:  # after a restart the newest of its series stands for the group
        staleness.run(control, direct(store), clock.now_ns)
        assert quiet(tmp_path) == [(1, 0)]
        staleness.run(control, direct(store), clock.now_ns + 6 * 60 * SECOND_NS)
        assert quiet(tmp_path) == [(1, 2)]
    control.close()


def test_staleness_puts_exceptions_for_single_series_in_force(tmp_path: Path) -> None:
    control = Control.open(tmp_path)
    key = {"group": "shop", "scope": "shop.orders", "process": "price"}
    set_rule(control, SeriesRule(**key, data="out", judged="out"))
    set_rule(control, SeriesRule(**key, data="LIMIT", judged="in"))
    set_rule(control, SeriesRule(**key, data="flag", judged="in"))
    set_rule(control, SeriesRule(**key, data="rarely", repeats=20))
    set_rule(control, SeriesRule(**key, data="near", float_tolerance=0.5))
    set_rule(control, SeriesRule(**key, data="long", min_seconds=60.0))
    with opened(tmp_path) as store:
        store.write([call(NOON_NS, 1, "out"), call(NOON_NS, True, "flag")])  # known before the rules come
        assert staleness.run(control, direct(store), NOON_NS).startswith("6 exceptions")
        for at in range(1, 9):
            start = NOON_NS + at * SECOND_NS
            store.write(
                [call(start, 1, name) for name in ("out", "LIMIT", "rarely", "long", "plain", "OTHER")]
            )
            store.write(
                [call(start, True, "flag"), call(start, 1 + at % 2 / 4, "near"), call(start, True, "bare")]
            )
    stale = {
        name
        for (name,) in ask_main(
            tmp_path, "SELECT name FROM series JOIN data_name ON id = data_name_id WHERE stale = 1"
        )
    }
    assert stale == {"LIMIT", "flag", "near", "plain"}
    control.close()
