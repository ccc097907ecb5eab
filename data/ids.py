"""Row ids and trace ids: how they are packed into integers, and back."""

from __future__ import annotations

from typing import Final

EPOCH: Final = 0  # row ids count microseconds since 1970-01-01, UTC
SEQUENCE_BITS: Final = 11  # rows of one microsecond before they spill into the next
NS_PER_DAY: Final = 86_400 * 1_000_000_000
MAX_NS: Final = (2**63 - 1 >> SEQUENCE_BITS) * 1_000  # the last start that a row id can hold: year 2112


def first_row_id(start_ns: int) -> int:
    """The least id a span of this start can have; also the bound of a time range (id >= it)."""
    return (start_ns // 1_000) << SEQUENCE_BITS


def start_of(row_id: int, start_off: int) -> int:
    """The exact start in nanoseconds of a row."""
    return (row_id >> SEQUENCE_BITS) * 1_000 + start_off


def signed(eight: bytes) -> int:
    """Eight bytes as the signed integer that SQLite stores."""
    return int.from_bytes(eight, "big", signed=True)


def trace_parts(trace_id: bytes) -> tuple[int, int]:
    """The high and the low half of a trace id."""
    return signed(trace_id[:8]), signed(trace_id[8:])


def trace_bytes(high: int, low: int) -> bytes:
    """The sixteen bytes of a trace id."""
    return high.to_bytes(8, "big", signed=True) + low.to_bytes(8, "big", signed=True)


def span_bytes(span_id: int) -> bytes:
    """The eight bytes of a span id."""
    return span_id.to_bytes(8, "big", signed=True)


def trace_hex(high: int, low: int) -> str:
    """32 lower-case hex digits."""
    return f"{high & 0xFFFFFFFFFFFFFFFF:016x}{low & 0xFFFFFFFFFFFFFFFF:016x}"


def span_hex(span_id: int | None) -> str:
    """16 lower-case hex digits, "" for none."""
    return "" if span_id is None else f"{span_id & 0xFFFFFFFFFFFFFFFF:016x}"


def trace_from_hex(text: str) -> tuple[int, int]:
    """The two halves of a trace id; raises ValueError unless it is 32 hex digits."""
    if len(text) != 32:
        raise ValueError("a trace id has 32 hex digits")
    return trace_parts(bytes.fromhex(text))


def span_from_hex(text: str) -> int:
    """The stored form of a span id; raises ValueError unless it is 16 hex digits."""
    if len(text) != 16:
        raise ValueError("a span id has 16 hex digits")
    return signed(bytes.fromhex(text))
