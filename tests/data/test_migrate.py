"""Schemas: made whole, taken on step by step, refused when they are from the future."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import StoreNewer
from data.migrate import MAIN_STEPS, SCHEMA, SEGMENT_STEPS, migrate, statements, version_of
from data.sqlite import Connection, OperationalError, connect_writer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    file = tmp_path / "some.sql"
    file.write_text("-- a table; with a comment\nCREATE TABLE one (a); -- and more\nCREATE TABLE two (b)")
    return file


def tables(connection: Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def add(table: str) -> object:
    return lambda connection: connection.execute(f"CREATE TABLE {table} (x)")


def test_an_empty_file_gets_the_whole_schema(path: Path, schema: Path) -> None:
    connection = connect_writer(path)
    migrate(connection, path, schema, [])
    assert tables(connection) == {"one", "two"}
    assert version_of(connection) == 1


def test_an_older_file_takes_only_the_steps_it_lacks(path: Path, schema: Path) -> None:
    connection = connect_writer(path)
    migrate(connection, path, schema, [])
    migrate(connection, path, schema, [add("three")])
    migrate(connection, path, schema, [add("three"), add("four")])
    assert tables(connection) == {"one", "two", "three", "four"}
    assert version_of(connection) == 3


def test_a_failing_step_leaves_the_file_where_it_was(path: Path, schema: Path) -> None:
    connection = connect_writer(path)
    migrate(connection, path, schema, [])

    def half(connection: Connection) -> None:
        connection.execute("CREATE TABLE three (x)")
        raise OperationalError("no more")

    with pytest.raises(Exception, match="no more"):
        migrate(connection, path, schema, [half])
    assert tables(connection) == {"one", "two"}
    assert version_of(connection) == 1


def test_a_file_from_the_future_is_left_alone(path: Path, schema: Path) -> None:
    connection = connect_writer(path)
    migrate(connection, path, schema, [add("three")])
    with pytest.raises(StoreNewer, match="newer Flowglass"):
        migrate(connection, path, schema, [])


@pytest.mark.parametrize("name", ["main", "segment"])
def test_the_schemas_can_be_made(name: str, path: Path) -> None:
    connection = connect_writer(path)
    for statement in statements((SCHEMA / f"{name}.sql").read_text()):
        connection.execute(statement)
    assert tables(connection)


def shape(connection: Connection) -> set[tuple[str, str]]:
    """Every table and index, with its words but not its comments and line ends."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {
        (name, " ".join(sql.replace("(", " ( ").replace(")", " ) ").replace(",", " , ").split()))
        for name, sql in rows
    }


@pytest.mark.parametrize(("name", "steps"), [("main", MAIN_STEPS), ("segment", SEGMENT_STEPS)])
def test_the_oldest_schema_grows_into_the_newest(name: str, steps: list[object], tmp_path: Path) -> None:
    """`tests/data/oldest` holds the schemas as they were first released."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    grown, made = connect_writer(old), connect_writer(new)
    migrate(grown, old, Path(__file__).parent / "oldest" / f"{name}.sql", [])
    migrate(grown, old, SCHEMA / f"{name}.sql", steps)
    migrate(made, new, SCHEMA / f"{name}.sql", steps)
    assert shape(grown) == shape(made)
    assert version_of(grown) == version_of(made)
