"""Ids as the store holds them (signed integers) and as everybody else sees them (lower-case hex)."""

from __future__ import annotations

SEQUENCE_BITS = 11  # row id = start in microseconds << 11 | sequence
NS_PER_US = 1000
_U64 = 1 << 64


def span_hex(span_id: int | None) -> str:
    """A span id as 16 hex digits, "" for none."""
    return "" if span_id is None else f"{span_id % _U64:016x}"


def trace_hex(high: int, low: int) -> str:
    """A trace id as 32 hex digits."""
    return f"{high % _U64:016x}{low % _U64:016x}"


def signed(digits: str) -> int:
    """Sixteen hex digits as the signed integer the store holds."""
    value = int(digits, 16)
    return value - _U64 if value >= _U64 >> 1 else value


def start_ns(row_id: int, offset: int) -> int:
    """The exact start of a span from its row id and offset, nanoseconds UTC."""
    return (row_id >> SEQUENCE_BITS) * NS_PER_US + offset


def first_id(time_ns: int) -> int:
    """The lowest row id of a span that starts in this microsecond."""
    return (time_ns // NS_PER_US) << SEQUENCE_BITS
