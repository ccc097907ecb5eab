"""The few comparisons that SQLite cannot make itself, as functions of every reading connection."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from data.sqlite import Connection
from data.values import SERIES_TEXT, series_value
from queries import match


def register(connection: Connection) -> None:
    """Makes the functions known to a connection."""
    for name, arguments, function in (
        ("text_fits", 3, text_fits),
        ("phrase_fits", 4, phrase_fits),
        ("series_text", 1, series_text),
    ):
        connection.create_function(name, arguments, function, deterministic=True)


def text_fits(op: str, pattern: str, text: Any) -> bool | None:
    """Whether a text contains, or as a glob is, a pattern; ignores case in all scripts."""
    return _matcher(op, pattern)(text) if isinstance(text, str) else None


def phrase_fits(phrase: str, value: Any, message: str | None, body: str | None) -> bool:
    """Whether tokens (a JSON list) stand in order in one of a span's texts."""
    fits = _phrase(phrase)
    return any(fits(text) for text in (value, message) if isinstance(text, str)) or (
        body is not None and any(fits(text) for text in _texts(body))
    )


def series_text(value: Any) -> Any:
    """A value as the series table keeps it: long texts cut."""
    return series_value(value, None) if isinstance(value, str) and len(value) > SERIES_TEXT else value


def _texts(body: str) -> list[str]:
    """The string observations and attributes of a span's body."""
    fields = json.loads(body)
    found = [observation[3] for observation in fields.get("o", ())] + list(fields.get("a", {}).values())
    return [text for text in found if isinstance(text, str)]


@lru_cache(maxsize=64)
def _matcher(op: str, pattern: str) -> match.Matcher:
    return match.BY_NAME[op](pattern)


@lru_cache(maxsize=64)
def _phrase(phrase: str) -> match.Matcher:
    return match.begins(json.loads(phrase))
