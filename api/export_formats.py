"""How rows are written into a file: JSON, JSON Lines, CSV, OTLP JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import orjson

from api.serial import span_row
from queries import traces
from queries.base import Reader
from queries.rows import SpanRow

# The seven columns first, then what identifies a span.
CSV_COLUMNS = (
    "process", "data", "data_type", "data_value", "timestamp", "status", "exception", "exception_message",
    "group", "scope", "duration_ns", "memory_delta", "trace_id", "span_id", "parent_span_id", "kind",
    "version", "file", "line",
)  # fmt: skip
RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a cell that begins so for a formula


class Writer(Protocol):
    """One format."""

    media_type: str
    suffix: str

    def head(self) -> bytes: ...
    def rows(self, rows: Sequence[SpanRow], sent: int) -> bytes: ...
    def foot(self, sent: int, *, truncated: bool) -> bytes: ...


class Json:
    """{"rows": [...], "count": n, "truncated": false}"""

    media_type, suffix = "application/json", "json"

    def __init__(self, reader: Reader) -> None: ...

    def head(self) -> bytes:
        return b'{"rows":['

    def rows(self, rows: Sequence[SpanRow], sent: int) -> bytes:
        text = b",\n".join(orjson.dumps(span_row(row)) for row in rows)
        return b",\n" + text if sent and text else text

    def foot(self, sent: int, *, truncated: bool) -> bytes:
        return b'],"count":%d,"truncated":%s}\n' % (sent, b"true" if truncated else b"false")


class JsonLines:
    """One row a line."""

    media_type, suffix = "application/x-ndjson", "jsonl"

    def __init__(self, reader: Reader) -> None: ...

    def head(self) -> bytes:
        return b""

    def rows(self, rows: Sequence[SpanRow], sent: int) -> bytes:
        return b"".join(orjson.dumps(span_row(row)) + b"\n" for row in rows)

    def foot(self, sent: int, *, truncated: bool) -> bytes:
        return b""


class Csv:
    """A table for spreadsheets. No rows leave the header alone."""

    media_type, suffix = "text/csv; charset=utf-8", "csv"

    def __init__(self, reader: Reader) -> None: ...

    def head(self) -> bytes:
        return ",".join(CSV_COLUMNS).encode() + b"\r\n"

    def rows(self, rows: Sequence[SpanRow], sent: int) -> bytes:
        import pandas as pd  # type: ignore[import-untyped]  # 60 MB and a second, only for who exports

        cells = [[harmless(span_row(row)[name]) for name in CSV_COLUMNS] for row in rows]
        table = pd.DataFrame(cells, dtype=object)  # else a missing number makes its column floats
        return bytes(table.to_csv(index=False, header=False, lineterminator="\r\n").encode())

    def foot(self, sent: int, *, truncated: bool) -> bytes:
        return b""


class Otlp:
    """One ExportTraceServiceRequest, which `import` reads back."""

    media_type, suffix = "application/json", "otlp.json"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def head(self) -> bytes:
        return b'{"resourceSpans":['

    def rows(self, rows: Sequence[SpanRow], sent: int) -> bytes:
        found = [
            traces.span_detail(self._reader, row.trace_id, row.span_id, row.timestamp_ns) for row in rows
        ]
        spans = [traces.otlp_json(detail)["resourceSpans"][0] for detail in found if detail]
        text = b",\n".join(orjson.dumps(span) for span in spans)
        return b",\n" + text if sent and text else text

    def foot(self, sent: int, *, truncated: bool) -> bytes:
        return b"]}\n"


FORMATS: dict[str, Callable[[Reader], Writer]] = {"json": Json, "csv": Csv, "jsonl": JsonLines, "otlp": Otlp}


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet runs. Numbers stay numbers."""
    if isinstance(value, str) and value.startswith(RISKY) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.strip() == text
