"""Span records for tests of views."""

from __future__ import annotations

from queries.rows import SpanRow

START_NS = 1_795_269_755_682_000_123  # 2026-11-21 14:02:35.682 UTC

SPAN = SpanRow(
    trace_id="8f21c0" + "0" * 25 + "e",
    span_id="00000000000000aa",
    parent_span_id="",
    process="load",
    group="shop",
    scope="shop.core",
    data="amount",
    data_type="Decimal",
    data_value="140.84",
    timestamp_ns=START_NS,
    duration_ns=3_000_000_000,
    status="ERROR",
    exception="GatewayTimeout",
    exception_message="no answer in 3 s",
    memory_delta=None,
    kind="internal",
    version="abc123",
    file="shop/core.py",
    line=12,
    has_children=True,
    stale=False,
)
