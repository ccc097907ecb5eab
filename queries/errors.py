"""Everything a query can fail with, as one tree.

QueryError
├── StoreUnavailable   the store cannot be read now; trying again later may help
├── QueryTimeout       the time budget is used up
├── QueryGivenUp       nobody waits for the answer any more
├── BadCursor          the cursor is not one that a page handed out
├── RangeTooLong       the range is empty or longer than 30 days
├── TooManyRows        more rows were asked for, or found, than one query may return
└── FilterError        the text of a filter cannot be understood (position and suggestion)
"""

from __future__ import annotations


class QueryError(Exception):
    """Base of all errors that queries raise on purpose."""


class StoreUnavailable(QueryError):
    """The store cannot be read at this moment."""


class QueryTimeout(QueryError):
    """The query ran out of its time budget."""


class QueryGivenUp(QueryError):
    """Who asked has asked for something else meanwhile."""


class BadCursor(QueryError):
    """The cursor was not handed out by a page of this list."""


class RangeTooLong(QueryError):
    """The time range is empty or longer than 30 days."""


class TooManyRows(QueryError):
    """More rows than one query may return."""


class FilterError(QueryError):
    """The filter text is wrong between `start` and `end` (character positions)."""

    def __init__(self, message: str, start: int, end: int, suggestion: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.suggestion = suggestion  # text to put in place of start:end, "" when there is none
