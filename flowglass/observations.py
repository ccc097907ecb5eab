"""Encodes the values a span saw, each under its name, masked. The sender's busiest code."""

from __future__ import annotations

from typing import Any

from flowglass import protobuf
from flowglass.protobuf import SMALL, varint
from flowglass.redact import MASK, Redactor
from flowglass.summary import LONGEST_TEXT

LONGEST_VALUE = LONGEST_TEXT + 32  # characters; the last say, after masking
MOST_NAMES, MOST_TEXTS, LONGEST_KEPT = 20_000, 2_000, 64
NO_CARD = 10**12  # a smaller number cannot be a payment card's
_IMPLIED = frozenset({"str", "bool", "int", "float"})


class Observations:
    """Remembers how names and short texts are encoded: the same ones come again and again."""

    def __init__(self, redactor: Redactor) -> None:
        self.use(redactor)

    def use(self, redactor: Redactor) -> None:
        """Masks by other rules from now on."""
        self.redactor = redactor
        self.names: dict[str, tuple[bytes, bool]] = {}
        self.texts: dict[str, bytes] = {}

    def encode(self, where: str, summary: Any, types: list[str]) -> bytes:
        """One attribute; its type goes to `types` when the value does not imply it."""
        known = self.names.get(where)
        key, secret = self.learn(where) if known is None else known
        kind = type(summary)
        if kind is str and not secret:
            value = self.texts.get(summary)
            if value is None:
                value = self.text(summary)
        elif kind is int and not secret and -NO_CARD < summary < NO_CARD:
            number = SMALL[summary] if 0 <= summary < 2_048 else varint(summary)
            value = b"\x12" + SMALL[1 + len(number)] + b"\x18" + number
        else:
            value = self.other(where, summary, secret, types)
        size = len(key) + len(value)
        return b"\x4a" + (SMALL[size] if size < 2_048 else varint(size)) + key + value

    def learn(self, where: str) -> tuple[bytes, bool]:
        """The encoded key of a place such as `arg.amount`, and whether its name is a secret's."""
        name = where.partition(".")[2]
        known = protobuf.key(f"flowglass.{where}"), self.redactor.name_is_secret(name)
        if len(self.names) < MOST_NAMES:
            self.names[where] = known
        return known

    def text(self, text: str) -> bytes:
        """A string: masked, cut, encoded."""
        masked = self.redactor.text(text)
        if len(masked) > LONGEST_VALUE:
            masked = shorten(masked)
        value = protobuf.value(masked)
        if len(text) <= LONGEST_KEPT:
            if len(self.texts) >= MOST_TEXTS:
                self.texts.clear()
            self.texts[text] = value
        return value

    def other(self, where: str, summary: Any, secret: bool, types: list[str]) -> bytes:
        """What is not a plain string or number, or is a secret."""
        if summary is None:
            types.append(f"{where}=NoneType")
            return protobuf.value("None")
        kind = type(summary)
        value = summary
        if kind is tuple:
            type_name, value = summary
            if type_name not in _IMPLIED or type(value).__name__ != type_name:
                types.append(f"{where}={type_name.replace('=', '_').replace(';', '_')}")
        if secret and type(value) is not bool:
            if kind is not tuple and kind is not str:
                types.append(f"{where}={kind.__name__}")
            return protobuf.value(MASK)
        if type(value) is str:
            return self.text(value)
        return protobuf.value(self.redactor.value("", value))


def shorten(text: str) -> str:
    """A text cut to its longest, with what it says of its own length."""
    size = text.rfind("…")
    tail = text[size:] if len(text) - size < 30 else "…"
    return text[:LONGEST_TEXT] + tail
