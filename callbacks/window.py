"""The range on the screen as a query range, rounded so that all viewers of it ask for the same one."""

from __future__ import annotations

from dashboard import url
from dashboard.url import PageState
from queries.limits import TimeRange

NS_PER_SECOND = 10**9
PARTS = 720  # a long range moves in steps of at least this part of it


def window(state: PageState, now_ns: int, every_seconds: float) -> TimeRange:
    """The range of this page. One that ends now keeps its length, its end rounded up to the cadence."""
    start, end = url.window_ns(state, now_ns)
    if state.start_ns is not None:
        return TimeRange(start, end)
    return moving(end - start, now_ns, every_seconds)


def moving(length_ns: int, now_ns: int, every_seconds: float) -> TimeRange:
    """The newest range of this length."""
    step = max(round(every_seconds * NS_PER_SECOND), length_ns // PARTS)
    end = -(-now_ns // step) * step
    return TimeRange(end - length_ns, end)


def elapsed_ns(range: TimeRange, now_ns: int) -> int:
    """How much of the range has passed: what rates are divided by."""
    return max(1, min(range.end_ns, now_ns) - range.start_ns)
