"""Names that differ by an id only, made one: `GET /users/17` becomes `GET /users/{id}`."""

from __future__ import annotations

import re

ID = "{id}"
PATTERN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # a UUID
    r"|(?<![0-9A-Za-z])(?=[a-f]*\d)[0-9a-f]{8,}(?![0-9A-Za-z])"  # hex digits, one of them a number
    r"|(?<![0-9A-Za-z])\d+(?![0-9A-Za-z])",  # a number that is no part of a word such as v2 or sha256
    re.IGNORECASE,
)


def fold(name: str) -> str:
    """The name with every id in it replaced."""
    return PATTERN.sub(ID, name)
