"""Which Host and Origin may pass."""

from __future__ import annotations

import pytest

from collector.doors import Door

DOOR = Door(["Build-Box.example", "[fd00::7]"])


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:4318",
        "127.0.0.1:4318",
        "[::1]:4318",
        "[::1]",
        "build-box.example:4318",
        "[fd00::7]:4318",
    ],
)
def test_own_names_pass_in_any_case_and_with_any_port(host: str) -> None:
    assert DOOR.refusal("POST", host, None) == ""


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0", "[::1", "@", "//"],
)
def test_other_hosts_are_refused_for_every_method(host: str) -> None:
    assert "Host" in DOOR.refusal("GET", host, None)
    assert "Host" in DOOR.refusal("POST", host, None)


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8050"])
def test_a_page_of_this_machine_may_send(origin: str) -> None:
    assert DOOR.refusal("POST", "localhost", origin) == ""


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "localhost", "http://[::1"])
def test_a_foreign_page_may_look_but_not_send(origin: str) -> None:
    assert "Origin" in DOOR.refusal("POST", "localhost", origin)
    assert DOOR.refusal("GET", "localhost", origin) == ""
