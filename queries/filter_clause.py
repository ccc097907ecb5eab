"""Checks one clause as written: does the field exist, does it take this comparison, can the value be read."""

from __future__ import annotations

import re
from typing import cast

from queries import filter_fields as fields
from queries.errors import FilterError
from queries.filter_tree import Clause, Op
from queries.match import tokens

Place = tuple[int, int]  # start and end in the text

_SIMPLE_NAME = re.compile(r"[\w./@$-]+")
_QUOTED_NAME = re.compile(r'([A-Za-z_.]+)"((?:\\.|[^"\\])*)"', re.DOTALL)
_HEX_ID = re.compile(r"[0-9a-fA-F]{16}(?:[0-9a-fA-F]{16})?")
_KEYWORDS = ("OR", "AND", "NOT")


def name_of(written: str) -> str:
    """A field's name as written before the colon: lower case, quotes taken off, aliases resolved."""
    quoted = _QUOTED_NAME.fullmatch(written)
    if quoted:
        return quoted[1].lower() + re.sub(r"\\(.)", r"\1", quoted[2], flags=re.DOTALL)
    prefix, point, name = written.partition(".")
    prefix = fields.ALIASES.get(prefix.lower(), prefix.lower())
    return f"{prefix}{point}{name}"


def shown_field(field: str) -> str:
    """A field's name as text says it, its last part in quotes where it has odd characters."""
    prefix, point, name = field.partition(".")
    if not point or _SIMPLE_NAME.fullmatch(name):
        return field
    inside = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{prefix}."{inside}"'


def bare_clause(text: str, has_star: bool, quoted: bool, start: int, end: int) -> Clause:
    """A word, number or id that stands without a field."""
    if quoted:
        _searchable(text, start, end)
        return Clause("", "phrase", text)
    if text.upper() in _KEYWORDS:
        if text in _KEYWORDS:
            raise FilterError(f"something must stand on both sides of {text}", start, end)
        raise FilterError(
            f'write {text.upper()} in capitals, or "{text}" to search for the word', start, end, text.upper()
        )
    if _HEX_ID.fullmatch(text):
        return Clause("", "id", text.lower())
    if fields.number(text) is not None:
        return Clause("", "number", text)
    if has_star:
        text = _without_last_star(text, start, end)
    _searchable(text, start, end)
    return Clause("", "word", text)


def word_text(word: str) -> str:
    """A word as text: with its star where it would be an operator, an id or a number without one."""
    other = word.upper() in _KEYWORDS or _HEX_ID.fullmatch(word) or fields.number(word) is not None
    return f"{word}*" if other else word


def _without_last_star(text: str, start: int, end: int) -> str:
    plain = text.removesuffix("*")
    if not plain or "*" in plain:
        message = "a bare word matches the beginning of words; stars need a field"
        raise FilterError(message, start, end, f"process:{text}")
    return plain


def _searchable(text: str, start: int, end: int) -> None:
    if not tokens(text):
        raise FilterError(
            "there is no letter or digit to search for; name a field",
            start,
            end,
            f'value:"{text}"' if text else "",
        )


def field_clause(field: str, sign: str, text: str, is_glob: bool, name: Place, value: Place) -> Clause:
    """A clause with a field, checked."""
    if field == "is":
        return Clause("is", "is", _choice("is", text, value))
    if field == "has":
        return Clause("has", "has", _presence(text, value))
    kind = fields.kind_of(field)
    if kind is None:
        near = fields.nearest_field(field)
        hint = f"; did you mean {near}?" if near else ""
        raise FilterError(f"there is no field {field}{hint}", *name, near)
    op = cast(Op, "glob" if is_glob else {"": "contains", "=": "equals"}.get(sign, sign))
    if kind == "choice":
        if op not in ("contains", "equals"):
            raise FilterError(f"{field} takes one of {', '.join(fields.CHOICES[field])}", *value)
        return Clause(field, "equals", _choice(field, text, value))
    if kind == "duration" or kind == "memory":
        return _amount(field, kind, op, text, value)
    if kind == "time":
        return _moment(field, op, text, value)
    if op in (">", ">=", "<", "<="):
        if kind != "value":
            raise FilterError(f"{field} is text and cannot be compared with {op}", *value)
        if fields.number(text) is None:
            raise FilterError(f"{op} needs a number", *value)
    if text == "" and op == "contains":
        raise FilterError(f"{field} needs a value", *value)
    return Clause(field, op, text)


def _amount(field: str, kind: str, op: Op, text: str, value: Place) -> Clause:
    read = fields.duration if kind == "duration" else fields.memory
    example = "250ms" if kind == "duration" else "1MB"
    if op == "glob" or read(text) is None:
        bare = kind == "duration" and fields.number(text) is not None
        near = f"{text}ms" if bare else example
        raise FilterError(f"{field} needs a number with a unit, such as {near}", *value, near if bare else "")
    return Clause(field, "equals" if op == "contains" else op, text)


def _moment(field: str, op: Op, text: str, value: Place) -> Clause:
    if op == "glob" or fields.time(text) is None:
        raise FilterError(f"{field} needs a time such as 2026-11-20T10:00", *value)
    if op in ("contains", "equals"):
        raise FilterError(f"{field} needs > or <", *value, f">={text}")
    return Clause(field, op, text)


def _choice(field: str, text: str, value: Place) -> str:
    known = fields.CHOICES[field]
    if text.lower() in known:
        return text.lower()
    near = fields.nearest(text, known)
    raise FilterError(f"{field} takes one of {', '.join(known)}", *value, near)


def _presence(text: str, value: Place) -> str:
    field = name_of(text)
    prefix, point, name = field.partition(".")
    if field in fields.PRESENCE or (point and prefix in fields.PREFIXES and name):
        return field
    near = fields.nearest(text, fields.PRESENCE)
    known = f"{', '.join(fields.PRESENCE)}, data.…, attr.… or resource.…"
    raise FilterError(f"has takes one of {known}", *value, near)
