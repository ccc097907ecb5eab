"""The filter as everybody uses it: its tree, its text, and edits of the text for chips and facets.

Text: clauses side by side must all hold, OR and brackets as usual, - or NOT negates, ~ keeps a clause but
switches it off. `field:text` contains, `field:=text` is exactly, `field:te*t` fits, > >= < <= compare;
`is:` stale, root or new; `has:field`; a bare word begins a word of the span's names, string values or
exception; a bare number is a value equal to it; 16 or 32 hex digits are a span or trace id.
"""

from __future__ import annotations

from dataclasses import dataclass

from queries.errors import FilterError
from queries.filter_clause import field_clause
from queries.filter_text import parse, to_text
from queries.filter_tree import EMPTY, And, Clause, Filter, Not, Off, Op, Or, active, clauses, normal

__all__ = [
    "EMPTY",
    "And",
    "Chip",
    "Clause",
    "Filter",
    "FilterError",
    "Not",
    "Off",
    "Op",
    "Or",
    "active",
    "chips",
    "clauses",
    "normal",
    "parse",
    "to_text",
    "toggle",
    "with_clause",
    "without",
]


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a filter that can be switched and taken away by itself."""

    text: str  # without the mark of being switched off
    off: bool


def chips(text: str) -> tuple[Chip, ...]:
    """The parts of a filter text that must all hold, in order."""
    return tuple(
        Chip(to_text(part.child), True) if isinstance(part, Off) else Chip(to_text(part), False)
        for part in _parts(text)
    )


def with_clause(text: str, field: str, op: str, value: str, exclude: bool = False) -> str:
    """The text with one more clause; its opposite, and the same switched off, make way for it.

    `op` is contains, equals, glob, >, >=, <, <=, is or has. Raises FilterError when the clause is wrong.
    """
    clause = _clause(field, op, value)
    added: Filter = Not(clause) if exclude else clause
    others = [part for part in _parts(text) if _bare(part) != clause]
    return to_text(And((*others, added)))


def without(text: str, part: str) -> str:
    """The text without one of its parts, switched on or off."""
    gone = parse(part)
    return to_text(And(tuple(kept for kept in _parts(text) if _on(kept) != gone)))


def toggle(text: str, part: str) -> str:
    """The text with one of its parts switched off, or on again."""
    wanted = parse(part)
    return to_text(And(tuple(_switched(each) if _on(each) == wanted else each for each in _parts(text))))


def _parts(text: str) -> tuple[Filter, ...]:
    tree = parse(text)
    return tree.children if isinstance(tree, And) else (tree,)


def _on(part: Filter) -> Filter:
    return part.child if isinstance(part, Off) else part


def _bare(part: Filter) -> Filter:
    on = _on(part)
    return on.child if isinstance(on, Not) else on


def _switched(part: Filter) -> Filter:
    return part.child if isinstance(part, Off) else Off(part)


def _clause(field: str, op: str, value: str) -> Clause:
    sign = {"contains": "", "equals": "=", "glob": "", "is": "", "has": ""}.get(op, op)
    name = op if op in ("is", "has") else field
    return field_clause(name, sign, value, op == "glob", (0, len(field)), (0, len(value)))
