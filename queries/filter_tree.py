"""The filter: one small immutable tree. Text, chips, facets and URL are faces of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

# "contains", "equals" and "glob" compare texts; the signs compare numbers and times; "is" names a flag and
# "has" a field; without a field stand "word", "phrase" (in quotes), "number" and "id" (16 or 32 hex digits).
Op = Literal[
    "contains", "equals", "glob", ">", ">=", "<", "<=", "is", "has", "word", "phrase", "number", "id"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. `field` is "" for bare words, phrases, numbers and ids.

    `value` is text. In a glob * stands for any characters, and \\* and \\\\ for themselves.
    """

    field: str
    op: Op
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a filter."""

    child: Filter


@dataclass(frozen=True, slots=True)
class And:
    """All of the filters; none at all means every span."""

    children: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the filters."""

    children: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Off:
    """A filter that is kept but not applied."""

    child: Filter


Filter: TypeAlias = Clause | Not | And | Or | Off
EMPTY: Filter = And(())


def normal(tree: Filter) -> Filter:
    """The same filter in the one form that text can say: no nested, single or empty and/or."""
    if isinstance(tree, Clause):
        return tree
    if isinstance(tree, Off):
        child = normal(tree.child)
        return child if isinstance(child, Off) else Off(child)
    if isinstance(tree, Not):
        return Not(normal(tree.child))
    kind = type(tree)
    flat: list[Filter] = []
    for child in map(normal, tree.children):
        flat += child.children if isinstance(child, kind) else [child]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def active(tree: Filter) -> Filter:
    """What is left to apply once everything that is switched off is taken out."""
    return _active(tree) or EMPTY


def _active(tree: Filter) -> Filter | None:
    if isinstance(tree, Clause):
        return tree
    if isinstance(tree, Off):
        return None
    if isinstance(tree, Not):
        child = _active(tree.child)
        return Not(child) if child else None
    kept = tuple(child for child in map(_active, tree.children) if child)
    return normal(type(tree)(kept)) if kept else None


def clauses(tree: Filter) -> tuple[Clause, ...]:
    """Every clause of a filter, in order."""
    if isinstance(tree, Clause):
        return (tree,)
    if isinstance(tree, Not | Off):
        return clauses(tree.child)
    return tuple(clause for child in tree.children for clause in clauses(child))
