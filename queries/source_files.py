"""Source read from disk for calls that brought none: only files below configured roots, only as text.

A path in a span is written by whoever sends it, so nothing of it is trusted: links are resolved first and
the result must lie below a root; hidden files, files of other kinds than source, and large ones are refused.
"""

from __future__ import annotations

import ast
import os
import re
import stat
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from data import body
from queries.base import Reader, TimeRange
from queries.calls import process_id
from queries.code_sample import Scope, newest_rows

MAX_BYTES = 2 << 20
_NEWLINE = re.compile(r"\r\n|\r|\n")  # as Python counts lines; a form feed or U+2028 does not end one
MAX_PATH = 4096
AROUND = 150  # lines shown on each side when the function itself cannot be told apart
SUFFIXES = frozenset(
    [
        ".py",
        ".pyi",
        ".js",
        ".mjs",
        ".cjs",
        ".jsx",
        ".ts",
        ".tsx",
        ".go",
        ".rb",
        ".java",
        ".kt",
        ".kts",
        ".rs",
        ".c",
        ".h",
        ".cc",
        ".cpp",
        ".hpp",
        ".cs",
        ".php",
        ".scala",
        ".swift",
        ".ex",
        ".exs",
        ".erl",
        ".lua",
        ".dart",
        ".clj",
        ".sql",
    ]
)
FILE_KEYS = ("code.file.path", "code.filepath")
LINE_KEYS = ("code.line.number", "code.lineno")
NEWEST = """
SELECT id, body FROM span INDEXED BY span_process
WHERE process = :process AND id >= :low AND id < :high AND (:version IS NULL OR version = :version)
ORDER BY id DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a span says that its function stands, and when it was last called."""

    file: str
    line: int
    last_ns: int


@dataclass(frozen=True, slots=True)
class DiskSource:
    """A piece of a file. `changed`: the file is younger than the last call, so it may not be what ran."""

    text: str
    file: str
    line: int  # number of the first line shown
    changed: bool
    path: str  # where it lies on this machine


def place_of(reader: Reader, group: str, name: str, scope: str, range: TimeRange) -> Place | None:
    """The place that the newest call of the range names, None when it names none."""
    with reader.session() as session:
        process = process_id(session.names, group, name, scope)
        rows = newest_rows(session, Scope(process, range), NEWEST, 1) if process is not None else []
    if not rows:
        return None
    id, text = rows[0]
    attributes = body.decode(text).attributes
    file, line = _first(attributes, FILE_KEYS), _first(attributes, LINE_KEYS)
    if not isinstance(file, str) or not isinstance(line, int) or isinstance(line, bool) or line < 1:
        return None
    return Place(file, line, (id >> 11) * 1000)


def _first(attributes: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((attributes[key] for key in keys if key in attributes), None)


def read_source(roots: Sequence[str], place: Place) -> DiskSource | None:
    """The function at this place, None when no root holds the file or it may not be shown."""
    found = (_read_below(Path(root), place.file) for root in roots)
    read = next((one for one in found if one is not None), None)
    if read is None:
        return None
    content, modified_ns, real = read
    lines = _NEWLINE.split(_decoded(content))
    if place.line > len(lines):
        return None
    first, last = _extent(place, lines)
    return DiskSource(
        "\n".join(lines[first - 1 : last]), place.file, first, modified_ns > place.last_ns, str(real)
    )


def _read_below(root: Path, file: str) -> tuple[bytes, int, Path] | None:
    """Content, time of change and place of a file that lies below this root."""
    if "\0" in file or len(file) > MAX_PATH:
        return None
    try:
        base = root.resolve(strict=True)
        real = (base / file).resolve(strict=True)  # an absolute path stays what it is
        inside = real.relative_to(base)
    except (OSError, ValueError, RuntimeError):
        return None
    hidden = any(part.startswith(".") for part in inside.parts)
    if hidden or real.suffix.lower() not in SUFFIXES:
        return None
    read = _read(real)
    return (*read, real) if read else None


def _read(real: Path) -> tuple[bytes, int] | None:
    """Reads a regular file of bounded size; a link put in its place meanwhile is not followed."""
    try:
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_BYTES:
            return None
        with os.fdopen(os.dup(descriptor), "rb") as opened:
            return opened.read(MAX_BYTES), about.st_mtime_ns
    finally:
        os.close(descriptor)


def _decoded(content: bytes) -> str:
    """As Python would read it; what cannot be decoded is replaced, never an error."""
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(content).readline)
    except SyntaxError:
        encoding = "utf-8"
    return content.decode(encoding, "replace").removeprefix("\ufeff")


def _extent(place: Place, lines: Sequence[str]) -> tuple[int, int]:
    """First and last line of the function; lines around the place when that cannot be told."""
    if place.file.endswith((".py", ".pyi")):
        try:
            tree = ast.parse("\n".join(lines))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            tree = ast.Module([], [])
        found = [extent for node in ast.walk(tree) if (extent := _of_function(node, place.line)) is not None]
        if found:
            return min(found, key=lambda extent: extent[1] - extent[0])
    return max(1, place.line - AROUND), min(len(lines), place.line + AROUND)


def _of_function(node: ast.AST, line: int) -> tuple[int, int] | None:
    """Lines of a function, decorators included, that holds this line."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    last = node.end_lineno or node.lineno
    return (first, last) if first <= line <= last else None
