"""The text face of a filter: parse with positions of errors, and the one text that says a tree.

process:load* -status:error duration:>250ms (group:=shop OR group:=bank) "exact words" ~is:stale
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from queries.errors import FilterError
from queries.filter_clause import bare_clause, field_clause, name_of, shown_field, word_text
from queries.filter_tree import EMPTY, And, Clause, Filter, Not, Off, Or, normal
from queries.match import escaped, glob_parts

MAX_TEXT = 4_000  # characters
MAX_CLAUSES = 200
MAX_SIGNS = 100  # brackets, minus signs and switched-off marks: bounds the depth of the tree

GRAMMAR = Path(__file__).with_name("filter.lark")
_ESCAPE = re.compile(r'\\(["\\*])|(\*)|(.)', re.DOTALL)
_SAFE_VALUE = re.compile(r'[^\s()"]+')

Part = str | None  # a character, or None for a star


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR.read_text(), parser="lalr", propagate_positions=True)


def parse(text: str) -> Filter:
    """The tree that a text says; raises FilterError with the position of what is wrong."""
    if len(text) > MAX_TEXT:
        raise FilterError(f"the filter is longer than {MAX_TEXT} characters", MAX_TEXT, len(text))
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _explain(text, error) from None
    found = list(tree.scan_values(lambda token: isinstance(token, Token)))
    if sum(token.type in ("NEG", "NOT", "OFF", "LPAR") for token in found) > MAX_SIGNS:
        raise FilterError("the filter is too deeply nested", 0, len(text))
    if sum(token.type in ("WORD", "QUOTED", "VALUE", "NEGATIVE") for token in found) > MAX_CLAUSES:
        raise FilterError(f"the filter has more than {MAX_CLAUSES} clauses", 0, len(text))
    return normal(_build(tree)) if tree.children else EMPTY


def to_text(tree: Filter) -> str:
    """The text that parses to this tree, in its normal form."""
    tree = normal(tree)
    if isinstance(tree, Or):
        return " OR ".join(map(_atom, tree.children))
    if isinstance(tree, And):
        return " ".join(map(_atom, tree.children))
    return _atom(tree)


def _atom(tree: Filter) -> str:
    """A tree as it stands beside others."""
    if isinstance(tree, Clause):
        return _clause_text(tree)
    if isinstance(tree, Off):
        return "~" + _atom(tree.child)
    if isinstance(tree, Not):
        inner = _atom(tree.child)
        return f"-({inner})" if inner[0].isdigit() or inner[0] == "." else f"-{inner}"
    return f"({to_text(tree)})"


def _clause_text(clause: Clause) -> str:
    if clause.op == "word":
        return word_text(clause.value)
    if clause.op in ("number", "id"):
        return clause.value
    if clause.op == "phrase":
        return _quoted(list(clause.value))
    if clause.op in ("is", "has"):
        return f"{clause.op}:{_field_value(clause.value)}"
    sign = "" if clause.op in ("contains", "glob") else "=" if clause.op == "equals" else clause.op
    if clause.field in ("status", "kind"):
        return f"{clause.field}:{clause.value}"
    parts: list[Part] = glob_parts(clause.value) if clause.op == "glob" else [*clause.value]
    return f"{shown_field(clause.field)}:{sign}{_value_text(parts, exact=sign != '')}"


def _field_value(field: str) -> str:
    return field if _SAFE_VALUE.fullmatch(field) and "*" not in field else _quoted(list(field))


def _value_text(parts: list[Part], exact: bool) -> str:
    """A value bare where that is clear, else in quotes."""
    plain = "".join("*" if part is None else part for part in parts)
    star_is_star = exact or "*" not in parts
    clear = _SAFE_VALUE.fullmatch(plain) and star_is_star and plain[0] not in "=<>"
    return plain if clear else _quoted(parts)


def quoted_value(text: str) -> str:
    """A value as it stands after a field and =, in quotes where it needs them."""
    return _value_text([*text], exact=True) if text else _quoted([])


def _quoted(parts: list[Part]) -> str:
    inside = "".join("*" if part is None else "\\" + part if part in '"\\*' else part for part in parts)
    return f'"{inside}"'


def _parts(token: Token) -> list[Part]:
    """The characters that a word or a quoted text says, None for stars."""
    if token.type != "QUOTED":
        return [None if char == "*" else char for char in token]
    return [
        None if star else protected or plain for protected, star, plain in _ESCAPE.findall(str(token)[1:-1])
    ]


def _plain(parts: list[Part]) -> str:
    return "".join("*" if part is None else part for part in parts)


def _build(tree: Tree[Token]) -> Filter:
    rule, inner = str(tree.data), tree.children
    below = [_build(child) for child in inner if isinstance(child, Tree) and child.data != "values"]
    if rule == "either":
        return Or(tuple(below))
    if rule == "all":
        return And(tuple(below))
    if rule == "no":
        return Not(below[0])
    if rule == "off":
        return Off(below[0])
    if rule in ("start", "brackets"):
        return below[0]
    if rule == "bare":
        return _bare(cast(Token, inner[0]))
    return _field(tree)


def _bare(token: Token) -> Clause:
    parts = _parts(token)
    start, end = _ends(token)
    return bare_clause(_plain(parts), None in parts, token.type == "QUOTED", start, end)


def _field(tree: Tree[Token]) -> Filter:
    name, *rest = tree.children
    assert isinstance(name, Token)
    if tree.data == "field":
        return _one_value(name, cast(Token, rest[0]), name.end_pos or 0)
    bracket, values = cast(Token, rest[0]), cast("Tree[Token]", rest[1])
    if bracket.start_pos != name.end_pos:
        raise FilterError(f"{name} needs a value right after it", *_ends(name))
    found = [token for token in values.children if isinstance(token, Token) and token.type != "OR"]
    return Or(tuple(_one_value(name, token, token.start_pos or 0) for token in found))


def _one_value(name: Token, value: Token, expected_start: int) -> Clause:
    if value.start_pos != expected_start:
        raise FilterError(f"{name} needs a value right after it", *_ends(name))
    parts = _parts(value)
    field, _, sign = str(name).rpartition(":")
    is_glob = None in parts and not sign
    text = escaped(parts) if is_glob else _plain(parts)
    return field_clause(
        name_of(field),
        sign,
        text,
        is_glob,
        (name.start_pos or 0, (name.start_pos or 0) + len(field)),
        _ends(value),
    )


def _ends(token: Token) -> tuple[int, int]:
    return token.start_pos or 0, token.end_pos or 0


def _explain(text: str, error: UnexpectedInput) -> FilterError:
    """What a person would say about the first place that does not fit."""
    if not isinstance(error, UnexpectedToken):
        at = error.pos_in_stream or 0
        if text[at] == '"':
            return FilterError("the quote is not closed", at, len(text), text[at:] + '"')
        return FilterError(f"{text[at]} does not fit here", at, at + 1)
    token: Token = error.token
    if token.type == "$END":
        return _unfinished(text, token, error)
    if token.type == "RPAR":
        return FilterError(
            ") closes nothing" if "$END" in error.expected else "there is nothing before )", *_ends(token)
        )
    if token.type == "OR":
        return FilterError("something must stand before OR", *_ends(token))
    return FilterError(f"{token} does not fit here", *_ends(token))


def _unfinished(text: str, last: Token, error: UnexpectedToken) -> FilterError:
    if "RPAR" in error.expected:
        at = _open_bracket(text)
        return FilterError("the bracket is not closed", at, at + 1)
    start = len(text.rstrip()) - 1
    if "VALUE" in error.expected:
        start = last.start_pos or 0
        return FilterError(f"{text[start:].strip()} needs a value", start, len(text))
    return FilterError("something must follow here", max(0, start), len(text))


def _open_bracket(text: str) -> int:
    """Position of the last bracket that nothing closes, quotes left aside."""
    opened: list[int] = []
    for found in re.finditer(r'"(?:\\.|[^"\\])*"|[()]', text, re.DOTALL):
        if found[0] == "(":
            opened.append(found.start())
        elif found[0] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else 0
