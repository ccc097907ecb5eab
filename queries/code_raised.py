"""The lines of a function that raised: from the tracebacks of its newest failed calls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from data import body
from data.ids import span_hex, trace_hex
from data.records import Event
from queries.base import Reader, TimeRange
from queries.calls import process_id
from queries.code_sample import Scope, newest_rows, version_id

FAILED_CALLS = 300  # tracebacks read: the newest of the range
FAILED = """
SELECT id, trace_hi, trace_lo, span_id, body FROM span INDEXED BY span_error
WHERE status = 2 AND process = :process AND id >= :low AND id < :high
  AND (:version IS NULL OR version = :version)
ORDER BY id DESC LIMIT :limit
"""
FRAME = re.compile(r'^\s*File "([^"\n]+)", line (\d{1,9})', re.MULTILINE)
TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True, slots=True)
class RaisedLine:
    """One line and one exception type; the span is the newest call that failed there."""

    line: int
    exception: str
    message: str
    calls: int
    trace_id: str
    span_id: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the function stands: its file as the tracer named it, first line, number of lines."""

    file: str
    first: int
    count: int

    def has(self, file: str, line: int) -> bool:
        """Whether a frame lies in the function."""
        return file == self.file and self.first <= line < self.first + self.count


def raised_lines(
    reader: Reader, group: str, name: str, scope: str, range: TimeRange, version: str, lines: Lines
) -> tuple[RaisedLine, ...]:
    """Lines of this version ("" for calls that name none) that an exception passed through or began in."""
    with reader.session() as session:
        process = process_id(session.names, group, name, scope)
        wanted = version_id(session, process, version) if process is not None and version else None
        if process is None or (version and wanted is None):
            return ()
        rows = newest_rows(session, Scope(process, range, wanted), FAILED, FAILED_CALLS)
    found: dict[tuple[int, str], RaisedLine] = {}
    calls = Counter[tuple[int, str]]()
    for id, trace_hi, trace_lo, span, text in rows:
        at = _raised(body.events(text), lines)
        if at is None:
            continue
        line, exception, message = at
        calls[line, exception] += 1
        if (line, exception) not in found:
            ids = trace_hex(trace_hi, trace_lo), span_hex(span)
            found[line, exception] = RaisedLine(line, exception, message, 1, *ids, (id >> 11) * 1000)
    counted = [replace(one, calls=calls[key]) for key, one in found.items()]
    return tuple(sorted(counted, key=lambda one: (one.line, -one.calls)))


def _raised(events: Iterable[Event], lines: Lines) -> tuple[int, str, str] | None:
    """Line, type and message of the last exception event that passed through the function."""
    for event in reversed([event for event in events if event.name == "exception"]):
        stack = str(event.attributes.get("exception.stacktrace", ""))
        line = innermost(stack, lines)
        if line is not None:
            exception = str(event.attributes.get("exception.type", "")).rsplit(".", 1)[-1]
            return line, exception, str(event.attributes.get("exception.message", ""))
    return None


def innermost(stack: str, lines: Lines) -> int | None:
    """The line of the innermost frame in the function, of the exception that was raised last."""
    last = stack.rsplit(TRACEBACK, 1)[-1]
    frames = reversed(FRAME.findall(last)) if lines.file in last else ()
    return next((int(line) for file, line in frames if lines.has(file, int(line))), None)
