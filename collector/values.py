"""An OTLP AnyValue as Python, from either encoding, bounded in depth and number of elements."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from collector.errors import Malformed
from collector.limits import CUT, Limits
from data.records import AnyValue

MAX_DIGITS = 20  # of a 64-bit number with its sign
INT64 = range(-(2**63), 2**63)
FLOAT_NAMES = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
# Converts one inner value: (value, depth left) -> Python.
Convert = Callable[[Any, int], AnyValue]


class Values:
    """Converts one value at a time; `room` counts down the elements of the present one."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.room = 0

    def from_message(self, value: Any) -> AnyValue:
        """From the generated AnyValue class."""
        self.room = self.limits.elements
        return self._message(value, self.limits.depth)

    def from_json(self, value: Any) -> AnyValue:
        """From OTLP's JSON: {"intValue": "5"} and its like."""
        self.room = self.limits.elements
        return self._json(value, self.limits.depth)

    def _message(self, value: Any, depth: int) -> AnyValue:
        kind = value.WhichOneof("value")
        if kind is None or kind == "string_value_strindex":  # the index is of profiles only
            return None
        inner = getattr(value, kind)
        if kind == "array_value":
            return self._list(inner.values, depth, self._message)
        if kind == "kvlist_value":
            return self._dict(((pair.key, pair.value) for pair in inner.values), depth, self._message)
        return inner

    def _json(self, value: Any, depth: int) -> AnyValue:
        if value is None:
            return None
        if type(value) is not dict:
            raise Malformed('a value must be an object such as {"stringValue": "x"}')
        for kind, inner in value.items():
            if inner is None:
                continue
            if kind == "arrayValue":
                return self._list(listed(inner, "values"), depth, self._json)
            if kind == "kvlistValue":
                return self._dict(map(key_and_value, listed(inner, "values")), depth, self._json)
            if kind in SCALARS:
                return SCALARS[kind](inner)
        return None

    def _list(self, values: Iterable[Any], depth: int, convert: Convert) -> list[AnyValue]:
        made: list[AnyValue] = []
        for value in values:
            self.room -= 1
            if not depth or self.room < 0:
                made.append(CUT)
                break
            made.append(convert(value, depth - 1))
        return made

    def _dict(self, pairs: Iterable[tuple[str, Any]], depth: int, convert: Convert) -> dict[str, AnyValue]:
        made: dict[str, AnyValue] = {}
        for key, value in pairs:
            self.room -= 1
            if not depth or self.room < 0:
                made[CUT] = CUT
                break
            made[key] = convert(value, depth - 1)
        return made


def listed(value: Any, field: str) -> list[Any]:
    """A repeated field of a JSON message; absent and null are empty."""
    if type(value) is not dict:
        raise Malformed(f"what holds {field} must be an object")
    inner = value.get(field)
    if inner is None:
        return []
    if type(inner) is not list:
        raise Malformed(f"{field} must be a list")
    return inner


def key_and_value(pair: Any) -> tuple[str, Any]:
    """The two halves of a JSON KeyValue."""
    if type(pair) is not dict:
        raise Malformed("an attribute must be an object with key and value")
    return text(pair.get("key"), "key"), pair.get("value")


def text(value: Any, field: str) -> str:
    if value is None:
        return ""
    if type(value) is not str:
        raise Malformed(f"{field} must be a text")
    return value


def integer(value: Any, field: str, allowed: range) -> int:
    """A JSON integer: a number, or a text of digits as 64-bit ones travel; absent is 0."""
    if value is None:
        return 0
    number = _whole(value)
    if number is None or number not in allowed:
        raise Malformed(f"{field} must be a whole number from {allowed.start} to {allowed.stop - 1}")
    return number


def _whole(value: Any) -> int | None:
    if type(value) is float:
        return int(value) if value.is_integer() else None
    if type(value) is str and len(value) > MAX_DIGITS:
        return None
    try:
        return int(value) if type(value) in (int, str) else None
    except ValueError:
        return None


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise Malformed("boolValue must be true or false")
    return value


def _floating(value: Any) -> float:
    if type(value) is str and value in FLOAT_NAMES:
        return FLOAT_NAMES[value]
    try:
        if type(value) in (int, float, str):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise Malformed("doubleValue must be a number")


def _binary(value: Any) -> bytes:
    try:
        standard = text(value, "bytesValue").translate({ord("-"): "+", ord("_"): "/"})
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("bytesValue must be base64") from None


SCALARS: Mapping[str, Callable[[Any], AnyValue]] = {
    "stringValue": lambda value: text(value, "stringValue"),
    "intValue": lambda value: integer(value, "intValue", INT64),
    "doubleValue": _floating,
    "boolValue": _boolean,
    "bytesValue": _binary,
}
