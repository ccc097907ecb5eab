"""Clauses about values: the row's own, any observation, attributes of the span and of its resource.

Whatever stands in the JSON body is looked for as text first, which is several times faster than reading it:
with GLOB and LIKE, which leap from one place of the first character to the next, in half the time of instr.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from data.body import SOURCE_CODES
from data.values import NUMERIC_TEXT_TYPES
from queries import filter_fields as fields
from queries.bodies import source_of
from queries.filter_compiler import NEVER, Compiler, Condition, Sql
from queries.filter_tree import Clause
from queries.filter_value import COLUMN, Value, condition, json_at, json_value, text_condition, value_matcher

Holds = Callable[[Value], str]  # what is asked of a value, as SQL
MOST_SIGN = (
    200  # characters of a text that are looked for before JSON is read; SQLite has a limit to patterns
)
LITERALS, OPENING = ("true", "false", "NaN"), ("[", "{")  # texts of values that are no texts
PRESENT = {
    "data": "data IS NOT NULL",
    "exception": "exception IS NOT NULL OR exception_message IS NOT NULL",
    "memory": "memory IS NOT NULL",
    "parent": "parent_id IS NOT NULL",
    "version": "version IS NOT NULL",
}


def own_value(compiler: Compiler, clause: Clause) -> Condition:
    """The value of the row's data."""
    return Sql(condition(clause, COLUMN, compiler.bind))


def returned(compiler: Compiler, clause: Clause) -> Condition:
    """The return value."""
    return Sql(_returned(compiler, lambda value: condition(clause, value, compiler.bind)))


def observed(compiler: Compiler, clause: Clause) -> Condition:
    """Any observation of this name, the row's data included."""
    name = clause.field.partition(".")[2]
    return _observed(
        compiler, name, lambda value: condition(clause, value, compiler.bind), _held(compiler, clause)
    )


def attribute(compiler: Compiler, clause: Clause) -> Condition:
    """An attribute of the span."""
    name = clause.field.partition(".")[2]
    there = _there(compiler, _written(name) + _text(clause)), _held(compiler, clause)
    return Sql(_attribute(compiler, name, lambda value: condition(clause, value, compiler.bind), there))


def resource(compiler: Compiler, clause: Clause) -> Condition:
    """An attribute of the span's resource."""
    name, fits = clause.field.partition(".")[2], value_matcher(clause)
    return _resource(compiler, lambda attributes: name in attributes and fits(attributes[name]))


def present(compiler: Compiler, clause: Clause) -> Condition:
    """has: something is there at all."""
    prefix, point, name = clause.value.partition(".")
    if point and prefix == "resource":
        return _resource(compiler, lambda attributes: name in attributes)
    if point and prefix == "attr":
        return Sql(_attribute(compiler, name, None, [_there(compiler, _written(name))]))
    if point:
        return _observed(compiler, name, lambda value: "1")
    if clause.value == "return":
        return Sql(_returned(compiler, lambda value: "1"))
    if clause.value == "file":
        files = [key for key, version in compiler.names.versions.items() if version.file]
        return Sql(compiler.one_of("version", files))
    return Sql(PRESENT[clause.value])


def number(compiler: Compiler, text: str) -> Condition:
    """Any value equal to a number: the row's, or another observation's."""
    wanted = fields.number(text)
    bound = compiler.bind(wanted)
    signs = [_there(compiler, *sign) for sign in _number_signs(compiler, wanted or 0)]
    others = _some_observation(compiler, "1", lambda value: f"({value.number}) = {bound}")
    return Sql(f"({COLUMN.number}) = {bound} OR (({' OR '.join(signs)}) AND {others})")


def _returned(compiler: Compiler, holds: Holds) -> str:
    code = SOURCE_CODES["return"]
    told = f"json_type(body, '$.p') IS NULL OR body ->> '$.p[0]' IS {code}"  # absent: data/body.py
    own = f"(ifnull(instr(body, '\"p\":'), 0) = 0 OR {told}) AND data IS NOT NULL AND ({holds(COLUMN)})"
    others = _some_observation(compiler, f"o.value ->> '$[0]' = {code}", holds)
    return f"({own}) OR ({_there(compiler, f'[{code},')} AND {others})"


def _observed(compiler: Compiler, name: str, holds: Holds, held: str = "1") -> Condition:
    keys = [key for key, known in compiler.names.data_names.items() if known == name]
    if not keys:
        return NEVER
    others = _some_observation(compiler, f"o.value ->> '$[1]' = {keys[0]}", holds)
    there = _there(compiler, f",{keys[0]},", "[0-9]")  # which a type's id follows
    return Sql(f"(data = {keys[0]} AND ({holds(COLUMN)})) OR ({there} AND {held} AND {others})")


def _some_observation(compiler: Compiler, which: str, holds: Holds) -> str:
    """Some observation of the body is one of these, and its value holds."""
    decimal = f"o.value ->> '$[2]' IN ({', '.join(map(str, _decimals(compiler)))})"
    value = json_at("o.value", "'$[3]'", decimal)
    return f"EXISTS (SELECT 1 FROM json_each(body, '$.o') AS o WHERE {which} AND ({holds(value)}))"  # noqa: S608


def _text(clause: Clause) -> str:
    """How the wanted value stands in a body when only one way to write it holds, else ""."""
    wanted = clause.value
    also_number = fields.number(wanted) is not None
    if clause.op != "equals" or also_number or wanted in LITERALS or wanted.startswith(OPENING):
        return ""
    return orjson.dumps(wanted).decode()


def _held(compiler: Compiler, clause: Clause) -> str:
    """That a body holds the wanted text at all, as it must to have it in a value; "1" where it need not."""
    plain = clause.value.isascii() and clause.value.isprintable() and not set(clause.value) & set('"\\')
    if clause.op != "contains" or fields.number(clause.value) is not None or not plain:
        return "1"
    return text_condition(clause, "body", compiler.bind)


def _written(name: str) -> str:
    """A key of a body as it is written, but for the quote before it: bodies are full of those."""
    return orjson.dumps(name).decode()[1:] + ":"


def _there(compiler: Compiler, text: str, then: str = "") -> str:
    """That a text stands in a body, and behind it what the GLOB pattern `then` says."""
    literal = re.sub(r"[*?[]", r"[\g<0>]", text[:MOST_SIGN])
    return f"body GLOB {compiler.bind(f'*{literal}{then}*')}"


def _attribute(compiler: Compiler, name: str, holds: Holds | None, there: Iterable[str]) -> str:
    """An attribute is there, and its value holds; `there` is asked of bodies before JSON is read."""
    signs = " AND ".join(there)
    if name.isprintable() and not set(name) & set('"\\'):
        path = compiler.bind(f'$.a."{name}"')
        test = holds(json_at("body", path)) if holds else f"json_type(body, {path}) IS NOT NULL"
        return f"{signs} AND ({test})"
    test = holds(json_value("a.type", "a.value", "a.value")) if holds else "1"
    key = compiler.bind(name)
    each = f"SELECT 1 FROM json_each(body, '$.a') AS a WHERE a.key = {key} AND ({test})"  # noqa: S608
    return f"{signs} AND EXISTS ({each})"


def _resource(compiler: Compiler, fits: Callable[[Mapping[str, Any]], bool]) -> Condition:
    known = compiler.names.resources
    fitting = (key for key, body in known.items() if fits(source_of(body).attributes))
    return Sql(compiler.one_of("resource", fitting))


def _decimals(compiler: Compiler) -> list[int]:
    """Types whose numbers travel as text."""
    return [key for key, name in compiler.names.data_types.items() if name in NUMERIC_TEXT_TYPES]


def _number_signs(compiler: Compiler, wanted: int | float) -> list[tuple[str, str]]:
    """Pieces of JSON text and what follows: one of them stands in every body that observes this number."""
    written = {orjson.dumps(float(wanted)).decode(): "]"}
    if wanted == 0:
        written["-0.0"] = "]"
    if abs(wanted) < 2**63 and wanted == int(wanted):
        written.pop(f"{int(wanted)}.0", None)
        written[str(int(wanted))] = "[].]"  # with a point or without
    signs = [(f",{digits}", then) for digits, then in sorted(written.items())]
    return signs + [(f",{key},", '"') for key in _decimals(compiler)]
