"""Reads the query string: every parameter known, every value checked."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from werkzeug.datastructures import MultiDict

from api.problems import BadParameter
from queries import filter_fields
from queries.limits import MAX_PAGE, TimeRange

HOUR_NS = 3_600 * 10**9
Arguments = MultiDict[str, str]


def only(arguments: Arguments, known: Sequence[str]) -> None:
    """Refuses parameters that this route does not have, and ones given twice."""
    for name in arguments:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise BadParameter(name[:100], f"this route has no parameter {name[:100]!r}{hint}")
        if len(arguments.getlist(name)) > 1:
            raise BadParameter(name, f"{name} is given more than once")


def time_range(arguments: Arguments, now_ns: Callable[[], int]) -> TimeRange:
    """from and to; by default the last hour, or the hour before `to`."""
    end = moment(arguments, "to")
    end = now_ns() if end is None else end
    start = moment(arguments, "from")
    return TimeRange(end - HOUR_NS if start is None else start, end)


def moment(arguments: Arguments, name: str) -> int | None:
    """A time in nanoseconds UTC, None when it is not given."""
    text = arguments.get(name, "").strip()
    if not text:
        return None
    # A plus sign that was not escaped arrives as a blank: 10:00+02:00 as 10:00 02:00.
    found = read_time(text) or read_time("+".join(text.rsplit(" ", 1)))
    if found is None:
        raise BadParameter(
            name, f"{name} must be a time such as 2026-11-20T10:00:00Z, or nanoseconds since 1970"
        )
    return found


def read_time(text: str) -> int | None:
    """RFC 3339 or nanoseconds; None when it is neither."""
    return filter_fields.time(text)


def limit(arguments: Arguments, most: int = MAX_PAGE, default: int = MAX_PAGE) -> int:
    """How many rows are asked for."""
    text = arguments.get("limit", "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise BadParameter("limit", f"limit must be a whole number from 1 to {most}")
    return int(text)


def choice(arguments: Arguments, name: str, known: Sequence[str]) -> str:
    """One of the known words, the first when it is not given."""
    text = arguments.get(name, "").strip() or known[0]
    if text not in known:
        raise BadParameter(name, f"{name} must be one of {', '.join(known)}")
    return text
