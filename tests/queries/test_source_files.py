from __future__ import annotations

import os
from pathlib import Path

import pytest

from config import Settings
from data.records import SpanIn
from data.store import Store
from queries.base import Reader, TimeRange
from queries.source_files import MAX_BYTES, Place, place_of, read_source
from tests.support.functions import FunctionCall, span_in

NOW = 1_795_269_755_000_000_000
RANGE = TimeRange(NOW - 3_600 * 10**9, NOW)
LATER = 2**62
TEXT = """import os


@app.route("/")
def index(request):
    if request:
        return 1
    return 2


def other():
    def inner():
        return 3

    return inner
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with source in it, and a file beside it that nobody may see."""
    folder = tmp_path / "root"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "web.py").write_text(TEXT, encoding="utf-8")
    (tmp_path / "secret.py").write_text("SECRET = 1\n", encoding="utf-8")
    return folder


def at(file: object, line: int = 6, last_ns: int = LATER) -> Place:
    return Place(str(file), line, last_ns)


def test_the_function_around_the_line_is_shown_with_its_decorator(root: Path) -> None:
    found = read_source([str(root)], at(root / "shop" / "web.py"))
    assert found is not None
    assert found.text.startswith('@app.route("/")\ndef index')
    assert found.text.endswith("return 2")
    assert (found.line, found.changed) == (4, False)


def test_the_innermost_function_is_meant(root: Path) -> None:
    found = read_source([str(root)], at("shop/web.py", 13))
    assert found is not None
    assert found.text == "    def inner():\n        return 3"


def test_a_file_younger_than_the_last_call_has_changed(root: Path) -> None:
    found = read_source([str(root)], at("shop/web.py", last_ns=1))
    assert found is not None and found.changed


def test_a_second_root_is_looked_into(root: Path, tmp_path: Path) -> None:
    assert read_source([str(tmp_path / "missing"), str(root)], at("shop/web.py")) is not None


@pytest.mark.parametrize(
    "file",
    [
        "../secret.py", "shop/../../secret.py", "/etc/passwd", "/etc/hostname.py", "shop", "shop/nothing.py",
        "shop/web.py\0.txt", "x" * 5000 + ".py", ".", "..", "~/web.py", "file:///shop/web.py", "",
    ],
)  # fmt: skip
def test_paths_that_lead_elsewhere_or_nowhere_show_nothing(root: Path, file: str) -> None:
    assert read_source([str(root)], at(file, 1)) is None


def test_a_file_outside_is_refused_by_its_absolute_path_too(root: Path, tmp_path: Path) -> None:
    assert read_source([str(root)], at(tmp_path / "secret.py", 1)) is None


def test_a_link_out_of_the_root_is_refused(root: Path, tmp_path: Path) -> None:
    (root / "link.py").symlink_to(tmp_path / "secret.py")
    (root / "folder").symlink_to(tmp_path)
    assert read_source([str(root)], at("link.py", 1)) is None
    assert read_source([str(root)], at("folder/secret.py", 1)) is None


def test_a_link_inside_the_root_is_followed(root: Path) -> None:
    (root / "alias.py").symlink_to(root / "shop" / "web.py")
    assert read_source([str(root)], at("alias.py")) is not None


def test_a_root_that_is_a_link_is_the_folder_it_names(root: Path, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(root)
    assert read_source([str(tmp_path / "way")], at("shop/web.py")) is not None


@pytest.mark.parametrize("name", [".env.py", ".git/config.py", "keys.pem", "settings.env", "data.db", "web"])
def test_hidden_files_and_other_kinds_are_refused(root: Path, name: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("key = 1\n", encoding="utf-8")
    assert read_source([str(root)], at(name, 1)) is None


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(root: Path) -> None:
    os.mkfifo(root / "pipe.py")
    (root / "folder.py").mkdir()
    assert read_source([str(root)], at("pipe.py", 1)) is None
    assert read_source([str(root)], at("folder.py", 1)) is None


def test_a_very_large_file_is_refused(root: Path) -> None:
    (root / "large.py").write_bytes(b"#" * (MAX_BYTES + 1))
    assert read_source([str(root)], at("large.py", 1)) is None


def test_a_line_beyond_the_end_shows_nothing(root: Path) -> None:
    assert read_source([str(root)], at("shop/web.py", 999)) is None


def test_without_roots_nothing_is_ever_read(root: Path) -> None:
    assert read_source([], at(root / "shop" / "web.py")) is None


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00x = 1\n",
        b"# coding: latin-1\nx = '\xe9'\n",
        b"# coding: nonsense\nx = 1\n",
        b"\xef\xbb\xbfx = 1\n",
    ],
)
def test_odd_encodings_are_shown_as_well_as_they_can(root: Path, content: bytes) -> None:
    (root / "odd.py").write_bytes(content)
    found = read_source([str(root)], at("odd.py", 1))
    assert found is not None and "x" in found.text


def test_broken_and_foreign_source_is_shown_around_the_line(root: Path) -> None:
    (root / "broken.py").write_text("def f(:\n" + "x = 1\n" * 1000, encoding="utf-8")
    (root / "app.js").write_text("const x = 1\n" * 1000, encoding="utf-8")
    for name in ("broken.py", "app.js"):
        found = read_source([str(root)], at(name, 500))
        assert found is not None
        assert (found.line, len(found.text.split("\n"))) == (350, 301)


def with_attributes(**attributes: object) -> SpanIn:
    span = span_in(FunctionCall(NOW - 10**9, "GET /", "web", "flask"), 1)
    return span._replace(attributes={name.replace("_", "."): value for name, value in attributes.items()})


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"code_file_path": "a.py", "code_line_number": 7}, ("a.py", 7)),
        ({"code_filepath": "a.py", "code_lineno": 7}, ("a.py", 7)),
        ({"code_file_path": "a.py"}, None),
        ({"code_file_path": 3, "code_line_number": 7}, None),
        ({"code_file_path": "a.py", "code_line_number": 0}, None),
        ({"code_file_path": "a.py", "code_line_number": True}, None),
        ({}, None),
    ],
)
def test_the_place_is_what_the_newest_call_names(
    tmp_path: Path, attributes: dict[str, object], expected: tuple[str, int] | None
) -> None:
    settings = Settings()
    store = Store.open(tmp_path / "db", settings.store, settings.staleness, lambda: NOW)
    store.write([with_attributes(**attributes)])
    store.close()
    place = place_of(Reader.open(tmp_path / "db"), "web", "GET /", "flask", RANGE)
    assert (None if place is None else (place.file, place.line)) == expected


def test_a_function_that_nobody_called_has_no_place(tmp_path: Path) -> None:
    assert place_of(Reader.open(tmp_path), "web", "GET /", "flask", RANGE) is None
