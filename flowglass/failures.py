"""What is kept of an exception: type, message, frames, causes, locals; never the exception itself."""

from __future__ import annotations

import os
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

from flowglass.summary import summarise

OUTER_FRAMES, INNER_FRAMES, WALKED_FRAMES = 20, 30, 2_000
LONGEST_MESSAGE = 2_000  # characters
MOST_LOCALS = 24
CAUSES = 3
GENERATED = "<flowglass"  # begins the file name of what `generate` writes
OWN_FILES = (GENERATED, str(Path(__file__).parent) + os.sep)

_CAUSE: Any = BaseException.__dict__["__cause__"]
_CONTEXT: Any = BaseException.__dict__["__context__"]
_SUPPRESSED: Any = BaseException.__dict__["__suppress_context__"]


class Failure(NamedTuple):
    """An exception on its way to the sender; formatted there."""

    type: str
    message: str
    frames: list[tuple[CodeType, int]]  # outermost first
    left_out: int  # frames between the outer and the inner ones
    cause: Failure | None


def failure_of(error: BaseException, skip: int, causes: int = CAUSES) -> Failure:
    """`skip` frames of the traceback are the tracer's own."""
    frames, left_out = frames_of(error.__traceback__, skip)
    cause = _CAUSE.__get__(error)
    if cause is None and not _SUPPRESSED.__get__(error):
        cause = _CONTEXT.__get__(error)
    below = failure_of(cause, 0, causes - 1) if cause is not None and causes else None
    return Failure(type_name(type(error)), message_of(error), frames, left_out, below)


def unlink_ours(traceback: TracebackType | None, skip: int) -> None:
    """Takes the frames of the next traced call below out of a traceback; those deeper are out already."""
    before, walked = traceback, 1
    while before is not None and walked < skip:
        before, walked = before.tb_next, walked + 1
    while before is not None and walked < WALKED_FRAMES:
        one = before.tb_next
        found = False
        while one is not None and one.tb_frame.f_code.co_filename.startswith(OWN_FILES):
            one, found = one.tb_next, True
        if found and one is not None:
            before.tb_next = one
            return
        before, walked = before.tb_next, walked + 1


def type_name(kind: type) -> str:
    """The full name of an exception's type."""
    module = type.__getattribute__(kind, "__module__")  # a metaclass may put anything before it
    name = str(type.__getattribute__(kind, "__qualname__"))[:200]
    return name if module == "builtins" or type(module) is not str else f"{module}.{name}"


def message_of(error: BaseException) -> str:
    """The message; the type's own `__str__` may raise anything."""
    try:
        return str(error)[:LONGEST_MESSAGE]
    except KeyboardInterrupt:
        raise
    except BaseException:
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
