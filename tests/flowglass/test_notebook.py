"""A notebook needs one line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest

import flowglass
from flowglass.state import STATE
from tests.flowglass.sink import Sink


class Shell:
    """What the extension uses of IPython's shell: namespace and tree transformers, run in its order."""

    def __init__(self) -> None:
        self.ast_transformers: list[ast.NodeTransformer] = []
        self.space: dict[str, Any] = {"__name__": "__main__"}

    def push(self, variables: dict[str, Any], interactive: bool = True) -> None:
        assert not interactive
        self.space.update(variables)

    def run(self, cell: str) -> None:
        tree: ast.AST = ast.parse(cell)
        for one in self.ast_transformers:
            tree = one.visit(tree)
        exec(compile(ast.fix_missing_locations(tree), "<cell>", "exec"), self.space)  # type: ignore[arg-type]


@pytest.fixture
def shell() -> Iterator[Shell]:
    made = Shell()
    service = STATE.settings.service
    flowglass.load_ipython_extension(made)
    yield made
    flowglass.configure(service=service)


def test_functions_of_cells_are_traced(sink: Sink, shell: Shell) -> None:
    flowglass.load_ipython_extension(shell)  # twice is once
    shell.run("def total(n):\n    return n + 1\nresult = total(2)")
    shell.run("class Shop:\n    def open(self):\n        return total(3)\nShop().open()")
    assert flowglass.flush(20)
    assert [(one.name, one.value("return")) for one in sink.spans] == [
        ("total", 3),
        ("total", 4),
        ("Shop.open", 4),
    ]


def test_unloading_leaves_new_cells_alone(sink: Sink, shell: Shell) -> None:
    flowglass.unload_ipython_extension(shell)
    shell.run("def total(n):\n    return n + 1\nresult = total(2)")
    assert flowglass.flush(20)
    assert not sink.spans
