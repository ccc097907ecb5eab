"""Sealing and retention: what goes, when, and that the disk gets it back."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.ids import first_row_id
from data.sqlite import connect_reader
from data.store import Store
from data.upkeep import LET_GO_NS
from data.verify import verify
from tests.data.made import (
    DAY_NS,
    NOON_NS,
    SECOND_NS,
    Clock,
    ask_main,
    ask_spans,
    call,
    opened,
    segment_files,
    span,
    stored_keys,
)

MB = 2**20


def expire_all(store: Store, now_ns: int) -> int:
    """All steps of retention by age; how many spans were deleted one by one."""
    store.upkeep.retire_aged(now_ns)
    deleted = 0
    while step := store.upkeep.expire_step(now_ns):
        deleted += step
    while store.upkeep.prune_step(now_ns):
        pass
    return deleted


def seal_all(store: Store, now_ns: int) -> list[str]:
    done = []
    while step := store.upkeep.seal_step(now_ns):
        done.append(step)
    return done


def starts(folder: Path) -> list[int]:
    return sorted(key[2] for key in stored_keys(folder))


def test_spans_older_than_thirty_days_go_and_no_others(tmp_path: Path) -> None:
    clock = Clock()
    limit = NOON_NS - 30 * DAY_NS
    kept = [limit, limit + SECOND_NS, NOON_NS - DAY_NS, NOON_NS]
    old = [limit - 1_000, limit - 3_600 * SECOND_NS, limit - 2 * DAY_NS, limit - 40 * DAY_NS]
    with opened(tmp_path, clock) as store:
        store.write([span(at) for at in old + kept])
        assert expire_all(store, clock.now_ns) == 2  # those whose day is not wholly past
        clock.now_ns += LET_GO_NS
        reaped = store.upkeep.reap(clock.now_ns)
        assert (reaped.segments, reaped.rows) == (2, 2)
        assert starts(tmp_path) == kept
        assert ask_main(tmp_path, "SELECT sum(rows), min(min_id) FROM segment") == [(4, first_row_id(limit))]
    assert ask_main(tmp_path, "SELECT reason, sum(rows) FROM dropped_segment GROUP BY 1") == [("age", 2)]


def test_deleting_goes_in_steps_that_are_short(tmp_path: Path) -> None:
    limit = NOON_NS - 30 * DAY_NS
    with opened(tmp_path) as store:
        store.write([span(limit - 1_000 * at) for at in range(1, 2_501)])
        steps = [store.upkeep.expire_step(NOON_NS) for _ in range(4)]
    assert steps == [1_000, 1_000, 500, 0]


def test_a_segment_emptied_by_age_still_takes_spans(tmp_path: Path) -> None:
    limit = NOON_NS - 30 * DAY_NS
    with opened(tmp_path) as store:
        store.write([span(limit - 5_000)])
        expire_all(store, NOON_NS)
        assert ask_main(tmp_path, "SELECT rows, min_id, max_id FROM segment") == [(0, None, None)]
        store.write([span(limit + 5_000)])
    assert starts(tmp_path) == [limit + 5_000]


def test_readers_get_ten_seconds_to_let_go(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        store.write([span(NOON_NS - 40 * DAY_NS), span(NOON_NS)])
        (before,) = ask_main(tmp_path, "SELECT value FROM meta WHERE key = 'generation'")
        store.upkeep.retire_aged(clock.now_ns)
        assert ask_main(tmp_path, "SELECT state, retired FROM segment ORDER BY day") == [
            ("retiring", "age"),
            ("live", None),
        ]
        assert ask_main(tmp_path, "SELECT value FROM meta WHERE key = 'generation'") > [before]
        clock.now_ns += LET_GO_NS - 1
        assert store.upkeep.reap(clock.now_ns).segments == 0
        assert len(segment_files(tmp_path)) == 2
        clock.now_ns += 1
        assert store.upkeep.reap(clock.now_ns).segments == 1
        assert len(segment_files(tmp_path)) == 1


def test_what_was_retiring_when_the_collector_stopped_goes_at_once_after_the_start(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span(NOON_NS - 40 * DAY_NS), span(NOON_NS)])
        store.upkeep.retire_aged(NOON_NS)
    with opened(tmp_path) as store:
        assert store.upkeep.reap(NOON_NS + LET_GO_NS).segments == 1
    assert starts(tmp_path) == [NOON_NS]


def test_spans_for_a_day_whose_segment_is_retiring_go_to_a_new_one(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        store.write([span(NOON_NS - 40 * DAY_NS)])
        store.upkeep.retire_aged(clock.now_ns)
        store.write([span(NOON_NS - 40 * DAY_NS + 1)])
        clock.now_ns += LET_GO_NS
        store.upkeep.reap(clock.now_ns)
    assert starts(tmp_path) == [NOON_NS - 40 * DAY_NS + 1]


@pytest.mark.parametrize("shift", [-40 * DAY_NS, -3_600 * SECOND_NS])
def test_a_clock_that_jumps_back_loses_nothing(shift: int, tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        store.write([span(NOON_NS - 29 * DAY_NS), span(NOON_NS - 31 * DAY_NS), span(NOON_NS)])
        store.upkeep.retire_aged(clock.now_ns)
        clock.now_ns += shift
        expire_all(store, clock.now_ns)
        store.write([span(clock.now_ns)])
        store.upkeep.reap(clock.now_ns)
        clock.now_ns = NOON_NS + LET_GO_NS
        store.upkeep.reap(clock.now_ns)
    assert {NOON_NS - 29 * DAY_NS, NOON_NS} <= set(starts(tmp_path))
    assert not verify(tmp_path, NOON_NS).findings


def test_three_times_the_cap_within_one_day_never_passes_cap_and_one_segment(tmp_path: Path) -> None:
    rng = random.Random(5)
    clock = Clock()
    cap, segment = 24 * MB, 3 * MB
    sent = written = 0
    with opened(tmp_path, clock, max_bytes=cap, segment_bytes=segment) as store:
        while sent < 3 * cap:
            batch = [call(clock.now_ns + at * 1_000, rng.randbytes(1_500).hex()) for at in range(100)]
            sent += 100 * 3_000
            written += store.write(batch).stored
            clock.now_ns += SECOND_NS // 2
            used = sum(file.stat().st_size for file in tmp_path.iterdir())
            assert used <= cap + segment
        clock.now_ns += LET_GO_NS
        store.upkeep.reap(clock.now_ns)
        rows, *_ = ask_main(tmp_path, "SELECT sum(rows) FROM segment")[0]
        dropped = ask_main(tmp_path, "SELECT reason, sum(rows) FROM dropped_segment GROUP BY reason")
        assert dropped == [("size", written - rows)]
        newest = ask_spans(tmp_path, "SELECT max(id) FROM span")[-1][0]
        assert newest >= first_row_id(clock.now_ns - LET_GO_NS - SECOND_NS)
    assert not verify(tmp_path, clock.now_ns).findings


def test_the_oldest_segments_go_first_and_the_one_in_use_stays(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock, segment_bytes=MB, max_bytes=2 * MB) as store:
        for day in (1, 5, 3, 0):
            store.write([call(NOON_NS - day * DAY_NS + at, "x" * 900 + str(at)) for at in range(400)])
        store.upkeep.retire_oversize(clock.now_ns)
        kept = ask_main(tmp_path, "SELECT day FROM segment WHERE state <> 'retiring'")
    assert kept == [(NOON_NS // DAY_NS,)] or not kept


def test_a_day_that_is_over_is_sealed_and_its_log_emptied(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        for at in range(30):
            store.write([call(NOON_NS + at * SECOND_NS + each, f"word{each} {at}") for each in range(20)])
        assert seal_all(store, clock.now_ns) == []
        clock.now_ns += DAY_NS
        assert seal_all(store, clock.now_ns)[-1] == f"sealed {segment_files(tmp_path)[0].name}"
        assert ask_main(tmp_path, "SELECT state FROM segment") == [("sealed",)]
        assert not list(tmp_path.glob("spans-*-wal"))
        assert ask_spans(tmp_path, "SELECT count(*) FROM span_text WHERE span_text MATCH 'word7'") == [(30,)]
    assert not verify(tmp_path, clock.now_ns).findings


def test_a_late_span_opens_a_sealed_segment_again(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        first = call(NOON_NS, 1)
        store.write([first])
        clock.now_ns += DAY_NS
        seal_all(store, clock.now_ns)
        assert store.write([call(NOON_NS + 1, 2), first]).repeats == 1
        assert ask_main(tmp_path, "SELECT state, rows FROM segment") == [("live", 2)]
        seal_all(store, clock.now_ns)
        assert ask_main(tmp_path, "SELECT state FROM segment") == [("sealed",)]
    with opened(tmp_path, clock) as store:
        assert store.write([first]).repeats == 1


def test_a_full_segment_of_today_is_sealed_too(tmp_path: Path) -> None:
    with opened(tmp_path, segment_bytes=MB) as store:
        for at in range(6):
            store.write([call(NOON_NS + at * SECOND_NS + each, "x" * 3_000) for each in range(200)])
        seal_all(store, NOON_NS)
    states = [row[0] for row in ask_main(tmp_path, "SELECT state FROM segment ORDER BY id")]
    assert states == ["sealed"] * (len(states) - 1) + ["live"]
    assert len(states) > 2


def test_sealing_waits_while_a_reader_holds_the_log(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        store.write([span()])
        reader = connect_reader(segment_files(tmp_path)[0])
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM span").fetchone()
        store.write([span(NOON_NS + 5)])
        store._segments.use(next(iter(store._segments))).open().execute("PRAGMA busy_timeout = 10")
        clock.now_ns += DAY_NS
        assert not any("sealed" in step for step in seal_all(store, clock.now_ns))
        reader.execute("COMMIT")
        reader.close()
        assert "sealed" in seal_all(store, clock.now_ns)[-1]


def test_old_cells_and_histories_are_pruned_in_steps(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([call(NOON_NS - at * 60 * SECOND_NS, at) for at in range(100)])
        store.flush()
        later = NOON_NS + 49 * 3_600 * SECOND_NS
        steps = 0
        while store.upkeep.prune_step(later):
            steps += 1
        assert steps
        tiers = ask_main(tmp_path, "SELECT DISTINCT tier FROM rollup_series ORDER BY tier")
        assert tiers == [(0,), (1,), (2,)]  # the cell of this very minute is still within 49 h
        assert ask_main(tmp_path, "SELECT count(*) FROM rollup_series WHERE tier = 0") == [(1,)]
        while store.upkeep.prune_step(NOON_NS + 33 * DAY_NS):
            pass
        for table in ("rollup_group", "rollup_process", "rollup_series"):
            assert ask_main(tmp_path, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608


READER = """
import sys, time
from pathlib import Path
from data.sqlite import connect_reader, Error
folder, held = Path(sys.argv[1]), {}
print("ready", flush=True)
for line in sys.stdin:  # one line, one look, as a reader looks before each query
    main = connect_reader(folder / "main.db")
    names = {n for n, s in main.execute("SELECT name, state FROM segment") if s != "retiring"}
    main.close()
    for name in [name for name in held if name not in names]:
        held.pop(name).close()
    total = 0
    for name in names:
        try:
            if name not in held:
                held[name] = connect_reader(folder / name)
            total += held[name].execute("SELECT count(*) FROM span").fetchone()[0]
        except Error:
            held.pop(name, None)
    print(total, flush=True)
"""


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A reader in another process that keeps its files open."""
    process = subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.communicate(timeout=60)


def look(reader: subprocess.Popen[str]) -> int:
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write("\n")
    reader.stdin.flush()
    return int(reader.stdout.readline())


def test_the_disk_is_given_back_while_a_reader_in_another_process_is_busy(
    tmp_path: Path, reader: subprocess.Popen[str]
) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        store.write([call(NOON_NS - 40 * DAY_NS + at, os.urandom(4_000).hex()) for at in range(2_000)])
        store.write([span(NOON_NS)])
        store.checkpoint()
        assert look(reader) == 2_001
        retired = store.upkeep.retire_aged(clock.now_ns)
        assert look(reader) == 1
        clock.now_ns += LET_GO_NS
        reaped = store.upkeep.reap(clock.now_ns)
        assert reaped.bytes >= retired.bytes > 10 * MB
        assert reaped.freed > reaped.bytes // 2  # others write to this disk too
        store.write([span(NOON_NS + 1)])
        assert look(reader) == 2


def test_a_reader_that_does_not_let_go_still_reads_and_nothing_breaks(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as store:
        store.write([span(NOON_NS - 40 * DAY_NS), span(NOON_NS)])
        held = connect_reader(segment_files(tmp_path)[0])
        assert held.execute("SELECT count(*) FROM span").fetchone() == (1,)
        store.upkeep.retire_aged(clock.now_ns)
        clock.now_ns += LET_GO_NS
        store.upkeep.reap(clock.now_ns)
        assert held.execute("SELECT count(*) FROM span").fetchone() == (1,)
        held.close()
    assert starts(tmp_path) == [NOON_NS]
