"""Adds the tracing decorator to the functions of a module while its source is compiled.

It goes innermost, so that whatever another decorator registers, a route, a task, a callback, is traced too.
Lines stay where they are.
"""

from __future__ import annotations

import ast
from types import CodeType
from typing import Any

NAME = "__flowglass_trace__"  # dunder at both ends: not mangled inside classes
# Of the methods Python itself calls, these are worth a span; the others run inside of everything.
SPECIAL_METHODS = frozenset({"__init__", "__call__", "__enter__", "__exit__", "__aenter__", "__aexit__"})
# These read a function's source or code, and must get the function itself.
COMPILERS = frozenset(
    {"jit", "njit", "vectorize", "guvectorize", "stencil", "cfunc", "script", "compile", "kernel", "overload"}
)
Definition = (ast.FunctionDef, ast.AsyncFunctionDef)
Block = (ast.If, ast.Try, ast.With, ast.For, ast.While)


def compiled(source: bytes | str, path: str) -> CodeType:
    """The code of a module with its functions and methods decorated by what `NAME` is in its globals."""
    tree: Any = compile(source, path, "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
    decorate_tree(tree)
    code: CodeType = compile(tree, path, "exec", dont_inherit=True)
    return code


def decorate_tree(tree: ast.Module) -> None:
    """Decorates the functions and methods of a module, or of a notebook's cell, in place."""
    _body(tree.body)


def _body(statements: list[ast.stmt]) -> None:
    for statement in statements:
        if isinstance(statement, Definition):
            _decorate(statement)
        elif isinstance(statement, ast.ClassDef):
            _body(statement.body)
        elif isinstance(statement, Block):
            for part in ("body", "orelse", "finalbody"):
                _body(getattr(statement, part, []))
            for handler in getattr(statement, "handlers", []):
                _body(handler.body)


def _decorate(function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    name = function.name
    if name.startswith("__") and name.endswith("__") and name not in SPECIAL_METHODS:
        return
    if any(_last_name(one) in COMPILERS for one in function.decorator_list):
        return
    decorator = ast.Name(NAME, ast.Load(), lineno=function.lineno, col_offset=function.col_offset)
    decorator.end_lineno, decorator.end_col_offset = function.lineno, function.col_offset
    function.decorator_list.append(decorator)


def _last_name(decorator: ast.expr) -> str:
    """`numba.njit(parallel=True)` -> njit"""
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    if isinstance(decorator, ast.Attribute):
        return decorator.attr
    return decorator.id if isinstance(decorator, ast.Name) else ""
