"""The fields of a filter: their names, what kind of value each takes, and how values are read."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime
from decimal import Decimal, DecimalException
from typing import Literal

Kind = Literal["text", "value", "duration", "memory", "time", "id", "choice"]

FIELDS: dict[str, Kind] = {
    "process": "text",
    "group": "text",
    "scope": "text",
    "data": "text",
    "type": "text",
    "value": "value",
    "status": "choice",
    "exception": "text",
    "duration": "duration",
    "memory": "memory",
    "time": "time",
    "trace": "id",
    "span": "id",
    "parent": "id",
    "kind": "choice",
    "version": "text",
    "file": "text",
    "return": "value",
}
PREFIXES = ("data", "attr", "resource")  # followed by a point and a name; the value is of any type
ALIASES = {"service": "group"}
CHOICES = {
    "status": ("ok", "error"),
    "kind": ("unspecified", "internal", "server", "client", "producer", "consumer"),
    "is": ("stale", "root", "new"),
}
PRESENCE = ("data", "exception", "memory", "parent", "version", "file", "return")  # what has: can ask for

DURATIONS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3_600 * 10**9,
    "d": 86_400 * 10**9,
}
SIZES = {
    "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30,
}  # fmt: skip
_AMOUNT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-zµ]*)", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_I64 = 2**63


def kind_of(field: str) -> Kind | None:
    """What kind of value a field takes; None when there is no such field."""
    prefix, point, name = field.partition(".")
    if point and prefix in PREFIXES and name:
        return "value"
    return FIELDS.get(field)


def nearest(word: str, known: tuple[str, ...]) -> str:
    """The known word that looks most like this one, "" when none does."""
    return next(iter(difflib.get_close_matches(word.lower(), known, 1, 0.6)), "")


def nearest_field(field: str) -> str:
    """The field that an unknown one may have meant, "" when there is none."""
    prefix, point, name = field.partition(".")
    if point:
        meant = {"attribute": "attr", "attributes": "attr", "arg": "data", "args": "data"}.get(prefix.lower())
        meant = meant or nearest(prefix, PREFIXES)
        return f"{meant}.{name}" if meant and name else ""
    return nearest(field, (*FIELDS, *ALIASES, "is", "has"))


def number(text: str) -> int | float | None:
    """A number that SQLite can hold, None when the text is not one."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        whole = int(text)
    except ValueError:
        return float(text)
    return whole if -_I64 <= whole < _I64 else float(text)  # which is infinite where an int would fail


def duration(text: str) -> int | None:
    """Nanoseconds of a text such as 250ms, None without a known unit."""
    return _amount(text, DURATIONS)


def memory(text: str) -> int | None:
    """Bytes of a text such as 1.5MB; a bare number is bytes."""
    return _amount(text + "b" if number(text) is not None else text, SIZES)


def time(text: str) -> int | None:
    """Nanoseconds UTC of an ISO 8601 date or time (UTC unless it says otherwise), or of bare nanoseconds."""
    if text.isascii() and text.isdigit() and len(text) > 4:
        return int(text) if int(text) < _I64 else None
    found = _TIME.fullmatch(text)
    if not found:
        return None
    date, clock, seconds, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{date}T{clock or '00:00'}:{seconds or '00'}{zone or 'Z'}")
    except ValueError:
        return None
    whole = int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 10**9
    nanoseconds = whole + int((fraction or "").ljust(9, "0"))
    return nanoseconds if -_I64 <= nanoseconds < _I64 else None


def _amount(text: str, units: dict[str, int]) -> int | None:
    found = _AMOUNT.fullmatch(text)
    unit = units.get(found[2].lower()) if found else None
    if found is None or unit is None:
        return None
    try:
        amount = int(Decimal(found[1]) * unit)
    except (DecimalException, OverflowError, ValueError):
        return None
    return max(-_I64, min(_I64 - 1, amount)) if abs(amount) < 10**40 else None
