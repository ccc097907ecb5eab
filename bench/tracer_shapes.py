"""The calls that are measured: a function to trace, and a way to call it `n` times that tells the time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import thread_time_ns
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

Function = Callable[..., Any]
Run = Callable[[Function, int], int]  # the function, how often; nanoseconds of CPU
ITEMS = list(range(100))
FRAME = pd.DataFrame({name: range(1_000) for name in "abcde"})
THREADS = 8
TASKS = 1_000
DEPTH = 10


def nothing() -> None:
    return None


def add(a: int, b: str) -> int:
    return a


def first(items: list[int]) -> int:
    return items[0]


def rows(frame: pd.DataFrame) -> int:
    return len(frame)


def fail(a: int) -> None:
    raise ValueError("no")


async def step(a: int) -> int:
    return a


def plainly(*args: Any) -> Run:
    """Calls the function again and again."""

    def run(function: Function, n: int) -> int:
        before = thread_time_ns()
        for _ in range(n):
            function(*args)
        return thread_time_ns() - before

    return run


def failing(function: Function, n: int) -> int:
    before = thread_time_ns()
    for _ in range(n):
        try:
            function(3)
        except ValueError:
            continue
    return thread_time_ns() - before


def down(again: Function, depth: int) -> None:
    if depth:
        again(again, depth - 1)


def deep(function: Function, n: int) -> int:
    """`n` calls, each tenth one from outside: the function calls what it is given."""
    before = thread_time_ns()
    for _ in range(n // DEPTH):
        function(function, DEPTH - 1)
    return thread_time_ns() - before


def in_threads(function: Function, n: int) -> int:
    """The CPU time of the eight threads that call, together."""
    spent: list[int] = []
    run = plainly(3, "abc")
    threads = [
        threading.Thread(target=lambda: spent.append(run(function, n // THREADS))) for _ in range(THREADS)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return sum(spent)


def in_tasks(function: Function, n: int) -> int:
    async def some() -> None:
        for _ in range(n // TASKS):
            await function(3)

    async def all_of_them() -> int:
        before = thread_time_ns()
        await asyncio.gather(*(some() for _ in range(TASKS)))
        return thread_time_ns() - before

    return asyncio.run(all_of_them())


@dataclass(frozen=True)
class Shape:
    name: str
    function: Function
    run: Run
    calls: int = 20_000


SHAPES = (
    Shape("no arguments", nothing, plainly()),
    Shape("two arguments and the return", add, plainly(3, "abc")),
    Shape("a 100-item list", first, plainly(ITEMS)),
    Shape("a 1,000 x 5 frame", rows, plainly(FRAME), 10_000),
    Shape("an exception", fail, failing, 10_000),
    Shape("depth 10", down, deep),
    Shape("8 threads", add, in_threads),
    Shape("1,000 tasks", step, in_tasks),
)
