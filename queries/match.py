"""How texts are compared, the same in Python and in SQL.

A pattern of ASCII letters ignores the case of ASCII letters only, as LIKE does; any other pattern ignores
case by Unicode case folding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_TOKEN = re.compile(r"[^\W_]+")

Matcher = Callable[[str], bool]


def ascii_lower(text: str) -> str:
    """Lower case of ASCII letters only."""
    return text.translate(_LOWER)


def folder(pattern: str) -> Callable[[str], str]:
    """The folding of case that a pattern asks for."""
    return ascii_lower if pattern.isascii() else str.casefold


def contains(pattern: str) -> Matcher:
    """Whether a text contains the pattern, ignoring case."""
    fold = folder(pattern)
    wanted = fold(pattern)
    return lambda text: wanted in fold(text)


def equals(pattern: str) -> Matcher:
    """Whether a text is exactly the pattern."""
    return lambda text: text == pattern


def glob(pattern: str) -> Matcher:
    """Whether the whole text fits the pattern, where * is any run of characters; ignores case."""
    fold = folder(pattern)
    parts = [re.escape(fold(part)) for part in pattern.split("*")]
    fits = re.compile(".*".join(parts), re.DOTALL).fullmatch
    return lambda text: fits(fold(text)) is not None


def tokens(text: str) -> list[str]:
    """The tokens of a text as the text index cuts them: letters and digits, case and accents removed."""
    return [_plain(token) for token in _TOKEN.findall(text)]


def _plain(token: str) -> str:
    decomposed = unicodedata.normalize("NFKD", token.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
