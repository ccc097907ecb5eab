"""What may stand at a place of a filter text: names of fields, and values of the field before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from queries import filter_fields as fields
from queries.filter_clause import name_of, shown_field
from queries.filter_text import quoted_value
from queries.measures import SELF_GROUP
from queries.names import Names
from queries.vocabulary import Vocabulary

MAX_ITEMS = 40
LEAST_ANYWHERE = 2  # characters of a bare word before names that hold it are proposed
MAX_ANYWHERE, MAX_OF_A_KIND = 16, 6
_TOKEN = re.compile(
    r"""(?P<field>[A-Za-z_][\w./@$-]*(?:"(?:\\.|[^"\\])*")?:(?P<sign>>=|<=|=|>|<)?)|(?P<open>\()|(?P<close>\))
    |(?P<space>\s+)|(?P<quoted>"(?:\\.|[^"\\])*"?)|(?P<minus>[-~])|(?P<word>[^\s()"]+)""",
    re.VERBOSE | re.DOTALL,
)
_REST = re.compile(r'[^\s()"]*')
_REST_OF_NAME = re.compile(r"[\w./@$-]*")
_REST_OF_QUOTED = re.compile(r'(?:\\.|[^"\\])*"?', re.DOTALL)
_EXAMPLES = {
    "duration": (">10ms", ">100ms", ">1s", "<1ms"),
    "memory": (">100kB", ">1MB", ">10MB"),
}
TAKES = {
    "process": "name of the traced function",
    "group": "service",
    "scope": "module",
    "data": "name of the value",
    "type": "data type",
    "value": "data value",
    "status": "ok or error",
    "exception": "type or message",
    "duration": "such as >250ms",
    "memory": "such as >1MB",
    "time": "such as >=2026-11-20T10:00",
    "trace": "id",
    "span": "id",
    "parent": "id of the caller",
    "kind": "server, client …",
    "version": "of the code",
    "file": "path",
    "return": "returned value",
    "is": "stale, root or new",
    "has": "a field that is there",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One proposal. `text` replaces what stands between start and end of the answer."""

    text: str
    shown: str
    detail: str
    more: bool = False  # a value follows: ask again after it


@dataclass(frozen=True, slots=True)
class Completions:
    """The proposals for one place, the likeliest first, and the part of the text they replace."""

    start: int
    end: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the caret stands: in a value of `field`, or in a bare word when that is ""."""

    start: int
    field: str = ""
    sign: str = ""
    quoted: bool = False
    listed: bool = False  # one of several in brackets, where the sign stands before the bracket


def complete(names: Names, seen: Vocabulary, text: str, at: int) -> Completions:
    """What may stand at this place of the text; nothing where only a person can know."""
    place = _place(text[:at])
    typed = text[place.start : at]
    if not place.field:
        end = at + len(_REST_OF_NAME.match(text, at)[0])  # type: ignore[index]  # it always fits
        if text[end : end + 1] == ":":
            return Completions(place.start, end, tuple(_renamed(seen, typed)))
        return Completions(place.start, end, tuple(_words(names, seen, typed)))
    rest = _REST_OF_QUOTED if place.quoted else _REST
    end = at + len(rest.match(text, at)[0])  # type: ignore[index]
    wanted = re.sub(r"\\(.)", r"\1", typed[1:]) if place.quoted else typed
    return Completions(place.start, end, tuple(_values(names, seen, place, wanted)))


def _place(left: str) -> _Place:
    """The place at the end of this text."""
    field = among = None  # the field whose value comes next, and the one whose bracket is open
    place = _Place(len(left))
    for found in _TOKEN.finditer(left):
        kind, end = found.lastgroup, found.end()
        kind = "field" if found["field"] else kind
        if kind == "field":
            field = (found["field"][: -1 - len(found["sign"] or "")], found["sign"] or "")
            place = _Place(end, *field)
        elif kind == "open":
            among, field = field or among, None
            place = _Place(end, *among, listed=True) if among else _Place(end)
        elif kind == "close":
            field = among = None
            place = _Place(end)
        elif kind == "space":
            field = None
            place = _Place(end, *among, listed=True) if among else _Place(end)
        elif kind in ("word", "quoted"):
            current = field or among
            listed = among is not None and field is None
            place = _Place(found.start(), *(current or ("", "")), quoted=kind == "quoted", listed=listed)
        else:
            place = _Place(end, *(field or ("", "")))
    return place


def _words(names: Names, seen: Vocabulary, typed: str) -> Iterator[Item]:
    """Names of fields, then names of the store that hold the word."""
    yield from _limited(_field_items(seen, typed), MAX_ITEMS if not typed else MAX_ITEMS - MAX_ANYWHERE)
    if len(typed) >= LEAST_ANYWHERE:
        yield from _limited(_anywhere(names, typed), MAX_ANYWHERE)


def _renamed(seen: Vocabulary, typed: str) -> Iterator[Item]:
    for item in _limited(_field_items(seen, typed), MAX_ITEMS):
        yield Item(item.text.removesuffix(":"), item.shown, item.detail)


def _field_items(seen: Vocabulary, typed: str) -> Iterator[Item]:
    known = [*fields.FIELDS, "is", "has"]
    prefixes = [] if "." in typed else [f"{prefix}." for prefix in fields.PREFIXES]
    if not typed:
        for name in known:
            yield Item(f"{name}:", name, TAKES[name], more=True)
        for prefix in prefixes:
            yield Item(prefix, f"{prefix}…", _PREFIX_WORDS[prefix], more=True)
        return
    for name in ranked([*known, *prefixes, *(name for name in seen.names() if name != "return")], typed):
        if name in prefixes:
            yield Item(name, f"{name}…", _PREFIX_WORDS[name], more=True)
        else:
            first = next(iter(seen.values.get(name, ())), "")
            yield Item(f"{shown_field(name)}:", name, TAKES.get(name) or (first and f"such as {first}"), True)


_PREFIX_WORDS = {"data.": "any observation", "attr.": "span attribute", "resource.": "of the process group"}


def _anywhere(names: Names, typed: str) -> Iterator[Item]:
    """What of the store has such a name: a word that was seen, and the field that holds it."""
    for field in ("process", "group", "exception", "data"):
        for name in ranked(_known(names, field), typed)[:MAX_OF_A_KIND]:
            yield Item(f"{field}:={quoted_value(name)}", name, field)


def _values(names: Names, seen: Vocabulary, place: _Place, typed: str) -> Iterator[Item]:
    field = name_of(place.field)
    kind = fields.kind_of(field)
    if field in fields.CHOICES:
        yield from (Item(name, name, "") for name in ranked(fields.CHOICES[field], typed))
    elif field == "has":
        there = [*fields.PRESENCE, *(name for name in seen.names() if name not in fields.PRESENCE)]
        yield from _limited((Item(quoted_value(name), name, "") for name in ranked(there, typed)), MAX_ITEMS)
    elif field in _EXAMPLES and not place.sign:
        yield from (Item(text, text, "") for text in _EXAMPLES[field] if text.startswith(typed))
    elif kind in ("text", "value"):
        known = _known(names, field) if kind == "text" else _seen(seen, field)
        sign = "" if place.sign or place.listed else "="
        if place.sign in (">", ">=", "<", "<="):
            known = [text for text in known if fields.number(text) is not None]
        yield from _limited(
            (Item(sign + quoted_value(text), text, "") for text in ranked(known, typed)), MAX_ITEMS
        )


def _known(names: Names, field: str) -> list[str]:
    """Every name of one kind, Flowglass' own last."""
    found: dict[str, Iterable[str]] = {
        "process": (one.name for one in names.processes.values() if one.group != SELF_GROUP),
        "group": names.groups.values(),
        "scope": (one.scope for one in names.processes.values()),
        "data": names.data_names.values(),
        "type": names.data_types.values(),
        "exception": names.exceptions.values(),
        "version": (one.hash for one in names.versions.values()),
        "file": (one.file for one in names.versions.values()),
    }
    return sorted({name for name in found[field] if name}, key=lambda name: (name == SELF_GROUP, name))


def _seen(seen: Vocabulary, field: str) -> list[str]:
    if field != "value":
        return list(seen.values.get(field, ()))
    every = (values for name, values in seen.values.items() if name == "return" or name.startswith("data."))
    return list(dict.fromkeys(text for values in every for text in values))


def ranked(known: Iterable[str], typed: str) -> list[str]:
    """Those that hold what is typed, the ones that begin with it first, else in the order given."""
    wanted = typed.lower()
    held = [name for name in known if wanted in name.lower()]
    return sorted(held, key=lambda name: not name.lower().startswith(wanted))


def _limited(items: Iterable[Item], most: int) -> Iterator[Item]:
    return (item for _, item in zip(range(most), items, strict=False))
