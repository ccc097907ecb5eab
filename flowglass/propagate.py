"""Carries the current span into threads, executors and other processes.

Context variables stop at a new thread. The few places of the standard library where work changes its
thread or process are wrapped once their module is there; without tracing they do what they did.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from flowglass.context import CURRENT, Record, continued, inject
from flowglass.importing import Action, after_import

_started: list[bool] = []
_WRAPPED = "__flowglass_original__"


def start() -> None:
    """Wraps what is loaded, and the rest when it is; once, with the first use of `trace`."""
    if not _started:
        _started.append(True)
        patch_loaded()
        after_import(lambda name: Action(_patch_after) if name in _MODULES else None)


def _patch_after(module: ModuleType) -> None:
    patch_loaded()


def patch_loaded() -> None:
    """Wraps what is loaded and not wrapped yet."""
    _patch(threading.Thread, "start", _thread_start)
    for module, owner, name, make in _PLACES:
        loaded = sys.modules.get(module)
        if loaded is not None and hasattr(loaded, owner):
            _patch(getattr(loaded, owner), name, make)


def unpatch() -> None:
    """Puts the originals back."""
    places = [(threading.Thread, "start")]
    places += [
        (getattr(sys.modules[module], owner), name)
        for module, owner, name, _make in _PLACES
        if module in sys.modules and hasattr(sys.modules[module], owner)
    ]
    for owner, name in places:
        current = owner.__dict__.get(name)
        if hasattr(current, _WRAPPED):
            setattr(owner, name, getattr(current, _WRAPPED))


def _patch(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    original = owner.__dict__.get(name)
    if original is None or hasattr(original, _WRAPPED):
        return
    wrapped = functools.wraps(original)(make(original))
    setattr(wrapped, _WRAPPED, original)
    setattr(owner, name, wrapped)


def run_under(record: Record | None, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Calls a function with a span as its parent, whatever this thread did before."""
    token = CURRENT.set(record)
    try:
        return function(*args, **kwargs)
    finally:
        CURRENT.reset(token)


class Remote:
    """A function that goes to another process together with the span it belongs to."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.headers: dict[str, str] = {}
        inject(self.headers)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        token = CURRENT.set(None)  # a forked worker remembers the span that started it
        try:
            with continued(self.headers):
                return self.function(*args, **kwargs)
        finally:
            CURRENT.reset(token)


def _thread_start(original: Any) -> Any:
    def start(self: threading.Thread) -> None:
        record = CURRENT.get()
        if record is not None:
            run = self.run

            def under() -> None:
                del self.run
                run_under(record, run)

            self.run = under  # type: ignore[method-assign]
        original(self)

    return start


def _thread_submit(original: Any) -> Any:
    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        # Also without a span: the worker thread may have been started under one.
        return original(self, functools.partial(run_under, CURRENT.get(), fn), *args, **kwargs)

    return submit


def _process_submit(original: Any) -> Any:
    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return original(self, Remote(fn), *args, **kwargs)

    return submit


def _process_start(original: Any) -> Any:
    def start(self: Any) -> None:
        # A forked child has the context itself; any other gets it with its target.
        if CURRENT.get() is not None and getattr(self, "_target", None) is not None and _spawned(self):
            self._target = Remote(self._target)
        original(self)

    return start


def _spawned(process: Any) -> bool:
    method = getattr(process, "_start_method", None)
    if method is None:
        context = sys.modules.get("multiprocessing.context")
        method = context._default_context.get_start_method() if context is not None else "fork"
    return bool(method != "fork")


def _pool_call(original: Any) -> Any:
    def call(self: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return original(self, Remote(func), *args, **kwargs)

    return call


_PLACES: tuple[tuple[str, str, str, Callable[[Any], Any]], ...] = (
    ("concurrent.futures.thread", "ThreadPoolExecutor", "submit", _thread_submit),
    ("concurrent.futures.process", "ProcessPoolExecutor", "submit", _process_submit),
    ("multiprocessing.process", "BaseProcess", "start", _process_start),
    ("multiprocessing.pool", "Pool", "apply_async", _pool_call),
    ("multiprocessing.pool", "Pool", "_map_async", _pool_call),
    ("multiprocessing.pool", "Pool", "imap", _pool_call),
    ("multiprocessing.pool", "Pool", "imap_unordered", _pool_call),
)
_MODULES = frozenset(module for module, _owner, _name, _make in _PLACES)
