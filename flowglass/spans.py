"""Begins and ends spans on the calling thread: the whole way; `wrappers` inlines its common part."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from threading import get_ident
from types import CodeType, FrameType, TracebackType
from typing import Any, Final

from flowglass.context import (
    ARGS,
    CURRENT,
    END,
    EXTRA,
    KWARGS,
    MISSING,
    OFFSET,
    PARENT,
    RESULT,
    START,
    UNSAMPLED,
    Record,
)  # fmt: skip
from flowglass.site import Site
from flowglass.state import CLOCKS, LOCALS, STATE, TIMING, VALUES
from flowglass.summary import summarise

OUTER_FRAMES, INNER_FRAMES, WALKED_FRAMES = 20, 30, 2_000
MOST_ARGUMENTS = 24
MOST_OBSERVED = 64
MOST_LOCALS = 24
SLOW_NS = 5_000_000
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
# Raised to end something, not because something failed.
ENDINGS: Final = (GeneratorExit, StopIteration, StopAsyncIteration)

_clock = CLOCKS[0]
_memory_file = -1


class Outside:
    """Finds the parent among spans of another library; set when one is loaded."""

    parent: Callable[[Record | None], Record | None] | None = None
    mark: Callable[[], Any] | None = None


def begin(site: Site, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Record | None:
    """A record for a call that is about to be made; None when it is not recorded."""
    mode = site.mode
    level = mode & 7
    if level < TIMING:
        if level:
            next(site.counter)
        return None
    parent = CURRENT.get()
    extra: dict[str, Any] | None = None
    if mode > 7:
        if Outside.parent is not None:
            parent = Outside.parent(parent)
        if parent is UNSAMPLED or (site.sample < 1 and parent is None and STATE.random() >= site.sample):
            return None
        extra = {}
        if Outside.mark is not None:
            extra["outside"] = Outside.mark()
    elif parent is UNSAMPLED:
        return None
    offset = STATE.offset if parent is None else parent[OFFSET] or STATE.offset
    record: Record = [
        site, parent, 0, 0, None, None, MISSING, extra, get_ident(), b"", b"", offset,
    ]  # fmt: skip
    if level >= VALUES:
        record[ARGS], record[KWARGS] = arguments(site, args, kwargs)
    if site.tick() or site.slow:
        more(record)["memory"] = memory()
    record[START] = _clock()
    return record


def refused(site: Site) -> bool:
    """Whether a call that is not recorded must keep what it calls from being recorded: an unsampled root."""
    return site.mode > 7 and site.mode & 7 >= TIMING and CURRENT.get() is None


def arguments(site: Site, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """Summaries of the arguments, without self or cls; those beyond the named ones as one."""
    keep = site.keep
    if len(args) > keep and site.spread:
        rest = summarise(args[keep:])
        positional = [summarise(one) for one in args[site.receiver : min(keep, MOST_ARGUMENTS)]]
        positional.append(rest)
    else:
        positional = [summarise(one) for one in args[site.receiver : MOST_ARGUMENTS]]
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
    record[END] = end = _clock()
    try:
        site: Site = record[0]
        extra = record[EXTRA]
        if extra is not None:
            if "memory" in extra:
                end_memory(extra)
            if site.min_ns and end - record[START] < site.min_ns:
                return
        if result is not MISSING and site.mode & 7 >= VALUES:
            record[RESULT] = summarise(result)
        queue(record)
    except Exception:
        STATE.dropped_full += 1


def queue(record: Record) -> None:
    """Hands a finished record to the sender."""
    if len(STATE.queue) < STATE.room:
        STATE.queue.append(record)
    else:
        STATE.crowded(record)


def fail(record: Record, error: BaseException, skip: int = 1) -> None:
    """Ends a span whose call raised; `skip` frames of the traceback are the tracer's own."""
    record[END] = end = _clock()
    try:
        site: Site = record[0]
        extra = more(record)
        if "memory" in extra:
            end_memory(extra)
        if isinstance(error, ENDINGS) and type(error) in ENDINGS:
            if site.min_ns and end - record[START] < site.min_ns:
                return
        else:
            extra["error"] = raised(error, skip)
            if site.mode & 7 == LOCALS:
                extra["locals"] = locals_of(error, skip)
        queue(record)
    except Exception:
        STATE.dropped_full += 1


def raised(
    error: BaseException, skip: int
) -> tuple[str, str, list[tuple[CodeType, int]], int, BaseExceptionInfo]:
    """Type, message, frames (code and line), how many frames were left out, and the causes' own."""
    frames, left_out = frames_of(error.__traceback__, skip)
    return type_name(type(error)), message_of(error), frames, left_out, cause_of(error)


BaseExceptionInfo = Any  # the same tuple again, or None


def cause_of(error: BaseException, depth: int = 3) -> BaseExceptionInfo:
    """What the error was raised from."""
    cause = BaseException.__dict__["__cause__"].__get__(error)
    if cause is None and not BaseException.__dict__["__suppress_context__"].__get__(error):
        cause = BaseException.__dict__["__context__"].__get__(error)
    if cause is None or depth == 0:
        return None
    frames, left_out = frames_of(cause.__traceback__, 0)
    return type_name(type(cause)), message_of(cause), frames, left_out, cause_of(cause, depth - 1)


def type_name(kind: type) -> str:
    """The full name of an exception's type."""
    module = kind.__dict__.get("__module__")
    name = str(type.__dict__["__qualname__"].__get__(kind))[:200]
    return name if module in (None, "builtins") or type(module) is not str else f"{module}.{name}"


def message_of(error: BaseException) -> str:
    """The message, from the arguments when the type's own `__str__` cannot be had."""
    try:
        return str(error)[:2_000]
    except KeyboardInterrupt:
        raise
    except BaseException:  # a host class may raise anything
        return "<not readable>"


def frames_of(traceback: TracebackType | None, skip: int) -> tuple[list[tuple[CodeType, int]], int]:
    """Where the error passed, outermost first; the middle of a long way is left out."""
    found: list[tuple[CodeType, int]] = []
    walked = 0
    while traceback is not None and walked < WALKED_FRAMES:
        if walked >= skip:
            found.append((traceback.tb_frame.f_code, traceback.tb_lineno))
        walked += 1
        traceback = traceback.tb_next
    if len(found) <= OUTER_FRAMES + INNER_FRAMES:
        return found, 0
    left_out = len(found) - OUTER_FRAMES - INNER_FRAMES
    return found[:OUTER_FRAMES] + found[-INNER_FRAMES:], left_out


def locals_of(error: BaseException, skip: int) -> dict[str, Any]:
    """Summaries of the local variables of the frame that raised, the tracer's own frames aside."""
    traceback = error.__traceback__
    last: FrameType | None = None
    walked = 0
    while traceback is not None and walked < WALKED_FRAMES:
        if walked >= skip:
            last = traceback.tb_frame
        walked += 1
        traceback = traceback.tb_next
    if last is None:
        return {}
    names = list(last.f_locals.items())[:MOST_LOCALS]
    return {name: summarise(one) for name, one in names if not name.startswith("__")}


def memory() -> int:
    """The resident set of this process in bytes; -1 where it cannot be read."""
    global _memory_file
    try:
        if _memory_file < 0:
            _memory_file = os.open("/proc/self/statm", os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        return int(os.pread(_memory_file, 64, 0).split(b" ", 2)[1]) * PAGE
    except (OSError, ValueError, IndexError, AttributeError):
        _memory_file = -1
        return -1


def end_memory(extra: dict[str, Any]) -> None:
    """Replaces the resident set at the start by its change, when both could be read."""
    before, after = extra.pop("memory"), memory()
    if before >= 0 and after >= 0:
        extra["memory_delta"] = after - before


def after_fork() -> None:
    """The child's own memory is behind another file."""
    global _memory_file
    _memory_file = -1


def observe(**values: Any) -> None:
    """Records values inside the call that runs now, in the order they are given."""
    record = CURRENT.get()
    if record is None or record[0] is None or record[0].mode & 7 < VALUES or record[END]:
        return
    seen = more(record).setdefault("observed", {})
    for name, value in values.items():
        if len(seen) < MOST_OBSERVED or name in seen:
            seen[name] = summarise(value)


def task_name() -> str:
    """The name of the asyncio task that runs now, when there is one."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return ""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return ""
    return str(task.get_name())[:100] if task is not None else ""


__all__ = ["PARENT", "begin", "fail", "finish", "observe", "queue", "refused"]
