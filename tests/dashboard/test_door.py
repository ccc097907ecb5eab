"""Who may come in, and who is refused with 403."""

from __future__ import annotations

import pytest
from flask import Flask

from dashboard import door


@pytest.fixture
def server() -> Flask:
    server = Flask("door")
    door.install(server, ["flow.example"])
    server.add_url_rule("/", view_func=lambda: "in", methods=["GET", "POST"])
    return server


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8050",
        "LOCALHOST:8050",
        "127.0.0.1:8050",
        "[::1]:8050",
        "flow.example",
        "localhost.",
    ],
)
def test_known_names_are_served(server: Flask, host: str) -> None:
    assert server.test_client().get("/", headers={"Host": host}).text == "in"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8050",
        "127.0.0.1.evil.example",
        "[::2]",
        "localhost@evil.example",
        "[::1",
        "a b",
    ],
)
def test_other_names_are_refused(server: Flask, host: str) -> None:
    answer = server.test_client().get("/", headers={"Host": host})
    assert answer.status_code == 403
    assert "allowed_hosts" in answer.text  # the refusal says what to do


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://localhost:9999",
        "http://localhost:8050.evil",
        "http://[",
        "",
    ],
)
def test_what_changes_something_must_come_from_this_page(server: Flask, origin: str) -> None:
    answer = server.test_client().post("/", headers={"Host": "localhost:8050", "Origin": origin})
    assert answer.status_code == 403


def test_this_page_may_post(server: Flask) -> None:
    headers = {"Host": "localhost:8050", "Origin": "http://localhost:8050"}
    assert server.test_client().post("/", headers=headers).text == "in"


def test_a_program_without_origin_may_post(server: Flask) -> None:
    assert server.test_client().post("/", headers={"Host": "localhost:8050"}).text == "in"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("flow.example", "https://flow.example"),
        ("flow.example", "http://flow.example:80"),
        ("flow.example:443", "https://flow.example"),
    ],
)
def test_default_ports_may_be_left_out(server: Flask, host: str, origin: str) -> None:
    assert server.test_client().post("/", headers={"Host": host, "Origin": origin}).text == "in"


def test_a_plain_read_from_elsewhere_is_only_a_link(server: Flask) -> None:
    headers = {"Host": "localhost", "Origin": "http://elsewhere.example"}
    assert server.test_client().get("/", headers=headers).text == "in"


def test_an_upgrade_from_elsewhere_is_refused(server: Flask) -> None:
    headers = {"Host": "localhost", "Origin": "http://elsewhere.example", "Connection": "keep-alive, Upgrade"}
    assert server.test_client().get("/", headers=headers).status_code == 403
