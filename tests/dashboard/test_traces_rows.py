"""Span records as rows of the grid, and the grid's columns."""

from __future__ import annotations

from dataclasses import replace

from dashboard.components.trace_grid import columns
from dashboard.components.trace_rows import MAX_VALUE, grid_row, memory_text
from tests.support.spans import SPAN


def test_a_row_has_the_seven_columns_as_they_are_read() -> None:
    row = grid_row(SPAN)
    shown = [row[key] for key in ("process", "data", "type", "value", "time", "status", "exception")]
    assert shown == ["load", "amount", "Decimal", "140.84", "14:02:35.682", "ERROR", "GatewayTimeout"]


def test_nanoseconds_travel_as_text_and_the_key_tells_spans_apart() -> None:
    row = grid_row(SPAN)
    assert row["ts"] == str(SPAN.timestamp_ns)
    assert row["key"] == f"{SPAN.trace_id}:{SPAN.span_id}:{SPAN.timestamp_ns}"
    assert row["fn"] == "shop/shop.core/load"


def test_text_stands_in_quotes_and_a_long_value_is_cut() -> None:
    text = replace(SPAN, data_type="str", data_value="x" * 1000)
    assert grid_row(replace(text, data_value="x"))["value"] == "'x'"
    assert len(grid_row(text)["value"]) == MAX_VALUE
    assert grid_row(text)["value"].endswith("…")


def test_a_span_without_data_has_no_value_and_none_is_a_value() -> None:
    assert grid_row(replace(SPAN, data="", data_type="", data_value=None))["value"] == ""
    assert grid_row(replace(SPAN, data_type="NoneType", data_value="None"))["value"] == "None"


def test_memory_shows_its_sign_and_nothing_when_it_was_not_sampled() -> None:
    assert [memory_text(delta) for delta in (4096, -4096, 0, None)] == ["+4.10 kB", "−4.10 kB", "0 B", ""]  # noqa: RUF001


def test_the_columns_are_the_seven_in_their_order() -> None:
    heads = [column["head"] for column in columns()]
    assert heads == ["Process", "Data", "Data Type", "Data Value", "Timestamp", "Status", "Exception"]
