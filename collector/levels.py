"""What a tracer is told to record, and which sources it is asked to send again."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from data.control import FILE_NAME
from data.control_levels import IN_FORCE
from data.sqlite import DatabaseError, Row, connect_reader

MOST_LEVELS = 1_000  # functions of one service whose level is set
GLOB = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})  # tracers read names as patterns
MOST_SOURCES = 100  # asked for at a time; the next answer asks for the next ones

# Code versions of a group that came without their source, newest first.
WANTED_SOURCES = """
    SELECT DISTINCT v.hash FROM code_version v
    JOIN process p ON p.id = v.process_id
    JOIN process_group g ON g.id = p.group_id
    WHERE g.name = :service AND v.source IS NULL
    ORDER BY v.last_seen_ns DESC LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class LevelsAnswer:
    """The document and the tag that stays the same while it does."""

    body: bytes
    etag: str


class Levels:
    """Reads the store; answers empty when there is none yet."""

    def __init__(self, directory: Path) -> None:
        self._main = directory / "main.db"
        self._control = directory / FILE_NAME

    def of(self, service: str) -> LevelsAnswer:
        """What the tracers of one service shall do."""
        document = {"service": service, "levels": self._levels(service), "sources": self._wanted(service)}
        body = orjson.dumps(document)
        return LevelsAnswer(body, f'"{hashlib.sha256(body).hexdigest()[:16]}"')

    def _levels(self, service: str) -> list[dict[str, str]]:
        """The functions whose level was set on the page."""
        found = _rows(self._control, IN_FORCE, (service,))[:MOST_LEVELS]
        return [{"pattern": pattern(scope, name), "level": level} for _, scope, name, level, *_ in found]

    def _wanted(self, service: str) -> list[str]:
        params = {"service": service, "most": MOST_SOURCES}
        return [row[0] for row in _rows(self._main, WANTED_SOURCES, params)]


def pattern(scope: str, name: str) -> str:
    """One function as tracers name it, special characters of patterns made plain."""
    return (f"{scope}.{name}" if scope else name).translate(GLOB)


def _rows(file: Path, sql: str, params: Any) -> list[Row]:
    """Rows of a file that may not exist yet; none while it is being made or busy, the tracer asks again."""
    if not file.exists():
        return []
    try:
        with closing(connect_reader(file)) as connection:
            found: list[Row] = connection.execute(sql, params).fetchall()
            return found
    except DatabaseError:
        return []
