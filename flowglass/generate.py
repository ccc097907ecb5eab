"""Writes a wrapper with the very parameters of its function, so that a call costs as little as it can.

Python packs nothing into `*args`, a wrong call fails where and as it did before, and the arguments are at
hand by name. The common levels are written out; everything else goes through `complete`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from threading import get_ident
from types import FunctionType
from typing import Any

from flowglass.context import CURRENT, MISSING, UNSAMPLED, leave
from flowglass.failures import GENERATED
from flowglass.site import Site
from flowglass.spans import fail, finish, task_place
from flowglass.state import CLOCKS, STATE, State
from flowglass.summary import LONGEST_TEXT, summarise

P = "_fg_"  # begins every name of ours, so that no parameter is hidden
MOST_PARAMETERS = 24
SMALL = frozenset({int, float, bool, type(None)})
# Numbers: mode 2 is timing, 3 values, 0 off, 1 counts; more is special. Places: see `context`.
TEMPLATE = """
def _fg_make(_fg_function, _fg_site, _fg_tools):
    (_fg_set, _fg_get, _fg_reset, _fg_state, _fg_queue, _fg_append, _fg_clock, _fg_missing, _fg_unsampled,
     _fg_thread, _fg_summarise, _fg_small, _fg_fail, _fg_finish, _fg_complete, _fg_leave) = _fg_tools
    _fg_tick = _fg_site.tick
    _fg_count = _fg_site.counter.__next__
    {define} _fg_traced({parameters}):
        _fg_mode = _fg_site.mode
        if _fg_mode < 2:
            if _fg_mode:
                _fg_count()
            return {wait}_fg_function({call})
        if _fg_mode > 3 or _fg_tick(){unless}:
            return {wait}_fg_complete(_fg_site, _fg_function, ({positional}), {{{named}}}, _fg_mode < 4)
        _fg_parent = _fg_get()
        if _fg_parent is None:
            _fg_offset = _fg_state.offset
        elif _fg_parent is _fg_unsampled:
            return {wait}_fg_function({call})
        elif _fg_parent[3]:
            return {wait}_fg_complete(_fg_site, _fg_function, ({positional}), {{{named}}}, True)
        else:
            _fg_offset = _fg_parent[9] or _fg_state.offset
        try:
            _fg_record = [
                _fg_site, _fg_parent, 0, 0, {values}, _fg_missing, None, _fg_thread(), b"", _fg_offset
            ]
        except Exception:
            _fg_state.lost()
            return {wait}_fg_function({call})
        _fg_token = _fg_set(_fg_record)
        _fg_record[2] = _fg_clock()
        try:
            _fg_result = {wait}_fg_function({call})
        except BaseException as _fg_error:
            _fg_record[3] = _fg_clock()
            {leave}
            _fg_fail(_fg_record, _fg_error)
            raise
        _fg_record[3] = _fg_clock()
        {leave}
        try:
            if _fg_mode == 3:
                _fg_record[5] = {result}
            if _fg_queue_length(_fg_queue) < _fg_state.room:
                _fg_append(_fg_record)
            else:
                _fg_state.crowded(_fg_record)
        except Exception:
            _fg_state.lost()
        return _fg_result
    return _fg_traced
"""


def small(name: str) -> str:
    """An expression: the value itself where that is small and final, else its summary."""
    return (
        f"{name} if type({name}) in {P}small or type({name}) is str and len({name}) <= {LONGEST_TEXT}"
        f" else {P}summarise({name})"
    )


@functools.lru_cache(2_000)
def maker(shape: tuple[tuple[str, int], ...], receiver: bool, is_async: bool) -> Callable[..., Any]:
    """Compiles the template for one list of parameters, given as (name, kind)."""
    by_kind: dict[int, list[str]] = {kind: [] for kind in range(5)}
    for name, kind in shape:
        by_kind[kind].append(name)
    only, either, spread, keywords, rest = (by_kind[kind] for kind in range(5))
    parameters = [*only, *(["/"] if only else []), *either]
    parameters += [f"*{name}" for name in spread] or (["*"] if keywords else [])
    parameters += [*keywords, *(f"**{name}" for name in rest)]
    places = [*only, *either, *(f"*{name}" for name in spread)]
    by_name = [*keywords, *(f"**{name}" for name in rest)]
    values = ", ".join(small(name) for name, _kind in shape[receiver:])
    text = TEMPLATE.format(
        define="async def" if is_async else "def",
        wait="await " if is_async else "",
        parameters=", ".join(parameters),
        call=", ".join([*places, *(one if one[0] == "*" else f"{one}={one}" for one in by_name)]),
        positional="".join(f"{one}, " for one in places),
        named=", ".join(one if one[0] == "*" else f"{one!r}: {one}" for one in by_name),
        # What came as **kwargs has names of its own: the whole way writes them down one by one.
        unless="".join(f" or {name}" for name in rest),
        values=f"({values},) if _fg_mode == 3 else None" if values else "None",
        result=small("_fg_result"),
        # A coroutine may be closed from another context than it ran in.
        leave=f"_fg_{'leave' if is_async else 'reset'}(_fg_token)",
    ).replace("_fg_queue_length(", "len(")
    space: dict[str, Any] = {}
    exec(compile(text, f"{GENERATED}>", "exec"), space)
    made: Callable[..., Any] = space[f"{P}make"]
    return made


def wrap(
    site: Site, function: Any, complete: Callable[..., Any], is_async: bool = False, state: State = STATE
) -> Any:
    """The wrapper of a Python function; None when it has to be a general one."""
    if type(function) is not FunctionType:
        return None
    try:
        signature = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        return None
    shape = tuple((one.name, int(one.kind)) for one in signature.parameters.values())
    if len(shape) > MOST_PARAMETERS or any(
        name.startswith("_fg_") or not name.isidentifier() for name, _ in shape
    ):
        return None
    tools = (
        CURRENT.set, CURRENT.get, CURRENT.reset, state, state.queue, state.queue.append, CLOCKS[0], MISSING,
        UNSAMPLED, task_place if is_async else get_ident, summarise, SMALL, fail, finish, complete, leave,
    )  # fmt: skip
    traced = maker(shape, site.receiver, is_async)(function, site, tools)
    traced.__defaults__ = function.__defaults__
    traced.__kwdefaults__ = None if function.__kwdefaults__ is None else dict(function.__kwdefaults__)
    site.order = tuple(name for name, _kind in shape[site.receiver :])
    return functools.update_wrapper(traced, function)
