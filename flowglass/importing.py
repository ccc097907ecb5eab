"""Runs something right after a module was imported, without changing how it is imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NamedTuple

Execute = Callable[[ModuleType, Any], bool]  # runs a module in its loader's stead, or answers False


class Action(NamedTuple):
    """What to do with a module that is imported."""

    after: Callable[[ModuleType], None]
    execute: Execute | None = None


Interest = Callable[[str], Action | None]  # module name -> what to do with it, or None


class Watcher:
    """The first finder on `sys.meta_path`: lets the others find, and adds the actions to their loader."""

    def __init__(self) -> None:
        self.interests: list[Interest] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module somebody is interested in; None leaves it to the others."""
        actions = [action for interest in self.interests if (action := interest(name)) is not None]
        if not actions:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec: ModuleSpec | None = find(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = Loader(spec.loader, actions)  # type: ignore[assignment]
                return spec
        return None


class Loader:
    """Stands before a module's own loader until the module is there."""

    def __init__(self, loader: Any, actions: list[Action]) -> None:
        self._loader = loader
        self._actions = actions

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module under its own loader, then the actions; they cannot make the import fail."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        executes = [action.execute for action in self._actions if action.execute is not None]
        if not any(execute(module, self._loader) for execute in executes):
            self._loader.exec_module(module)
        for action in self._actions:
            try:
                action.after(module)
            except Exception:
                continue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


WATCHER = Watcher()


def after_import(interest: Interest) -> None:
    """Asks about every module that is imported from now on."""
    WATCHER.interests.append(interest)
    if WATCHER not in sys.meta_path:
        sys.meta_path.insert(0, WATCHER)


def forget(interest: Interest) -> None:
    """Asks no more."""
    if interest in WATCHER.interests:
        WATCHER.interests.remove(interest)
    if not WATCHER.interests and WATCHER in sys.meta_path:
        sys.meta_path.remove(WATCHER)
