"""Our own source as data: every module, and what it imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.running import ROOT

PACKAGES = (
    "alerting", "api", "bench", "callbacks", "collector", "commands", "dashboard", "data", "demo",
    "flowglass", "jobs", "live", "processes", "queries",
)  # fmt: skip
FILES = ("app", "config", "config_sources", "logs")
OURS = frozenset((*PACKAGES, *FILES))


@dataclass(frozen=True)
class Module:
    """One file of ours."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name.split(".")[0]

    def imports(self) -> set[str]:
        """Every module this one names in an import, at the top or inside a function, absolute."""
        return set(_imports(self))


def _imports(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    here = module.name.split(".")
    is_package = module.path.name == "__init__.py"
    parents = here[: len(here) - node.level + is_package]
    return ".".join([*parents, *([node.module] if node.module else [])])


def modules() -> list[Module]:
    """All of them, in a fixed order."""
    paths = [ROOT / f"{name}.py" for name in FILES]
    for package in PACKAGES:
        paths += sorted((ROOT / package).rglob("*.py"))
    return [
        Module(_name(path), path, ast.parse(path.read_text(encoding="utf-8")))
        for path in paths
        if path.exists()
    ]


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
