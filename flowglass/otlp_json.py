"""The same request as OTLP/JSON, for back ends that want that: read from the protobuf that was written."""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

# A message: field number -> (JSON name, repeated, how to read the field).
Reader = Callable[[Any], Any]
Schema = dict[int, tuple[str, bool, Reader]]


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a message: numbers for varints and fixed widths, bytes for the rest."""
    place, end = 0, len(data)
    while place < end:
        tag, place = _varint(data, place)
        kind = tag & 7
        if kind == 0:
            item, place = _varint(data, place)
            yield tag >> 3, item
        elif kind == 2:
            size, place = _varint(data, place)
            yield tag >> 3, data[place : place + size]
            place += size
        else:
            width = 8 if kind == 1 else 4
            yield tag >> 3, int.from_bytes(data[place : place + width], "little")
            place += width


def _varint(data: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[place]
        place += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, place
        shift += 7


def message(schema: Schema) -> Reader:
    def read(data: bytes) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for number, item in fields(data):
            name, repeated, reader = schema[number]
            if repeated:
                made.setdefault(name, []).append(reader(item))
            else:
                made[name] = reader(item)
        return made

    return read


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _long(number: int) -> str:
    return str(number)


def _signed(number: int) -> str:
    return str(number - (1 << 64) if number >> 63 else number)


def _double(bits: int) -> float | str:
    """JSON has no word for what is not a number; protobuf's has."""
    number: float = struct.unpack("<d", bits.to_bytes(8, "little"))[0]
    if math.isnan(number):
        return "NaN"
    return number if math.isfinite(number) else "Infinity" if number > 0 else "-Infinity"


def _hex(data: bytes) -> str:
    return data.hex()


def _value(data: bytes) -> Any:
    return ANY_VALUE_READER(data)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


KEY_VALUE = message({1: ("key", False, _text), 2: ("value", False, _value)})
ANY_VALUE_READER = message(
    {
        1: ("stringValue", False, _text),
        2: ("boolValue", False, bool),
        3: ("intValue", False, _signed),
        4: ("doubleValue", False, _double),
        5: ("arrayValue", False, message({1: ("values", True, _value)})),
        6: ("kvlistValue", False, message({1: ("values", True, KEY_VALUE)})),
        7: ("bytesValue", False, _base64),
    }
)
EVENT = message(
    {1: ("timeUnixNano", False, _long), 2: ("name", False, _text), 3: ("attributes", True, KEY_VALUE)}
)
LINK = message({1: ("traceId", False, _hex), 2: ("spanId", False, _hex)})
STATUS = message({2: ("message", False, _text), 3: ("code", False, int)})
SPAN = message(
    {
        1: ("traceId", False, _hex),
        2: ("spanId", False, _hex),
        3: ("traceState", False, _text),
        4: ("parentSpanId", False, _hex),
        5: ("name", False, _text),
        6: ("kind", False, int),
        7: ("startTimeUnixNano", False, _long),
        8: ("endTimeUnixNano", False, _long),
        9: ("attributes", True, KEY_VALUE),
        11: ("events", True, EVENT),
        13: ("links", True, LINK),
        15: ("status", False, STATUS),
        16: ("flags", False, int),
    }
)
SCOPE = message({1: ("name", False, _text), 2: ("version", False, _text)})
RESOURCE = message({1: ("attributes", True, KEY_VALUE)})
SCOPE_SPANS = message({1: ("scope", False, SCOPE), 2: ("spans", True, SPAN)})
RESOURCE_SPANS = message({1: ("resource", False, RESOURCE), 2: ("scopeSpans", True, SCOPE_SPANS)})
REQUEST = message({1: ("resourceSpans", True, RESOURCE_SPANS)})


def to_json(request: bytes) -> bytes:
    """An ExportTraceServiceRequest as OTLP/JSON."""
    return json.dumps(REQUEST(request), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
