"""One computation per key, however many ask."""

from __future__ import annotations

import threading

import pytest

from callbacks.shared import SharedResults


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_result_is_shared_until_it_is_too_old() -> None:
    clock, made = Clock(), []
    shared = SharedResults(clock)

    def compute() -> int:
        made.append(1)
        return len(made)

    assert [shared.get("key", compute, 5.0) for _ in range(3)] == [1, 1, 1]
    clock.now += 5.0
    assert shared.get("key", compute, 5.0) == 2


def test_a_refresh_by_hand_shows_nothing_older_and_costs_one_computation() -> None:
    clock, made = Clock(), []
    shared = SharedResults(clock)

    def ask(press: int | None) -> int:
        with shared.since(press):
            return shared.get("key", lambda: made.append(1) or len(made), 5.0)

    assert ask(None) == 1
    clock.now += 0.5
    assert [ask(-7), ask(-7), ask(None)] == [2, 2, 2]
    clock.now += 0.5
    assert ask(-7) == 2  # a slower handler of the same press
    assert ask(-8) == 3


def test_only_so_many_presses_are_remembered() -> None:
    shared = SharedResults()
    for press in range(-500, 0):
        with shared.since(press):
            pass
    assert len(shared._presses) <= 64


def test_keys_do_not_mix() -> None:
    shared = SharedResults()
    assert (shared.get("a", lambda: 1, 9.0), shared.get("b", lambda: 2, 9.0)) == (1, 2)


def test_many_that_ask_at_once_cost_one_computation() -> None:
    shared, made, open_gate = SharedResults(), [], threading.Event()

    def compute() -> int:
        made.append(1)
        assert open_gate.wait(10)
        return 7

    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(shared.get("k", compute, 60.0))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    open_gate.set()
    for thread in threads:
        thread.join(10)
    assert answers == [7] * 20
    assert len(made) == 1


def test_a_failure_is_not_kept() -> None:
    shared = SharedResults()
    with pytest.raises(ZeroDivisionError):
        shared.get("k", lambda: 1 // 0, 60.0)
    assert shared.get("k", lambda: 3, 60.0) == 3


def test_the_number_of_results_is_bounded() -> None:
    shared = SharedResults(max_keys=3)
    for key in range(50):
        shared.get(key, lambda: 1, 60.0)
    remembered = [key for key in range(50) if shared.get(key, lambda: 2, 60.0) == 1]
    assert len(remembered) <= 3
