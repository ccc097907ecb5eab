"""Brings a file's schema to what this program knows: numbered steps, one transaction each.

`schema/*.sql` is the whole schema of today, for new files and for readers of the code. MIGRATIONS leads
an older file there; the number reached is the file's `PRAGMA user_version`. Steps are only ever appended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from data.errors import StoreNewer
from data.sqlite import Connection, named_errors, transaction

SCHEMA = Path(__file__).parent / "schema"
Step = Callable[[Connection], None]


def _add_rollups(connection: Connection) -> None:
    """Rollups and the history of stale runs; the store fills the rollups from spans when it opens."""
    tables = ("rollup_group", "rollup_process", "rollup_series", "dropped_segment", "stale_run")
    for statement in statements((SCHEMA / "main.sql").read_text()):
        if statement.split()[2] in (*tables, "stale_run_last"):
            connection.execute(statement)
    connection.execute("ALTER TABLE segment ADD COLUMN retired TEXT")
    connection.execute("ALTER TABLE series ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0")
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('rebuild', 1)")


def _index_ends(connection: Connection) -> None:
    """What was stale at a moment is found without reading every run there ever was."""
    connection.execute("CREATE INDEX IF NOT EXISTS stale_run_ended ON stale_run (ended_ns)")


# The first step leads from version 1, the first that was ever written, to version 2.
MAIN_STEPS: Sequence[Step] = (_add_rollups, _index_ends)
SEGMENT_STEPS: Sequence[Step] = ()


def migrate_main(connection: Connection, path: Path) -> None:
    """Brings main.db up to date; raises StoreNewer when it is from the future."""
    migrate(connection, path, SCHEMA / "main.sql", MAIN_STEPS)


def migrate_segment(connection: Connection, path: Path) -> None:
    """Brings a segment up to date; raises StoreNewer when it is from the future."""
    migrate(connection, path, SCHEMA / "segment.sql", SEGMENT_STEPS)


def migrate(connection: Connection, path: Path, schema: Path, steps: Sequence[Step]) -> None:
    """Makes the schema of an empty file, or takes an older one through the steps it lacks."""
    newest = len(steps) + 1
    with named_errors(path):
        found = version_of(connection)
    if found > newest:
        raise StoreNewer(path, found, newest)
    if found == 0:
        with transaction(connection, path):
            for statement in statements(schema.read_text()):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {newest}")
        return
    for number in range(found, newest):
        with transaction(connection, path):
            steps[number - 1](connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")


def version_of(connection: Connection) -> int:
    """The number of the schema that a file has, 0 when it is new."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def statements(script: str) -> list[str]:
    """The statements of a schema file, without comments; no literal in it holds a semicolon or two dashes."""
    plain = "\n".join(line.split("--")[0] for line in script.splitlines())
    return [part.strip() for part in plain.split(";") if part.strip()]
