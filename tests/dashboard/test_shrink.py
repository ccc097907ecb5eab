"""Compressed responses."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import pytest
from flask import Flask

from dashboard import shrink

TEXT = "flow " * 1000
OPEN = {"br": brotli.decompress, "gzip": gzip.decompress}


@pytest.fixture
def server(tmp_path: Path) -> Flask:
    (tmp_path / "long.css").write_text(TEXT)
    (tmp_path / "short.css").write_text("a{}")
    (tmp_path / "font.woff2").write_bytes(b"x" * 9000)
    server = Flask("shrink", static_folder=str(tmp_path), static_url_path="/assets")
    server.add_url_rule("/made", view_func=lambda: {"text": TEXT})
    shrink.install(server)
    return server


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_a_file_is_compressed_and_whole(server: Flask, coding: str) -> None:
    for _ in range(2):  # made, then kept
        answer = server.test_client().get(
            "/assets/long.css", headers={"Accept-Encoding": coding}, buffered=True
        )
        assert answer.headers["Content-Encoding"] == coding
        assert int(answer.headers["Content-Length"]) == len(answer.data) < 200
        assert OPEN[coding](answer.data).decode() == TEXT
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_file_that_has_changed_is_compressed_again(server: Flask, tmp_path: Path) -> None:
    client, headers = server.test_client(), {"Accept-Encoding": "gzip"}
    client.get("/assets/long.css", headers=headers, buffered=True)
    (tmp_path / "long.css").write_text("other " * 2000)
    answer = client.get("/assets/long.css", headers=headers, buffered=True)
    assert gzip.decompress(answer.data).decode().startswith("other")


@pytest.mark.parametrize(
    ("path", "accepts"),
    [
        ("/assets/short.css", "gzip"),
        ("/assets/font.woff2", "gzip"),
        ("/assets/long.css", ""),
        ("/assets/long.css", "identity"),
        ("/assets/long.css", "gzip;q=0"),
    ],
)
def test_what_would_not_gain_goes_out_as_it_is(server: Flask, path: str, accepts: str) -> None:
    answer = server.test_client().get(path, headers={"Accept-Encoding": accepts}, buffered=True)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("coding", ["zstd", "br", "gzip"])
def test_what_is_made_is_compressed_too(server: Flask, coding: str) -> None:
    answer = server.test_client().get("/made", headers={"Accept-Encoding": coding})
    assert answer.headers["Content-Encoding"] == coding
    assert len(answer.data) < 200


def test_the_first_visitor_finds_the_files_of_the_page_compressed(
    server: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add_url_rule("/", "page", lambda: '<link rel="stylesheet" href="/assets/long.css?m=1">')
    shrink.ahead(server)
    monkeypatch.setitem(shrink.CODINGS, "br", lambda data: pytest.fail("compressed for the visitor"))
    answer = server.test_client().get("/assets/long.css?m=1", headers={"Accept-Encoding": "br"})
    assert brotli.decompress(answer.data).decode() == TEXT


def test_no_more_is_kept_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrink, "KEPT", 10)
    kept, read = shrink.Kept(), []

    def data() -> bytes:
        read.append(1)
        return TEXT.encode()

    assert kept.get("a", "1", "gzip", data) == kept.get("a", "1", "gzip", data)
    assert len(read) == 2
