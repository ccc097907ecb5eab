"""`trace`: the decorator for functions, methods, properties and classes, and the context manager."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from contextvars import Token
from types import TracebackType
from typing import Any, TypeVar, overload

from flowglass import wrappers
from flowglass.context import CURRENT, UNSAMPLED, Record, leave
from flowglass.rewrite import SPECIAL_METHODS
from flowglass.site import Site, describe, level_number, named
from flowglass.spans import begin, fail, finish, observed, refused
from flowglass.state import STATE

T = TypeVar("T")
Call = TypeVar("Call", bound=Callable[..., Any])
MARK = "__flowglass_site__"


@overload
def trace(target: str, /, **values: Any) -> Span: ...
@overload
def trace(target: T, /) -> T: ...
@overload
def trace(
    target: None = None,
    /,
    *,
    level: str | None = None,
    sample: float | None = None,
    min_duration: float | None = None,
) -> Callable[[T], T]: ...


def trace(target: Any = None, /, **options: Any) -> Any:
    """Records the calls of a function, method, property or class; with a name, a span around a block.

    `@trace`, `@trace(level="timing", sample=0.1, min_duration=0.001)`, `with trace("load", path=path):`.
    """
    if isinstance(target, str):
        return Span(target, options, sys._getframe(1))
    level = options.pop("level", None)
    if level is not None:
        level_number(level)
    sample, least = options.pop("sample", None), options.pop("min_duration", None)
    if options:
        raise TypeError(f"trace() got an unexpected keyword argument {next(iter(options))!r}")

    def decorate(one: Any) -> Any:
        return traced(one, level, sample, least)

    return decorate if target is None else decorate(target)


def traced(
    target: Any, level: str | None = None, sample: float | None = None, least: float | None = None
) -> Any:
    """The target with its calls recorded; itself when tracing is disabled or it cannot be traced."""
    if STATE.settings.disabled:
        return target
    again = functools.partial(traced, level=level, sample=sample, least=least)
    kind = type(target)
    if kind is staticmethod or kind is classmethod:
        return kind(again(target.__func__))
    if kind is property:
        fget, fset, fdel = (one and again(one) for one in (target.fget, target.fset, target.fdel))
        return property(fget, fset, fdel, target.__doc__)
    if isinstance(target, functools.cached_property):
        target.func = again(target.func)
        return target
    if isinstance(target, type):
        return _class(target, again)
    if not callable(target) or hasattr(target, MARK):
        return target
    STATE.prepare()
    site = describe(target)
    site.chosen, site.least = level, least
    site.asked_sample = sample
    STATE.apply(site)
    wrapper = _wrapper(target)(site, target)
    setattr(wrapper, MARK, site)
    return wrapper


def _wrapper(target: Any) -> Callable[[Site, Any], Any]:
    if inspect.iscoroutinefunction(target):
        return wrappers.coroutine
    if inspect.isasyncgenfunction(target):
        return wrappers.async_generator
    if inspect.isgeneratorfunction(target):
        return wrappers.generator
    return wrappers.plain


def _class(target: type, again: Callable[[Any], Any]) -> type:
    """A class with its own methods and properties traced, changed in place."""
    for name, member in list(vars(target).items()):
        if name.startswith("__") and name.endswith("__") and name not in SPECIAL_METHODS:
            continue
        if inspect.isfunction(member) or isinstance(member, (staticmethod, classmethod, property)):
            setattr(target, name, again(member))
    return target


class Span:
    """`with trace("name", key=value):`, also `async with`, also a decorator under that name."""

    def __init__(self, name: str, values: dict[str, Any], frame: Any) -> None:
        self._site = named(name, frame.f_globals.get("__name__", ""), frame.f_code, frame.f_lineno)
        if not self._site.ready:
            STATE.prepare()
            STATE.apply(self._site)
        self._values = values
        self._record: Record | None = None
        self._token: Token[Record | None] | None = None

    def __enter__(self) -> Span:
        record = self._record = begin(self._site, None, {})
        if record is not None or refused(self._site):
            self._token = CURRENT.set(UNSAMPLED if record is None else record)
        if record is not None and self._values:
            self.observe(**self._values)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        token, record = self._token, self._record
        self._token = self._record = None
        if token is not None:
            leave(token)
        if record is not None:
            if error is None:
                finish(record)
            else:
                fail(record, error, skip=0)

    async def __aenter__(self) -> Span:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, target: Call) -> Call:
        wrapped: Call = traced(target)
        site = getattr(wrapped, MARK, None)
        if site is not None:
            site.function = self._site.function
        return wrapped

    def observe(self, **values: Any) -> None:
        """Records values on this span."""
        record = self._record
        if record is not None:
            observed(record, values)
