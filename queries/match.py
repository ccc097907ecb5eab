"""How texts are compared, the same in Python and in SQL.

A pattern of ASCII letters ignores the case of ASCII letters only, as LIKE does; any other pattern ignores
case by Unicode case folding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

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
    r"""Whether the whole text fits the pattern, * being any characters; \* and \\ are themselves."""
    fold = folder(pattern)
    parts = [".*" if part is None else re.escape(fold(part)) for part in glob_parts(pattern)]
    fits = re.compile("".join(parts), re.DOTALL).fullmatch
    return lambda text: fits(fold(text)) is not None


BY_NAME: dict[str, Callable[[str], Matcher]] = {"contains": contains, "equals": equals, "glob": glob}


def glob_parts(pattern: str) -> list[str | None]:
    """The literal characters of a pattern, and None for each of its stars."""
    return [
        None if found[0] == "*" else found[0][-1] for found in re.finditer(r"\\[*\\]|.", pattern, re.DOTALL)
    ]


def escaped(parts: Iterable[str | None]) -> str:
    """The pattern that these literal characters and stars make."""
    return "".join("*" if part is None else "\\" + part if part in "*\\" else part for part in parts)


def like(parts: Iterable[str | None]) -> str:
    r"""The same for LIKE … ESCAPE '\'."""
    return "".join("%" if part is None else "\\" + part if part in "%_\\" else part for part in parts)


def tokens(text: str) -> list[str]:
    """The tokens of a text as the text index cuts them: letters and digits, case and accents removed."""
    return [_plain(token) for token in _TOKEN.findall(text)]


def begins(wanted: Sequence[str], cut: Callable[[str], Sequence[str]] = tokens) -> Matcher:
    """Whether these tokens stand one after the other in a text, the last one perhaps only begun."""
    size = len(wanted)
    *whole, last = wanted

    def fits(text: str) -> bool:
        found = cut(text)
        return any(
            list(found[at : at + size - 1]) == whole and found[at + size - 1].startswith(last)
            for at in range(len(found) - size + 1)
        )

    return fits


@lru_cache(maxsize=100_000)
def name_tokens(name: str) -> tuple[str, ...]:
    """The tokens of a name of a dictionary, remembered: there are few names and they are asked often."""
    return tuple(tokens(name))


def _plain(token: str) -> str:
    return "".join(map(_base, token.lower()))


@lru_cache(maxsize=10_000)
def _base(char: str) -> str:
    """The letter without its accents, nothing for an accent alone; what is no accented letter stays whole,
    as in the text index: fractions, ligatures, syllables of Hangul."""
    plain = [one for one in unicodedata.normalize("NFD", char) if not unicodedata.combining(one)]
    return "".join(plain) if len(plain) < 2 else char
