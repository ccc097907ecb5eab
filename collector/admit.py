"""What is let in: the one rule for ids and clocks, and the count of what was refused and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from data.records import SpanIn

NS = 1_000_000_000
DAY_NS = 86_400 * NS
AHEAD_NS = 600 * NS  # a sender's clock may be this far ahead of ours
LATEST_NS = 2**63 - 1  # times are signed 64-bit integers in the store
NO_TRACE, NO_SPAN = bytes(16), bytes(8)
PARENT_LENGTHS = (8, 0)

REASONS = {
    "bad_trace_id": "the trace id is not 16 bytes, or all zeros",
    "bad_span_id": "the span id is not 8 bytes, or all zeros",
    "bad_parent_id": "the parent span id is neither empty nor 8 bytes",
    "zero_time": "start or end is zero",
    "overflowing_time": "start or end is after the year 2262",
    "ends_before_start": "the end is before the start",
    "too_old": "the start is older than what is kept",
    "in_future": "the start is more than 10 minutes ahead of this clock",
}


@dataclass(frozen=True, slots=True)
class Window:
    """The starts that are taken now."""

    oldest_ns: int
    newest_ns: int

    @classmethod
    def at(cls, now_ns: int, kept_days: int) -> Window:
        return cls(now_ns - kept_days * DAY_NS, now_ns + AHEAD_NS)


@dataclass(slots=True)
class Admitted:
    """Spans for the writer, and how many of their fellows were refused for which reason."""

    spans: list[SpanIn] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)

    def explanation(self) -> str:
        """One line for the sender, the most frequent reason first; "" when all were taken."""
        return "; ".join(
            f"{count} rejected ({reason}): {REASONS[reason]}" for reason, count in self.rejected.most_common()
        )


def refusal(
    trace_id: bytes, span_id: bytes, parent_id: bytes, start_ns: int, end_ns: int, window: Window
) -> str:
    """Why a span is refused, as a key of REASONS, or "" when it is let in."""
    if len(trace_id) != 16 or trace_id == NO_TRACE:
        return "bad_trace_id"
    if len(span_id) != 8 or span_id == NO_SPAN:
        return "bad_span_id"
    if len(parent_id) not in PARENT_LENGTHS:
        return "bad_parent_id"
    if window.oldest_ns <= start_ns <= end_ns <= LATEST_NS and start_ns <= window.newest_ns:
        return ""
    return odd_clock(start_ns, end_ns, window)


def odd_clock(start_ns: int, end_ns: int, window: Window) -> str:
    """The rule for odd clocks."""
    if start_ns == 0 or end_ns == 0:
        return "zero_time"
    if start_ns > LATEST_NS or end_ns > LATEST_NS:
        return "overflowing_time"
    if end_ns < start_ns:
        return "ends_before_start"
    if start_ns < window.oldest_ns:
        return "too_old"
    if start_ns > window.newest_ns:
        return "in_future"
    return ""
