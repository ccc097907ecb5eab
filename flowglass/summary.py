"""Turns any value into something small and final, in bounded time, without running the host's code.

The answer is the value itself for small numbers, strings, booleans and None; otherwise `(type name, value)`,
where the value is a short text or, for number-like types, a number. No `__repr__`, `__str__`, `__len__`,
`__iter__` or property of a host class is called: fields are read from where they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from flowglass.redact import MASK, Redactor

LONGEST_TEXT = 512  # characters of a string
LONGEST_SUMMARY = 512  # characters of anything else
KEPT_FOR_MASKING = 128  # more characters of a cut string, so that a key across the cut is still known as one
LONGEST_ITEM = 60  # characters of a string inside something
ITEMS = 5  # shown of a container
FIELDS = 12  # shown of an object
NODES = 40  # values looked at inside one value
DEPTH = 3
BIG = 1 << 63
KNOWN_TYPES = 4096

Summary = Any  # int | float | str | bool | None | tuple[str, int | float | str | bool]
Text = Callable[[Any, "Budget"], str]


class Names:
    """Which names inside a value are secrets; the settings may add to them."""

    redactor = Redactor()


class Budget:
    """How much more may be looked at, and what is being looked at right now."""

    __slots__ = ("nodes", "open")

    def __init__(self, value: Any) -> None:
        self.nodes = NODES
        self.open = [id(value)]


class Kind:
    """What is known of one type: its name and how its values are shown."""

    __slots__ = ("name", "scalar", "text")

    def __init__(self, name: str, text: Text | None, scalar: Callable[[Any], Any] | None = None) -> None:
        self.name = name
        self.text = text
        self.scalar = scalar


def summarise(value: Any) -> Summary:
    """The value itself when it is small and cannot change, else `(type name, short form)`."""
    kind = type(value)
    if kind is str:
        return value if len(value) <= LONGEST_TEXT else ("str", _cut(value))
    if kind is int:
        return value if -BIG <= value < BIG else ("int", _big(value))
    if kind is float or kind is bool or value is None:
        return value
    try:
        known = KINDS.get(kind) or learn(kind)
        if known.scalar is not None:
            return known.name, known.scalar(value)
        assert known.text is not None
        return known.name, known.text(value, Budget(value))[:LONGEST_SUMMARY]
    except KeyboardInterrupt:
        raise
    except BaseException:  # a host class may raise anything from anywhere
        return _name_of(kind), "<not readable>"


def text_of(value: Any, budget: Budget) -> str:
    """The short form of a value inside another."""
    if budget.nodes <= 0:
        return "…"
    budget.nodes -= 1
    kind = type(value)
    if kind is str:
        return quoted(value)
    if kind is int:
        return str(value) if -BIG <= value < BIG else _big(value)
    if kind is float or kind is bool or value is None:
        return repr(value)
    known = KINDS.get(kind) or learn(kind)
    if known.scalar is not None:
        return str(known.scalar(value))
    assert known.text is not None
    if id(value) in budget.open:
        return "<cycle>"
    if len(budget.open) > DEPTH - 1:
        return f"{known.name}(…)"
    budget.open.append(id(value))
    try:
        return known.text(value, budget)
    except KeyboardInterrupt:
        raise
    except BaseException:  # as in summarise
        return f"<{known.name} not readable>"
    finally:
        budget.open.pop()


def quoted(text: str) -> str:
    """A string inside something, in quotes, cut."""
    return repr(text) if len(text) <= LONGEST_ITEM else f"{text[:LONGEST_ITEM]!r}…"


def items(values: Iterable[Any], size: int, budget: Budget) -> str:
    """The first items and how many more there are."""
    shown = [text_of(value, budget) for value in islice(values, ITEMS)]
    if size > len(shown):
        shown.append(f"… {size - len(shown):,} more")
    return ", ".join(shown)


def pairs(values: Iterable[tuple[Any, Any]], size: int, budget: Budget) -> str:
    """The first entries of a mapping; a secret's value is masked by its key."""
    shown = []
    for name, value in islice(values, ITEMS):
        secret = type(name) is str and Names.redactor.name_is_secret(name)
        shown.append(f"{text_of(name, budget)}: {MASK if secret else text_of(value, budget)}")
    if size > len(shown):
        shown.append(f"… {size - len(shown):,} more")
    return ", ".join(shown)


def fields(values: Iterable[tuple[str, Any]], budget: Budget) -> str:
    """Named fields of an object; a secret's value is masked by its name."""
    shown: list[str] = []
    for name, value in islice(values, FIELDS + 1):
        if len(shown) == FIELDS:
            shown.append("…")
            break
        shown.append(f"{name}={MASK if Names.redactor.name_is_secret(name) else text_of(value, budget)}")
    return ", ".join(shown)


def _cut(text: str) -> str:
    return f"{text[: LONGEST_TEXT + KEPT_FOR_MASKING]}… {len(text):,} characters"


def _big(number: int) -> str:
    size = number.bit_length()
    return str(number) if size < 1024 else f"{hex(number >> (size - 64))}… {size:,} bits"


def _name_of(kind: type) -> str:
    return str(type.__getattribute__(kind, "__name__"))[:100]  # a metaclass may put anything before it


def learn(kind: type) -> Kind:
    """Works out once how values of this type are shown."""
    from flowglass.kinds import choose

    known = choose(kind, _name_of(kind))
    if len(KINDS) >= KNOWN_TYPES:  # a program that makes types without end
        KINDS.clear()
    KINDS[kind] = known
    return known


KINDS: dict[type, Kind] = {}
