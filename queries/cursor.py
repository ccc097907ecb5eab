"""The place in a list of spans where the next page goes on."""

from __future__ import annotations

import re
from typing import NamedTuple

from queries.errors import BadCursor

_SHAPE = re.compile(r"([0-9]{1,19})\.([0-9a-f]{16})\.([0-9]{1,4})")
FIRST_SPAN = 0
LAST_SPAN = 2**64 - 1


class Place(NamedTuple):
    """Spans are listed by start, then by unsigned span id; `shown` equal ones of both have been on a page."""

    start_ns: int
    span: int
    shown: int


def encode(place: Place) -> str:
    """The cursor's text."""
    return f"{place.start_ns}.{place.span:016x}.{place.shown}"


def decode(cursor: str | None) -> Place | None:
    """The place of a cursor's text, None for the beginning; raises BadCursor."""
    if cursor is None:
        return None
    found = _SHAPE.fullmatch(cursor)
    if not found or int(found[1]) >= 2**63:
        raise BadCursor(f"{cursor[:60]!r} is not a cursor of this list")
    return Place(int(found[1]), int(found[2], 16), int(found[3]))
