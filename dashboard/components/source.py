"""Source as text: pygments tokens, one record per line with its number; assets/js/code.js draws it.

The lines travel as plain data and are drawn by the browser with `textContent`, never as components or
markup: 1,000 lines as Dash components took 22 s to appear, 5,000 did not appear within ten minutes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_for_filename
from pygments.lexers.python import PythonLexer
from pygments.lexers.special import TextLexer
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType
from pygments.util import ClassNotFound

Token = tuple[str, str]  # class name ("" for plain text), text

MAX_LINES = 20_000  # more is cut, and the cut is said
HIGHLIGHT_CHARS = 1_000_000  # beyond this the text stays plain: lexing it would take seconds
_NEWLINE = re.compile(r"\r\n|\r|\n")  # as Python counts lines; form feeds and U+2028 do not end one
# Characters that reorder or hide text, so that source could show other than what ran.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (String.Doc, "s-c"),
    (Comment, "s-c"),
    (Keyword, "s-k"),
    (Name.Decorator, "s-d"),
    (Name.Function, "s-f"),
    (Name.Class, "s-f"),
    (String, "s-s"),
    (Number, "s-n"),
)


@dataclass(frozen=True)
class Mark:
    """One badge at the right end of a line. `kind`: bad, stale, acc or ""; `more` is hidden on a phone."""

    text: str
    kind: str = ""
    more: str = ""
    icon: str = ""
    href: str = ""
    title: str = ""


@dataclass(frozen=True)
class LineNotes:
    """What is known about one line beside its text."""

    look: str = ""  # raised, stl; in a difference add, del, fold
    new: bool = False  # not in the version before
    share: float | None = None  # of the function's time, 0..1
    marks: tuple[Mark, ...] = ()
    links: tuple[tuple[str, str], ...] = ()  # name called on this line, where it leads
    label: str | None = None  # shown in place of the line's number


@dataclass(frozen=True)
class Line:
    """One line: its number in the file and its tokens."""

    number: int
    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Source:
    """A whole text, ready to draw. `cut` counts lines that were left out."""

    lines: tuple[Line, ...]
    cut: int = 0
    notes: dict[int, LineNotes] = field(default_factory=dict)


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them; a last empty one after a final newline is none."""
    lines = _NEWLINE.split(text)
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


@lru_cache(maxsize=64)
def highlighted(text: str, first_line: int = 1, file: str = "") -> Source:
    """The text as coloured lines, numbered from `first_line`."""
    plain = lines_of(text)
    shown = "\n".join(plain[:MAX_LINES])
    tokens = _tokens(shown, file) if len(shown) <= HIGHLIGHT_CHARS else [("", shown)]
    lines = tuple(Line(first_line + at, line) for at, line in enumerate(_by_line(tokens)))
    return Source(lines, cut=max(0, len(plain) - MAX_LINES))


def visible(text: str) -> str:
    """Characters that hide or reorder text, spelled out: a right-to-left override reads ⟨U+202E⟩."""
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def as_data(source: Source) -> dict[str, Any]:
    """What assets/js/code.js draws. Keys are short: a long source has thousands of lines."""
    lines = [
        {"n": line.number, "t": [list(token) for token in line.tokens]}
        | (notes_data(source.notes[line.number]) if line.number in source.notes else {})
        for line in source.lines
    ]
    return {"lines": lines, "cut": source.cut}


def all_notes_data(notes: Mapping[int, LineNotes]) -> dict[str, Any]:
    """What is laid over lines that are drawn already, by line number."""
    return {str(number): notes_data(note) for number, note in sorted(notes.items())}


def notes_data(notes: LineNotes) -> dict[str, Any]:
    """One line's notes under short keys, empty ones left out."""
    data: dict[str, Any] = {}
    look = " ".join(part for part in (notes.look, "newl" if notes.new else "") if part)
    if look:
        data["c"] = look
    if notes.share is not None:
        data["h"] = round(notes.share, 4)
    if notes.marks:
        data["m"] = [
            [mark.kind, mark.text, mark.more, mark.icon, mark.href, mark.title] for mark in notes.marks
        ]
    if notes.label is not None:
        data["l"] = notes.label
    if notes.links:
        data["a"] = [list(link) for link in notes.links]
    return data


def _tokens(text: str, file: str) -> list[Token]:
    """Class and text of each run of the same look, in order, together the whole text."""
    runs: list[Token] = []
    for kind, part in _lexer(file).get_tokens(text):
        look = _look(kind)
        if runs and runs[-1][0] == look:
            runs[-1] = (look, runs[-1][1] + part)
        else:
            runs.append((look, part))
    return runs


def _look(kind: _TokenType) -> str:
    """Class name of a token type, from the first of _CLASSES that it belongs to."""
    lineage = kind.split()
    return next((name for parent, name in _CLASSES if parent in lineage), "")


def _lexer(file: str) -> Lexer:
    """By the file's ending; Python when there is none, plain text when nobody knows it."""
    options: Any = {"stripnl": False, "ensurenl": False}
    if not file or file.endswith((".py", ".pyi", ">")):  # "<stdin>", "<ipython-input-3>"
        return PythonLexer(**options)
    try:
        lexer: Lexer = get_lexer_for_filename(file, **options)
    except ClassNotFound:
        return TextLexer(**options)
    return lexer


def _by_line(tokens: list[Token]) -> list[tuple[Token, ...]]:
    """The same tokens, cut at each newline."""
    lines: list[list[Token]] = [[]]
    for look, text in tokens:
        first, *rest = text.split("\n")
        if first:
            lines[-1].append((look, visible(first)))
        for part in rest:
            lines.append([(look, visible(part))] if part else [])
    return [tuple(line) for line in lines]
