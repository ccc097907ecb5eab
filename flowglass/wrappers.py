"""What stands in a function's place: one wrapper for each kind of function."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from threading import get_ident
from typing import Any

from flowglass.context import ARGS, CURRENT, END, KWARGS, MISSING, OFFSET, RESULT, START, UNSAMPLED
from flowglass.site import Site
from flowglass.spans import arguments, begin, fail, finish, memory, more, refused, task_name
from flowglass.state import CLOCKS, STATE, TIMING, VALUES
from flowglass.summary import summarise

Function = Callable[..., Any]


def plain(site: Site, function: Function) -> Function:
    """For an ordinary function. The common levels are written out here: every step costs the host."""
    current, get, reset = CURRENT.set, CURRENT.get, CURRENT.reset
    state, queue, append, clock = STATE, STATE.queue, STATE.queue.append, CLOCKS[0]
    tick, missing, unsampled = site.tick, MISSING, UNSAMPLED

    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        mode = site.mode
        if mode > VALUES:
            return _complete(site, function, args, kwargs)
        if mode < TIMING:
            if mode:
                next(site.counter)
            return function(*args, **kwargs)
        parent = get()
        if parent is None:
            offset = state.offset
        elif parent is unsampled:
            return function(*args, **kwargs)
        else:
            offset = parent[OFFSET] or state.offset
        record = [site, parent, 0, 0, None, None, missing, None, get_ident(), b"", b"", offset]
        if tick() or site.slow:
            more(record)["memory"] = memory()
        if mode == VALUES and (args or kwargs):
            record[ARGS], record[KWARGS] = arguments(site, args, kwargs)
        token = current(record)
        record[START] = clock()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            reset(token)
            fail(record, error)
            raise
        record[END] = clock()
        reset(token)
        if record[7] is None:
            if mode == VALUES:
                record[RESULT] = summarise(result)
            if len(queue) < state.room:
                append(record)
            else:
                state.crowded(record)
        else:
            finish(record, result)
        return result

    return traced


def _complete(site: Site, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One call with everything looked at."""
    record = begin(site, args, kwargs)
    if record is None and not refused(site):
        return function(*args, **kwargs)
    token = CURRENT.set(UNSAMPLED if record is None else record)
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        CURRENT.reset(token)
        if record is not None:
            fail(record, error, skip=1)
        raise
    CURRENT.reset(token)
    if record is not None:
        finish(record, result)
    return result


def coroutine(site: Site, function: Function) -> Function:
    """For an `async def`: the span lasts from the first step to the last."""

    @functools.wraps(function)
    async def traced(*args: Any, **kwargs: Any) -> Any:
        record = begin(site, args, kwargs)
        if record is None and not refused(site):
            return await function(*args, **kwargs)
        if record is not None and (task := task_name()):
            more(record)["task"] = task
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

    return traced


def leave(token: Any) -> None:
    """Makes the parent current again; a coroutine may be closed from another context than it ran in."""
    with suppress(ValueError):
        CURRENT.reset(token)


def generator(site: Site, function: Function) -> Function:
    """For a generator: the span lasts from the first item to the end; it is current only while it works."""

    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        inner = function(*args, **kwargs)
        record = begin(site, args, kwargs)
        if record is None:
            return (yield from inner)
        count = 0
        step, given = inner.send, None
        try:
            while True:
                token = CURRENT.set(record)
                try:
                    item = step(given)
                finally:
                    leave(token)
                count += 1
                try:
                    given = yield item
                    step = inner.send
                except GeneratorExit:
                    inner.close()
                    raise
                except BaseException as error:
                    step, given = inner.throw, error
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
        record = begin(site, args, kwargs)
        count = 0
        step, given = inner.asend, None
        try:
            while True:
                token = CURRENT.set(record) if record is not None else None
                try:
                    item = await step(given)
                finally:
                    if token is not None:
                        leave(token)
                count += 1
                try:
                    given = yield item
                    step = inner.asend
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    step, given = inner.athrow, error
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
