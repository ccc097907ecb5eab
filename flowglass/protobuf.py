"""Writes OTLP trace messages as protobuf bytes, with nothing but bytes joined together."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any

SMALL = tuple(
    bytes([n]) if n < 128 else bytes([n & 127 | 128, n >> 7]) for n in range(2_048)
)  # the varints nearly everything needs
MASK_64 = (1 << 64) - 1
_DOUBLE = struct.Struct("<d").pack
_FIXED_64 = struct.Struct("<Q").pack
_TRUE, _FALSE = b"\x12\x02\x10\x01", b"\x12\x02\x10\x00"


def varint(number: int) -> bytes:
    """An unsigned integer, or a signed one as its 64-bit complement."""
    if 0 <= number < 2_048:
        return SMALL[number]
    if 0 <= number < 1 << 21:
        if number < 1 << 14:
            return bytes((number & 127 | 128, number >> 7))
        return bytes((number & 127 | 128, number >> 7 & 127 | 128, number >> 14))
    number &= MASK_64
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(tag: int, content: bytes) -> bytes:
    """A length-delimited field; `tag` is its number and wire type in one byte."""
    return SMALL[tag] + varint(len(content)) + content


def utf8(text: str) -> bytes:
    """Valid UTF-8 whatever the text holds: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace")


def key(name: str) -> bytes:
    """The key half of a KeyValue, worth keeping."""
    return field(0x0A, utf8(name))


def value(item: Any) -> bytes:
    """The value half of a KeyValue: field 2, an AnyValue."""
    if item is True:
        return _TRUE
    if item is False:
        return _FALSE
    if isinstance(item, str):
        text = item.encode("utf-8", "replace")
        size = len(text)
        if size < 126:
            return b"\x12" + SMALL[size + 2] + b"\x0a" + SMALL[size] + text
        return field(0x12, field(0x0A, text))
    return field(0x12, any_value(item))


def any_value(item: Any) -> bytes:
    """An AnyValue message. Integers beyond 64 bits travel as text; None is the empty message."""
    if isinstance(item, bool):
        return b"\x10\x01" if item else b"\x10\x00"
    if isinstance(item, str):
        return field(0x0A, utf8(item))
    if isinstance(item, int):
        if -(1 << 63) <= item < 1 << 63:
            return b"\x18" + varint(item)
        return field(0x0A, utf8(str(item) if item.bit_length() < 4096 else hex(item)[:1024]))
    if isinstance(item, float):
        return b"\x21" + _DOUBLE(item)
    if isinstance(item, (bytes, bytearray)):
        return field(0x3A, bytes(item))
    if isinstance(item, Mapping):
        pairs = b"".join(field(0x0A, pair(str(name), one)) for name, one in item.items())
        return field(0x32, pairs)
    if item is None:
        return b""
    return field(0x2A, b"".join(field(0x0A, any_value(one)) for one in item))


def pair(name: str, item: Any) -> bytes:
    """A KeyValue message."""
    return key(name) + value(item)


def attribute(key_part: bytes, item: Any) -> bytes:
    """One attribute of a span: field 9, its key already encoded by `key`."""
    content = key_part + value(item)
    size = len(content)
    return b"\x4a" + (SMALL[size] if size < 2_048 else varint(size)) + content


def attributes(pairs: Iterable[tuple[str, Any]]) -> bytes:
    """Several attributes of a span."""
    return b"".join(attribute(key(name), item) for name, item in pairs)


def times(start_ns: int, end_ns: int) -> bytes:
    """The start and end of a span, in nanoseconds since 1970."""
    return b"\x39" + _FIXED_64(start_ns & MASK_64) + b"\x41" + _FIXED_64(end_ns & MASK_64)


def event(time_ns: int, name: str, pairs: Iterable[tuple[str, Any]]) -> bytes:
    """One event of a span: field 11."""
    content = b"\x09" + _FIXED_64(time_ns & MASK_64) + field(0x12, utf8(name))
    content += b"".join(field(0x1A, pair(key_name, item)) for key_name, item in pairs)
    return field(0x5A, content)


def status(code: int, message: str = "") -> bytes:
    """A span's status: field 15; 1 is Ok, 2 Error."""
    text = field(0x12, utf8(message)) if message else b""
    return field(0x7A, text + b"\x18" + SMALL[code])


def resource(pairs: Iterable[tuple[str, Any]]) -> bytes:
    """A Resource message."""
    return b"".join(field(0x0A, pair(name, item)) for name, item in pairs)


def scope(name: str, version: str = "") -> bytes:
    """An InstrumentationScope message."""
    return field(0x0A, utf8(name)) + (field(0x12, utf8(version)) if version else b"")


def request(resource_part: bytes, scopes: Iterable[tuple[bytes, list[bytes]]]) -> bytes:
    """An ExportTraceServiceRequest: one resource, and for each scope its encoded spans."""
    parts = [field(0x0A, resource_part)]
    for scope_part, spans in scopes:
        content = [field(0x0A, scope_part)]
        for span in spans:
            content += (b"\x12", varint(len(span)), span)
        parts.append(field(0x12, b"".join(content)))
    return field(0x0A, b"".join(parts))
