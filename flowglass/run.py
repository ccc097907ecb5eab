"""Runs a program as Python would, with its own functions traced."""

from __future__ import annotations

import importlib.util
import os
import runpy
import sys
import sysconfig
from fnmatch import fnmatchcase
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from flowglass.failures import OWN_FILES
from flowglass.importing import Action, after_import
from flowglass.install import Installed, run_decorated
from flowglass.rewrite import compiled

FOREIGN = frozenset({"site-packages", "dist-packages", ".venv", "venv"})


class Program(Installed):
    """Traces the modules below some folders; those that patterns name, wherever they are."""

    def __init__(
        self, roots: tuple[Path, ...], patterns: tuple[str, ...], leave_out: tuple[str, ...], decorate: Any
    ) -> None:
        super().__init__(patterns, leave_out, decorate)
        self.roots = tuple(str(root.resolve()) + os.sep for root in roots)
        self.standard = str(Path(sysconfig.get_path("stdlib")).resolve()) + os.sep

    def interest(self, name: str) -> Action | None:
        """Every module but the tracer's own: where it lies is known only to its loader."""
        left_out = any(fnmatchcase(name, pattern) for pattern in self.leave_out)
        return None if left_out else Action(self.module, self.execute)

    def execute(self, module: ModuleType, loader: Any) -> bool:
        named = super().matches(module.__name__)
        return (named or self.is_own(getattr(loader, "path", ""))) and super().execute(module, loader)

    def is_own(self, path: str) -> bool:
        """Whether a file belongs to the program and not to what it uses."""
        if not path:
            return False
        real = str(Path(path).resolve())
        for root in self.roots:
            if real.startswith(root):
                inside = Path(real[len(root) :]).parts
                return not real.startswith(self.standard) and FOREIGN.isdisjoint(inside)
        return False


def run_script(path: str, args: list[str], program: Program) -> None:
    """What `python path args…` does."""
    sys.argv[:] = [path, *args]
    if not Path(path).is_file() or not path.endswith((".py", ".pyw")):
        start(program)
        runpy.run_path(path, run_name="__main__")  # a folder, an archive, anything else Python can run
        return
    file = str(Path(path).absolute())
    code = compiled(Path(path).read_bytes(), file)
    module = ModuleType("__main__")
    module.__file__ = file
    module.__loader__ = SourceFileLoader("__main__", file)
    vars(module).update(__builtins__=sys.modules["builtins"], __cached__=None)
    sys.path[0] = str(Path(path).resolve().parent)
    sys.modules["__main__"] = module
    start(program)
    run_decorated(code, vars(module), program.decorate)


def run_module(name: str, args: list[str], program: Program) -> None:
    """What `python -m name args…` does."""
    sys.path[0] = str(Path.cwd())
    sys.argv[:] = ["-m", *args]
    start(program)
    spec = _main_spec(name)
    if type(spec.loader) is not SourceFileLoader or not program.is_own(spec.origin or ""):
        sys.argv[0] = spec.origin or name
        runpy.run_module(name, run_name="__main__", alter_sys=True)
        return
    path = spec.origin or ""
    sys.argv[0] = path
    module = ModuleType("__main__")
    vars(module).update(
        __file__=path, __spec__=spec, __loader__=spec.loader, __package__=spec.parent,
        __builtins__=sys.modules["builtins"], __cached__=spec.cached,
    )  # fmt: skip
    sys.modules["__main__"] = module
    run_decorated(compiled(Path(path).read_bytes(), path), vars(module), program.decorate)


def _main_spec(name: str) -> ModuleSpec:
    """Where a module, or a package's `__main__`, is."""
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise SystemExit(f"flowglass: cannot find the module {name}: {error}") from None
    if spec is None:
        raise SystemExit(f"flowglass: no module named {name}")
    spec.loader = getattr(spec.loader, "_loader", spec.loader)
    return spec


def start(program: Program) -> None:
    """From now on imports are looked at, and tracebacks show the program only."""
    after_import(program.interest)
    # Each traced call takes two frames; the program's own depth stays what it was.
    sys.setrecursionlimit(2 * sys.getrecursionlimit())
    shown = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        seen: BaseException | None = error
        while seen is not None:
            seen.__traceback__ = without_ours(seen.__traceback__)
            seen = seen.__cause__ or seen.__context__
        shown(kind, error, error.__traceback__)

    sys.excepthook = show


def without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback as it would be without the tracer."""
    frames = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith((*OWN_FILES, "<frozen runpy>")):
            frames.append(traceback)
        traceback = traceback.tb_next
    made: TracebackType | None = None
    for one in reversed(frames):
        made = TracebackType(made, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return made
