"""Begins and ends spans on the calling thread: the whole way; `generate` writes out its common part."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import get_ident
from typing import Any, Final

from flowglass.context import ARGS, CURRENT, END, EXTRA, MISSING, OFFSET, RESULT, START, UNSAMPLED, Record
from flowglass.failures import failure_of, locals_of, unlink_ours
from flowglass.memory import end_memory, memory
from flowglass.site import Site
from flowglass.state import CLOCKS, LOCALS, STATE, TIMING, VALUES
from flowglass.summary import summarise

MOST_ARGUMENTS = 24
MOST_OBSERVED = 64
# Raised to end something, not because something failed.
ENDINGS: Final = frozenset({GeneratorExit, StopIteration, StopAsyncIteration})

_clock = CLOCKS[0]


class Outside:
    """How spans of another library are seen; set when one is loaded."""

    parent: Callable[[Record | None], Record | None] | None = None
    mark: Callable[[], Any] | None = None


def begin(
    site: Site,
    args: tuple[Any, ...] | None,
    kwargs: dict[str, Any],
    sampled: bool = False,
    place: Callable[[], Any] = get_ident,
) -> Record | None:
    """A record for a call about to be made; None when it is not recorded. `sampled`: look at everything."""
    mode = site.mode
    level = mode & 7
    if level < TIMING:
        if level:
            next(site.counter)
        return None
    try:
        parent = CURRENT.get()
        extra: dict[str, Any] | None = None
        if mode > 7 or sampled:
            if Outside.parent is not None:
                parent = Outside.parent(parent)
            if parent is None and site.sample < 1 and STATE.random() >= site.sample:
                return None
            extra = {}
            if Outside.mark is not None:
                extra["outside"] = Outside.mark()
        if parent is UNSAMPLED:
            return None
        if parent is not None and parent[END]:  # work that was left behind is no part of what ended
            extra = {} if extra is None else extra
            extra["link"] = parent
            parent = None
        offset = STATE.offset if parent is None else parent[OFFSET] or STATE.offset
        record: Record = [site, parent, 0, 0, None, MISSING, extra, place(), b"", offset]
        entered = _clock()  # what is timed here is what other calls pay beside the base cost
        if level >= VALUES and args is not None:
            record[ARGS], named = arguments(site, args, kwargs)
            if named:
                more(record)["kwargs"] = named
        if extra is not None and (sampled or site.slow or site.tick()):
            extra["cost"] = _clock() - entered
            extra["memory"] = memory()
    except Exception:
        STATE.lost()
        return None
    record[START] = _clock()
    return record


def refused(site: Site) -> bool:
    """Whether a call that is not recorded keeps what it calls from being recorded: an unsampled root."""
    return site.mode > 7 and site.mode & 7 >= TIMING and CURRENT.get() is None


def arguments(site: Site, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """Summaries of the arguments, without self or cls; those beyond the named ones as one."""
    keep = site.keep
    positional = [summarise(one) for one in args[site.receiver : min(keep, MOST_ARGUMENTS)]]
    if len(args) > keep:
        positional.append(summarise(args[keep:]))
    if not kwargs:
        return positional, None
    named: dict[str, Any] = {}
    for name, one in kwargs.items():
        if len(named) == MOST_ARGUMENTS:
            break
        named[name] = summarise(one)
    return positional, named


def more(record: Record) -> dict[str, Any]:
    """The record's place for what few calls have."""
    extra: dict[str, Any] | None = record[EXTRA]
    if extra is None:
        extra = record[EXTRA] = {}
    return extra


def finish(record: Record, result: Any = MISSING) -> None:
    """Ends a span whose call returned, and queues it. Nothing escapes from here."""
    if not record[END]:
        record[END] = _clock()
    try:
        site: Site = record[0]
        extra = record[EXTRA]
        if extra is not None:
            if site.min_ns and record[END] - record[START] < site.min_ns:
                return
            if "memory" in extra:
                end_memory(extra)
        if result is not MISSING and site.mode & 7 >= VALUES:
            entered = _clock()
            record[RESULT] = summarise(result)
            if extra is not None and "cost" in extra:
                extra["cost"] += _clock() - entered
        queue(record)
    except Exception:
        STATE.lost()


def queue(record: Record) -> None:
    """Hands a finished record to the sender."""
    if len(STATE.queue) < STATE.room:
        STATE.queue.append(record)
    else:
        STATE.crowded(record)


def fail(record: Record, error: BaseException, skip: int = 1) -> None:
    """Ends a span whose call raised; `skip` frames of the traceback are the tracer's own."""
    if not record[END]:
        record[END] = _clock()
    try:
        site: Site = record[0]
        extra = more(record)
        if "memory" in extra:
            end_memory(extra)
        if type(error) in ENDINGS:
            if site.min_ns and record[END] - record[START] < site.min_ns:
                return
        else:
            unlink_ours(error.__traceback__, skip)
            extra["error"] = failure_of(error, skip)
            if site.mode & 7 == LOCALS:
                extra["locals"] = locals_of(error, skip)
        queue(record)
    except Exception:
        STATE.lost()


def observe(**values: Any) -> None:
    """Records values inside the call that runs now, in the order they are given."""
    record = CURRENT.get()
    if record is not None and not record[END]:
        observed(record, values)


def observed(record: Record, values: dict[str, Any]) -> None:
    """Adds observations to a record that is not finished."""
    site = record[0]
    if site is None or site.mode & 7 < VALUES:
        return
    seen = more(record).setdefault("observed", {})
    for name, value in values.items():
        if len(seen) < MOST_OBSERVED or name in seen:
            seen[name] = summarise(value)


def task_place() -> int | tuple[int, str]:
    """The thread, and the asyncio task when there is one."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None:
        try:
            task = asyncio.current_task()
            if task is not None:
                return get_ident(), task.get_name()
        except Exception:
            return get_ident()
    return get_ident()
