"""`install("shop.*")`: traces every function of the modules that match, loaded already or imported later."""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import Any

from flowglass.importing import Action, after_import, forget
from flowglass.rewrite import NAME, SPECIAL_METHODS, compiled
from flowglass.settings import LEVELS
from flowglass.site import Site
from flowglass.state import STATE
from flowglass.trace import MARK, traced

# The tracer itself, and what its sender uses: tracing those would trace the tracing.
NEVER = (
    "flowglass",
    "flowglass.*",
    "builtins",
    "sys",
    "_*",
    "importlib*",
    "threading",
    "contextvars",
    "socket",
)
Decorate = Callable[[Any], Any]


class Installed:
    """What `install` did; `remove()` undoes it."""

    def __init__(self, patterns: tuple[str, ...], leave_out: tuple[str, ...], decorate: Decorate) -> None:
        self.patterns = patterns
        self.leave_out = (*NEVER, *leave_out)
        self.decorate = self.remembering(decorate)
        self.sites: list[Site] = []
        self.executed: set[str] = set()
        self.replaced: list[tuple[Any, str, Any, Any]] = []  # where, name, what was there, what is

    def remembering(self, decorate: Decorate) -> Decorate:
        """The decorator, keeping what it made in mind for `remove`."""

        def remember(target: Any) -> Any:
            made = decorate(target)
            site = getattr(made, MARK, None)
            if site is not None:
                self.sites.append(site)
            return made

        return remember

    def matches(self, name: str) -> bool:
        """Whether a module is to be traced. `shop.*` means `shop` as well."""
        if any(fnmatchcase(name, pattern) for pattern in self.leave_out):
            return False
        return any(
            fnmatchcase(name, pattern) or (pattern.endswith(".*") and name == pattern[:-2])
            for pattern in self.patterns
        )

    def interest(self, name: str) -> Action | None:
        return Action(self.module, self.execute) if self.matches(name) else None

    def execute(self, module: ModuleType, loader: Any) -> bool:
        """Runs a module from its source with every function decorated; False leaves it to its loader."""
        if type(loader) is not SourceFileLoader:
            return False
        try:
            code = compiled(loader.get_data(loader.path), loader.path)
        except (OSError, SyntaxError, ValueError, RecursionError):
            return False  # the loader itself says what is wrong
        self.executed.add(module.__name__)
        run_decorated(code, vars(module), self.decorate)
        return True

    def module(self, module: ModuleType) -> None:
        """Traces the functions and classes that were written in a module."""
        if not self.matches(module.__name__) or module.__name__ in self.executed:
            return
        for name, member in list(vars(module).items()):
            if type(member) is FunctionType and member.__module__ == module.__name__:
                self.replace(module, name, member)
            elif isinstance(member, type) and member.__module__ == module.__name__:
                self.type(member)

    def type(self, owner: type) -> None:
        """Traces the methods and properties written in a class."""
        for name, member in list(vars(owner).items()):
            if name.startswith("__") and name.endswith("__") and name not in SPECIAL_METHODS:
                continue
            if type(member) in (FunctionType, staticmethod, classmethod, property):
                self.replace(owner, name, member)

    def replace(self, owner: Any, name: str, member: Any) -> None:
        """Puts the traced function in the place of the other; where that is refused, it stays."""
        function = getattr(member, "__func__", member)
        if hasattr(function, MARK) or getattr(function, "__isabstractmethod__", False):
            return
        with contextlib.suppress(Exception):
            made = self.decorate(member)
            if made is not member:
                setattr(owner, name, made)
                self.replaced.append((owner, name, member, made))

    def remove(self) -> None:
        """Puts everything back that nobody has replaced since; what was compiled traced is switched off."""
        forget(self.interest)
        for owner, name, member, made in reversed(self.replaced):
            if inspect.getattr_static(owner, name, None) is made:
                setattr(owner, name, member)
        self.replaced.clear()
        for site in self.sites:
            site.chosen = "off"
            STATE.apply(site)


def run_decorated(code: CodeType, space: dict[str, Any], decorate: Decorate) -> None:
    """Runs a rewritten module in its namespace; nothing of ours is left in it."""

    def guarded(target: Any) -> Any:
        try:
            return decorate(target)
        except Exception:
            return target  # the host's import matters more

    space[NAME] = guarded
    try:
        exec(code, space)
    finally:
        space.pop(NAME, None)


def install(
    *patterns: str,
    level: str | None = None,
    min_duration: float | None = None,
    sample: float | None = None,
    exclude: tuple[str, ...] | list[str] = (),
) -> Installed:
    """Traces whole modules by name: `install("shop.*", min_duration=0.001)`.

    Install first and import then: in a module that is loaded already, functions are replaced by name, and
    who took one over before (`from shop import total`) keeps the old one.
    """
    if not patterns:
        raise TypeError("install() needs the name of a module, or a pattern such as 'shop.*'")
    if level is not None and level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, not {level!r}")

    def decorate(target: Any) -> Any:
        return traced(target, level, sample, min_duration)

    installed = Installed(patterns, tuple(exclude), decorate)
    if STATE.settings.disabled:
        return installed
    after_import(installed.interest)
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and installed.matches(name):
            installed.module(module)
    return installed
