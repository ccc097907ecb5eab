"""Row ids keep the order of time, and ids come back as they went in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import ids

STARTS = st.integers(0, ids.MAX_NS)


@given(STARTS, STARTS)
def test_row_ids_keep_the_order_of_time(one: int, other: int) -> None:
    if one // 1_000 < other // 1_000:
        assert ids.first_row_id(one) < ids.first_row_id(other)


@given(STARTS)
def test_the_exact_start_comes_back(start_ns: int) -> None:
    row_id = ids.first_row_id(start_ns)
    assert ids.start_of(row_id, start_ns - (row_id >> ids.SEQUENCE_BITS) * 1_000) == start_ns
    assert -(2**63) <= row_id < 2**63


@given(st.binary(min_size=16, max_size=16))
def test_trace_ids_come_back(trace_id: bytes) -> None:
    high, low = ids.trace_parts(trace_id)
    assert ids.trace_bytes(high, low) == trace_id
    assert ids.trace_hex(high, low) == trace_id.hex()
    assert ids.trace_from_hex(trace_id.hex()) == (high, low)


@given(st.binary(min_size=8, max_size=8))
def test_span_ids_come_back(span_id: bytes) -> None:
    stored = ids.signed(span_id)
    assert ids.span_bytes(stored) == span_id
    assert ids.span_hex(stored) == span_id.hex()
    assert ids.span_from_hex(span_id.hex()) == stored


def test_no_parent_has_no_digits() -> None:
    assert ids.span_hex(None) == ""


@pytest.mark.parametrize("text", ["", "12", "zz" * 16, "0" * 33])
def test_wrong_trace_ids_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hex|non-hexadecimal"):
        ids.trace_from_hex(text)


@pytest.mark.parametrize("text", ["", "12", "zz" * 8, "0" * 17])
def test_wrong_span_ids_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hex|non-hexadecimal"):
        ids.span_from_hex(text)
