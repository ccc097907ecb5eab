"""The filter: one small immutable tree. Text, chips, facets and URL are faces of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

# "contains", "equals" and "glob" compare texts; the signs compare numbers and times; "is" takes a flag name;
# "has" asks for presence; "word" is a bare word, "number" a bare number, "id" bare hex digits.
Op = Literal["contains", "equals", "glob", ">", ">=", "<", "<=", "is", "has", "word", "number", "id"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. `field` is "" for bare words, numbers and ids; `value` is the text as written."""

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
