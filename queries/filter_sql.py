"""A filter as SQL over one segment: names become sets of numbers, everything else bound conditions.

What a filter says about processes as a whole stays a set, so that the search can go by their index.
The SQL binds `low` and `high` beside the filter's own values: the row ids that the statement looks at.
"""

from __future__ import annotations

from collections.abc import Callable

from queries import filter_columns as columns
from queries import filter_values as values
from queries import filter_words as words
from queries.filter_compiler import ALWAYS, Compiler, Condition
from queries.filter_tree import And, Clause, Filter, Not, Off

FIELDS: dict[str, Callable[[Compiler, Clause], Condition]] = {
    "process": columns.process,
    "group": columns.process,
    "scope": columns.process,
    "data": columns.data_name,
    "type": columns.data_type,
    "value": values.own_value,
    "status": columns.status,
    "exception": columns.exception,
    "duration": columns.amount,
    "memory": columns.amount,
    "time": columns.amount,
    "trace": columns.hex_id,
    "span": columns.hex_id,
    "parent": columns.hex_id,
    "kind": columns.kind,
    "version": columns.version,
    "file": columns.version,
    "return": values.returned,
    "is": columns.flag,
    "has": values.present,
}
PREFIXES = {"data": values.observed, "attr": values.attribute, "resource": values.resource}
BARE: dict[str, Callable[[Compiler, str], Condition]] = {
    "word": words.word,
    "phrase": words.phrase,
    "number": values.number,
    "id": words.any_id,
}


def compile_filter(compiler: Compiler, tree: Filter) -> Condition:
    """The condition that a filter is, switched-off parts left out."""
    if isinstance(tree, Clause):
        return _clause(compiler, tree)
    if isinstance(tree, Off):
        return ALWAYS
    if isinstance(tree, Not):
        return compiler.opposite(compile_filter(compiler, tree.child))
    found = [compile_filter(compiler, child) for child in tree.children]
    return compiler.all(found) if isinstance(tree, And) else compiler.any(found)


def _clause(compiler: Compiler, clause: Clause) -> Condition:
    prefix, point, _ = clause.field.partition(".")
    if point:
        return PREFIXES[prefix](compiler, clause)
    if not clause.field:
        return BARE[clause.op](compiler, clause.value)
    return FIELDS[clause.field](compiler, clause)
