"""What stands in a function's place: one wrapper for each kind of function."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from flowglass import generate
from flowglass.context import CURRENT, UNSAMPLED, leave
from flowglass.site import Site
from flowglass.spans import begin, fail, finish, more, refused, task_place

Function = Callable[..., Any]


def plain(site: Site, function: Function) -> Function:
    """For an ordinary function, or anything else that can be called."""
    made: Function | None = generate.wrap(site, function, complete)
    if made is not None:
        return made

    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        return complete(site, function, args, kwargs)

    return traced


def complete(
    site: Site, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any], sampled: bool = False
) -> Any:
    """One call with everything looked at."""
    record = begin(site, args, kwargs, sampled)
    if record is None and not refused(site):
        return function(*args, **kwargs)
    token = CURRENT.set(UNSAMPLED if record is None else record)
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        leave(token)
        if record is not None:
            fail(record, error)
        raise
    leave(token)
    if record is not None:
        finish(record, result)
    return result


def coroutine(site: Site, function: Function) -> Function:
    """For an `async def`: the span lasts from the first step to the last."""
    made: Function | None = generate.wrap(site, function, complete_coroutine, is_async=True)
    if made is not None:
        return made

    @functools.wraps(function)
    async def traced(*args: Any, **kwargs: Any) -> Any:
        return await complete_coroutine(site, function, args, kwargs)

    return traced


async def complete_coroutine(
    site: Site, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any], sampled: bool = False
) -> Any:
    """One awaited call with everything looked at."""
    record = begin(site, args, kwargs, sampled, task_place)
    if record is None and not refused(site):
        return await function(*args, **kwargs)
    token = CURRENT.set(UNSAMPLED if record is None else record)
    try:
        result = await function(*args, **kwargs)
    except BaseException as error:
        leave(token)
        if record is not None:
            fail(record, error)
        raise
    leave(token)
    if record is not None:
        finish(record, result)
    return result


def generator(site: Site, function: Function) -> Function:
    """For a generator: the span lasts from the first item to the end; it is current only while it works."""

    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        inner = function(*args, **kwargs)
        record = begin(site, args, kwargs)
        del args, kwargs  # what passes through here must not live longer than it did
        if record is None:
            return (yield from inner)
        count = 0
        passing: list[Any] = [None]
        step = inner.send
        try:
            while True:
                token = CURRENT.set(record)
                try:
                    passing.append(step(passing.pop()))
                finally:
                    leave(token)
                count += 1
                try:
                    passing.append((yield passing.pop()))
                    step = inner.send
                except GeneratorExit:
                    inner.close()
                    raise
                except BaseException as error:
                    step = inner.throw
                    passing.append(error)
        except StopIteration as stop:
            more(record)["items"] = count
            finish(record, stop.value)
            return stop.value
        except BaseException as error:
            more(record)["items"] = count
            fail(record, error)
            raise

    return traced


def async_generator(site: Site, function: Function) -> Function:
    """For an async generator: like `generator`."""

    @functools.wraps(function)
    async def traced(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner = function(*args, **kwargs)
        record = begin(site, args, kwargs, place=task_place)
        del args, kwargs
        count = 0
        passing: list[Any] = [None]
        step = inner.asend
        try:
            while True:
                token = CURRENT.set(record) if record is not None else None
                try:
                    passing.append(await step(passing.pop()))
                finally:
                    if token is not None:
                        leave(token)
                count += 1
                try:
                    passing.append((yield passing.pop()))
                    step = inner.asend
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    step = inner.athrow
                    passing.append(error)
        except StopAsyncIteration:
            if record is not None:
                more(record)["items"] = count
                finish(record)
        except BaseException as error:
            if record is not None:
                more(record)["items"] = count
                fail(record, error)
            raise

    return traced
