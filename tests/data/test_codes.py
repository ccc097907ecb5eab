"""Dictionaries: one integer per name, resource, scope and version, kept over restarts."""

from __future__ import annotations

from pathlib import Path

from data.codes import Codes
from data.migrate import migrate_main
from data.records import Resource, Scope
from data.sqlite import Connection, connect_writer, transaction


def fresh(tmp_path: Path) -> tuple[Connection, Path]:
    path = tmp_path / "main.db"
    connection = connect_writer(path)
    migrate_main(connection, path)
    return connection, path


def save(codes: Codes, connection: Connection, path: Path) -> None:
    with transaction(connection, path):
        codes.save(connection)
    codes.saved()


def test_what_was_saved_is_found_under_the_same_integer(tmp_path: Path) -> None:
    connection, path = fresh(tmp_path)
    codes = Codes.load(connection)
    resource, scope = Resource("shop", {"a": 1}), Scope("m")
    given = (
        codes.process("shop", "f", "m", 5), codes.names["x"], codes.types["int"], codes.exceptions["E"],
        codes.resource(resource), codes.scope(scope), codes.version(1, "ab", None, ("f", "f.py", 1), 5).id,
    )  # fmt: skip
    assert codes.has_new()
    save(codes, connection, path)
    assert not codes.has_new()
    again = Codes.load(connection)
    assert given == (
        again.process("shop", "f", "m", 9), again.names["x"], again.types["int"], again.exceptions["E"],
        again.resource(resource), again.scope(scope), again.version(1, "ab", None, ("g", "g.py", 2), 9).id,
    )  # fmt: skip
    assert not again.has_new()
    assert again.names["y"] == given[1] + 1
    connection.close()


def test_the_order_of_attributes_makes_no_new_resource() -> None:
    codes = Codes()
    one = codes.resource(Resource("shop", {"a": 1, "b": 2}))
    assert codes.resource(Resource("shop", {"b": 2, "a": 1})) == one
    assert codes.resource(Resource("bank", {"a": 1, "b": 2})) != one
    assert codes.resource(Resource("shop", {"a": 1, "b": 2}, dropped_attributes=1)) != one
    assert codes.resource(Resource("shop", {"a": 1.0, "b": 2})) != one


def test_everything_about_a_scope_is_part_of_it() -> None:
    codes = Codes()
    scopes = [Scope("m"), Scope("n"), Scope("m", "1"), Scope("m", "", {"a": 1}), Scope("m", schema_url="u")]
    assert len({codes.scope(one) for one in scopes}) == len(scopes)


def test_reloading_forgets_what_was_not_saved(tmp_path: Path) -> None:
    connection, path = fresh(tmp_path)
    codes = Codes.load(connection)
    assert codes.names["kept"] == 1
    save(codes, connection, path)
    assert codes.names["lost"] == 2
    codes.reload(connection)
    assert not codes.has_new()
    assert codes.names["other"] == 2
    connection.close()


def test_a_version_belongs_to_its_process() -> None:
    codes = Codes()
    one = codes.version(1, "ab", None, ("f", "f.py", 1), 5)
    assert codes.version(2, "ab", None, ("f", "f.py", 1), 5).id != one.id
    assert codes.version(1, "ab", None, ("f", "f.py", 9), 5) is one
