"""What a value looks like in a column, as a number, and as a code that equal values share."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from data.body import encode_value
from data.records import AnyValue

NUMERIC_TEXT_TYPES = frozenset({"Decimal"})  # numbers that travel as text, to stay exact
LARGEST_INT = 2**63 - 1
EXACT_FLOAT = 2.0**53  # beyond it neighbouring integers share a float
SERIES_TEXT = 256  # characters of a value that a series keeps
NO_TEXT = bytes(bytearray(b"no text"))  # told from a sender's by identity
NAN_CODE = -1  # the bits of one NaN, so no other number has it


def number_of(type_name: str, value: AnyValue) -> int | float | None:
    """The value as a number, None when its type is not numeric."""
    if isinstance(value, (int, float)):
        return None if isinstance(value, bool) else value
    if isinstance(value, str) and type_name in NUMERIC_TEXT_TYPES:
        try:
            number = float(value)
        except ValueError:
            return None
        return int(number) if number.is_integer() and abs(number) < EXACT_FLOAT else number
    return None


def column_value(value: AnyValue, number: int | float | None) -> tuple[Any, bool]:
    """What the column `value` holds, and whether that is the exact value."""
    if isinstance(value, bool):
        return ("true" if value else "false"), False
    if isinstance(value, str):
        return (value, True) if number is None else (_storable(number), False)
    if isinstance(value, (int, float)):
        stored = _storable(value)
        return stored, stored is value
    return (None, True) if value is None else (encode_value(value), False)


def _storable(number: int | float) -> Any:
    """A number that SQLite can hold; NaN as text, because SQLite would make it NULL."""
    if isinstance(number, float):
        return "NaN" if math.isnan(number) else number
    return number if -LARGEST_INT - 1 <= number <= LARGEST_INT else float(number)


def codes_of(values: Sequence[AnyValue], numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """64 bits per value, equal for equal values, the same in every run of the program.

    Numbers compare as numbers: 1, 1.0 and Decimal("1.0") share a code, as do 0.0 and -0.0, and all NaN.
    """
    codes = (numbers + 0.0).view(np.int64).copy()  # + 0.0 makes -0.0 positive
    special = np.flatnonzero(~(np.abs(numbers) < EXACT_FLOAT)).tolist()
    if special:
        texts = [
            value.encode("utf-8", "surrogatepass") if type(value) is str else NO_TEXT
            for value in map(values.__getitem__, special)
        ]
        codes[special] = _text_codes(texts)
        for at, text in zip(special, texts, strict=True):
            if text is NO_TEXT:
                codes[at] = _code(values[at], numbers[at])
    return codes


def text_code(data: bytes) -> int:
    """The code of a text, among the bits of NaN; one pair in 4 billion of equal length shares one."""
    return -2 - (crc32(data) | len(data) << 32)


def _text_codes(texts: Sequence[bytes]) -> NDArray[np.int64]:
    """The same of many texts."""
    sums = np.fromiter(map(crc32, texts), np.int64, len(texts))
    return -2 - (sums | np.fromiter(map(len, texts), np.int64, len(texts)) << 32)


def _code(value: AnyValue, number: float) -> int:
    """The code of a huge or infinite number, NaN, or anything that is neither number nor text."""
    if isinstance(value, (bool, bytes, list, dict)) or value is None:
        data = encode_value(value).encode() + b"\0"  # the zero keeps True and "true" apart
    elif isinstance(value, int):
        data = value.to_bytes(16, "little", signed=True)
    else:
        return int(np.float64(number).view(np.int64)) if number == number else NAN_CODE
    return text_code(data)


def series_value(value: AnyValue, number: int | float | None) -> Any:
    """What the series table keeps of a value: comparable, and fit to be shown."""
    stored, _ = column_value(value, number)
    if isinstance(stored, str) and len(stored) > SERIES_TEXT:
        digest = hashlib.sha256(stored.encode("utf-8", "replace")).hexdigest()[:16]
        return f"{stored[:SERIES_TEXT]}… {len(stored)} characters, {digest}"
    return stored
