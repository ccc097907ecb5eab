"""The limits of every query, and the time range that all of them take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from queries.errors import RangeTooLong, TooManyRows

MAX_PAGE = 100  # rows of one page of a list
MAX_ROWS = 10_000  # rows of any one answer, export included
NS_PER_SECOND = 1_000_000_000
MAX_RANGE_NS = 30 * 86_400 * NS_PER_SECOND
BUDGET_SECONDS = 5.0  # after this a query is broken off
SEARCH_SECONDS = 0.07  # after this a search hands out what it has, with "searched back to T"
BODY_SECONDS = 0.21  # the same for filters on attributes and on all observations: a page within 250 ms

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Half-open range of span starts, nanoseconds UTC, at most 30 days long."""

    start_ns: int
    end_ns: int

    def __post_init__(self) -> None:
        if self.end_ns <= self.start_ns:
            raise RangeTooLong("the range ends before it starts")
        if self.end_ns - self.start_ns > MAX_RANGE_NS:
            raise RangeTooLong("the range is longer than 30 days")

    @property
    def length_ns(self) -> int:
        """Length in nanoseconds."""
        return self.end_ns - self.start_ns

    def before(self) -> TimeRange:
        """The range of equal length just before this one."""
        return TimeRange(self.start_ns - self.length_ns, self.start_ns)


class Bounds(NamedTuple):
    """A stretch of starts of any length, for what is looked for in everything that is stored."""

    start_ns: int
    end_ns: int


ALL_TIME = Bounds(0, 2**62)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. It may be empty and still have a cursor: then the search goes on from there."""

    rows: tuple[T, ...]
    next_cursor: str | None  # None: the list has ended
    searched_back_to_ns: int  # start of the oldest (newest, when oldest first) span looked at
    elapsed_ms: float


def page_limit(limit: int) -> int:
    """The limit of a page, refused when it is not 1..100."""
    if not 1 <= limit <= MAX_PAGE:
        raise TooManyRows(f"a page has 1 to {MAX_PAGE} rows, not {limit}")
    return limit
