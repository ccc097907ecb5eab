"""Comparisons with one value of any type: a column, an attribute, an observation.

Numbers compare as numbers, texts as texts; booleans are the texts true and false, lists and objects their
compact JSON text, NaN is a text. A text that is not a number never equals a number.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from data.values import column_value
from queries import filter_fields as fields
from queries import match
from queries.filter_tree import Clause

Bind = Callable[[object], str]  # takes a value, gives the placeholder that stands for it

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value stands, as SQL expressions that are NULL when it is not of that kind."""

    number: str
    text: str


COLUMN = Value(  # numbers sort before every text
    number="CASE WHEN value < '' THEN value END",
    text="CASE WHEN value >= '' THEN value END",
)


def json_value(kind: str, value: str, raw: str, decimal: str = "0") -> Value:
    """A JSON value by its type, its value and its JSON text; `decimal` says when a text is a number."""
    return Value(
        number=f"CASE {kind} WHEN 'integer' THEN {value} WHEN 'real' THEN {value} "
        f"WHEN 'text' THEN CASE WHEN {decimal} THEN CAST({value} AS REAL) END "
        f"WHEN 'object' THEN CASE {raw} ->> '$.\"$f\"' WHEN 'Infinity' THEN 9e999 "
        f"WHEN '-Infinity' THEN -9e999 END END",
        text=f"CASE {kind} WHEN 'text' THEN CASE WHEN {decimal} THEN NULL ELSE {value} END "
        f"WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'array' THEN {raw} "
        f"WHEN 'object' THEN CASE {raw} ->> '$.\"$f\"' WHEN 'NaN' THEN 'NaN' "
        f"WHEN 'Infinity' THEN NULL WHEN '-Infinity' THEN NULL ELSE {raw} END END",
    )


def json_at(document: str, path: str, decimal: str = "0") -> Value:
    """What stands at a path of a JSON text."""
    return json_value(
        f"json_type({document}, {path})", f"{document} ->> {path}", f"{document} -> {path}", decimal
    )


def condition(clause: Clause, value: Value, bind: Bind) -> str:
    """The clause's comparison with this value; NULL or false when it does not hold."""
    number = fields.number(clause.value)
    if clause.op in COMPARE:
        return f"({value.number}) {clause.op} {bind(number)}"
    text = text_condition(clause, f"({value.text})", bind)
    if clause.op == "glob" or number is None:
        return text
    return f"(({value.number}) = {bind(number)} OR {text})"


def text_condition(clause: Clause, text: str, bind: Bind) -> str:
    """The clause's comparison with a text."""
    if clause.op == "equals":
        return f"{text} = {bind(clause.value)}"
    if not clause.value.isascii():  # LIKE knows the case of ASCII only
        return f"text_fits({bind(clause.op)}, {bind(clause.value)}, {text})"
    parts = match.glob_parts(clause.value) if clause.op == "glob" else [None, *clause.value, None]
    return f"{text} LIKE {bind(match.like(parts))} ESCAPE '\\'"


def text_matcher(clause: Clause) -> match.Matcher:
    """The same comparison with a text, in Python."""
    return match.BY_NAME[clause.op](clause.value)


def value_matcher(clause: Clause) -> Callable[[Any], bool]:
    """The same comparison with a value of any type, in Python."""
    number = fields.number(clause.value)
    if clause.op in COMPARE:
        compare = COMPARE[clause.op]
        return lambda value: _is_number(value) and compare(value, number)
    fits = text_matcher(clause)
    wants_number = number is not None and clause.op != "glob"

    def holds(value: Any) -> bool:
        if _is_number(value):
            return wants_number and bool(value == number)
        text = column_value(value, None)[0]
        return isinstance(text, str) and fits(text)

    return holds


def _is_number(value: Any) -> bool:
    """Whether it compares as a number; NaN does not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
