"""Killed at the worst moments: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.records import SpanIn
from data.segment import Segment
from data.segments import Segments
from data.store import Store
from data.verify import verify
from tests.data.made import (
    DAY_NS,
    NOON_NS,
    SECOND_NS,
    ask_main,
    call,
    keys_of,
    opened,
    segment_files,
    stored_keys,
)

MIDNIGHT = NOON_NS + DAY_NS // 2


def killed(work: Callable[[], None]) -> None:
    """Runs work in a process of its own, which is to end by SIGKILL."""
    pid = os.fork()
    if not pid:
        try:
            work()
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def counts(folder: Path) -> dict[str, Any]:
    """Everything that main.db tells of the spans."""
    return {
        "rows": ask_main(folder, "SELECT sum(rows) FROM segment"),
        "arrived": ask_main(folder, "SELECT sum(rows), max(batch) FROM arrivals"),
        "batch": ask_main(folder, "SELECT value FROM meta WHERE key = 'batch'"),
        "series": ask_main(folder, "SELECT value, run, run_start_ns, last_ns, calls, stale FROM series"),
        "seen": ask_main(folder, "SELECT first_seen_ns, last_seen_ns FROM code_version"),
        "bounds": ask_main(folder, "SELECT min_id, max_id, rows, applied_batch FROM segment ORDER BY id"),
    }


def batches(values: list[Any]) -> list[list[SpanIn]]:
    return [
        [call(NOON_NS + batch * SECOND_NS + at, value, code_version="ab") for at in range(4)]
        for batch, value in enumerate(values)
    ]


WORST = {
    "before the segment's commit": (Segment, "write"),
    "between the segment and main.db": (Store, "_announce"),
    "before the derived tables": (Store, "flush"),
}


@pytest.mark.parametrize("moment", WORST)
@pytest.mark.parametrize("values", [[1, 2, 2], ["a", "a", "a"], [0.1, 0.1, 0.3]])
def test_a_kill_leaves_the_same_as_no_kill(moment: str, values: list[Any], tmp_path: Path) -> None:
    given = batches(values)
    with opened(tmp_path / "whole") as store:
        for batch in given:
            store.write(batch)

    def work() -> None:
        with opened(tmp_path / "killed") as store:
            store.write(given[0])
            store.write(given[1])
            owner, name = WORST[moment]
            setattr(owner, name, die)
            store.write(given[2])
            store.flush()

    killed(work)
    with opened(tmp_path / "killed") as store:
        store.write(given[2])  # what was not acknowledged is sent again
    assert sorted(stored_keys(tmp_path / "killed")) == sorted(stored_keys(tmp_path / "whole"))
    assert counts(tmp_path / "killed") == counts(tmp_path / "whole")


def test_a_kill_between_two_days_of_one_batch_loses_neither(tmp_path: Path) -> None:
    spans = [call(MIDNIGHT + at, 7) for at in range(-3, 3)]

    def work() -> None:
        with opened(tmp_path) as store:
            write, calls = Segment.write, iter(range(9))

            def second_time_unlucky(*given: Any) -> None:
                if next(calls):
                    die()
                write(*given)

            Segment.write = second_time_unlucky  # type: ignore[method-assign]
            store.write(spans)

    killed(work)
    with opened(tmp_path) as store:
        assert store.write(spans).repeats == 3
    assert len(stored_keys(tmp_path)) == len(keys_of(spans))
    assert ask_main(tmp_path, "SELECT run, calls, stale FROM series") == [(6, 6, 1)]
    assert ask_main(tmp_path, "SELECT sum(rows) FROM arrivals") == [(6,)]


def test_a_kill_after_a_segment_was_listed_but_not_made_is_harmless(tmp_path: Path) -> None:
    def work() -> None:
        with opened(tmp_path) as store:
            Segments.use = die  # type: ignore[method-assign, assignment]
            store.write([call(NOON_NS, 1)])

    killed(work)
    assert not segment_files(tmp_path)
    with opened(tmp_path) as store:
        store.write([call(NOON_NS, 1)])
    assert len(stored_keys(tmp_path)) == 1


def test_a_segment_whose_file_is_gone_is_forgotten(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([call(NOON_NS, 1), call(NOON_NS - DAY_NS, 1)])
    for file in tmp_path.glob(f"{segment_files(tmp_path)[0].name}*"):
        file.unlink()
    before = ask_main(tmp_path, "SELECT value FROM meta WHERE key = 'generation'")
    with opened(tmp_path) as store:
        store.write([call(NOON_NS, 1)])
    assert ask_main(tmp_path, "SELECT count(*), sum(rows) FROM segment") == [(1, 2)]
    assert ask_main(tmp_path, "SELECT value FROM meta WHERE key = 'generation'") > before
    assert ask_main(tmp_path, "SELECT count(DISTINCT segment_id) FROM arrivals") == [(1,)]


def test_killed_at_random_moments_every_acknowledged_span_is_there_exactly_once(tmp_path: Path) -> None:
    rng = random.Random(7)
    given = [
        [call(NOON_NS + rng.randrange(40 * SECOND_NS), rng.randrange(3), f"name{at % 5}") for at in range(50)]
        for _ in range(150)
    ]
    done = 0
    while done < len(given):
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            with opened(tmp_path, time.time_ns) as store:
                for at in range(done, len(given)):
                    store.write(given[at])
                    os.write(write, bytes([at]))
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb", buffering=0) as acknowledged:
            for _ in range(rng.randrange(1, 25)):
                said = acknowledged.read(1)
                if not said:
                    break
                done = said[0] + 1
            os.kill(pid, signal.SIGKILL)
            for said in iter(lambda: acknowledged.read(1), b""):
                done = said[0] + 1
        os.waitpid(pid, 0)
        stored = stored_keys(tmp_path)
        assert len(stored) == len(set(stored))
        assert {key for batch in given[:done] for key in keys_of(batch)} <= set(stored)
    with opened(tmp_path) as store:
        assert store.write([one for batch in given for one in batch]).stored == 0
    assert not verify(tmp_path, time.time_ns()).findings
    total = sum(map(len, given))
    assert ask_main(tmp_path, "SELECT sum(rows) FROM segment") == [(total,)]
    assert ask_main(tmp_path, "SELECT sum(calls) FROM series") == [(total,)]
    assert ask_main(tmp_path, "SELECT sum(rows) FROM arrivals") == [(total,)]
