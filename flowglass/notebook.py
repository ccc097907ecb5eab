"""`%load_ext flowglass` in a notebook: functions written in its cells are traced from then on."""

from __future__ import annotations

import ast
from typing import Any

from flowglass.control import CONTROL
from flowglass.rewrite import NAME, decorate_tree
from flowglass.settings import from_environment
from flowglass.state import STATE
from flowglass.trace import traced


class Cells(ast.NodeTransformer):
    """What IPython asks to change the tree of a cell before it is compiled."""

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Module):
            decorate_tree(node)
        return node


def load(shell: Any) -> None:
    """Starts tracing in this notebook; a second time changes nothing."""
    if any(isinstance(one, Cells) for one in shell.ast_transformers):
        return
    shell.push({NAME: _traced}, interactive=False)
    shell.ast_transformers.append(Cells())
    if STATE.settings.service == from_environment({}).service:
        CONTROL.configure(service="notebook")


def unload(shell: Any) -> None:
    """Stops tracing what is written from now on."""
    shell.ast_transformers[:] = [one for one in shell.ast_transformers if not isinstance(one, Cells)]


def _traced(target: Any) -> Any:
    """The decorator the cells get; a cell must not fail because of it."""
    try:
        return traced(target)
    except Exception:
        return target
