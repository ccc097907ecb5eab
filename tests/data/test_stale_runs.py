"""The history of stale values outlives their flags and restarts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.data.made import NOON_NS, SECOND_NS, Clock, ask_main, call, opened


def history(folder: Path) -> list[tuple[Any, ...]]:
    """Start in seconds, value, run, last in seconds, whether it ended."""
    rows = ask_main(
        folder,
        "SELECT run_start_ns, value, run, last_ns, ended_ns IS NOT NULL FROM stale_run ORDER BY run_start_ns",
    )
    return [
        ((start - NOON_NS) // SECOND_NS, value, run, (last - NOON_NS) // SECOND_NS, ended)
        for start, value, run, last, ended in rows
    ]


def write(folder: Path, first: int, values: list[Any]) -> None:
    """One call a second, each in a batch of its own."""
    with opened(folder, Clock()) as store:
        for at, value in enumerate(values, first):
            store.write([call(NOON_NS + at * SECOND_NS, value)])
            store.flush()


def test_a_run_is_noted_when_it_is_flagged_and_grows(tmp_path: Path) -> None:
    write(tmp_path, 0, [7] * 5)
    assert history(tmp_path) == []
    write(tmp_path, 5, [7] * 3)
    assert history(tmp_path) == [(0, 7, 8, 7, 0)]


def test_a_change_ends_it_and_the_next_run_is_another(tmp_path: Path) -> None:
    write(tmp_path, 0, [7] * 6 + [8] * 7)
    assert history(tmp_path) == [(0, 7, 6, 5, 1), (6, 8, 7, 12, 0)]


def test_a_restart_goes_on_with_the_same_run(tmp_path: Path) -> None:
    for at in range(9):
        write(tmp_path, at, ["same"])
    assert history(tmp_path) == [(0, "same", 9, 8, 0)]
    write(tmp_path, 9, ["other"])
    assert history(tmp_path) == [(0, "same", 9, 8, 1)]


def test_a_run_that_begins_anew_within_one_batch_is_two(tmp_path: Path) -> None:
    write(tmp_path, 0, [7] * 6)
    with opened(tmp_path) as store:
        store.write([call(NOON_NS + at * SECOND_NS, 8 if at == 6 else 7) for at in range(6, 14)])
    assert history(tmp_path) == [(0, 7, 6, 5, 1), (7, 7, 7, 13, 0)]


def test_a_late_value_that_corrects_the_flag_ends_the_run(tmp_path: Path) -> None:
    write(tmp_path, 0, [7] * 8)
    with opened(tmp_path) as store:
        store.write([call(NOON_NS + 5 * SECOND_NS + 1, 9)])
    assert [row[4] for row in history(tmp_path)] == [1]
