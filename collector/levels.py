"""What a tracer is told to record, and which sources it is asked to send again."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from data.sqlite import DatabaseError, connect_reader

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

    def of(self, service: str) -> LevelsAnswer:
        """What the tracers of one service shall do."""
        body = orjson.dumps({"service": service, "levels": [], "sources": self._wanted(service)})
        return LevelsAnswer(body, f'"{hashlib.sha256(body).hexdigest()[:16]}"')

    def _wanted(self, service: str) -> list[str]:
        if not self._main.exists():
            return []
        try:
            with closing(connect_reader(self._main)) as connection:
                found = connection.execute(WANTED_SOURCES, {"service": service, "most": MOST_SOURCES})
                return [row[0] for row in found]
        except DatabaseError:
            return []  # being made, or busy: the tracer asks again in 5 s
