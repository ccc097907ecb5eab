"""Log lines: one JSON object each, or text for people, and no secret in either."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

import logs


class Blackout:
    """Masks one word, as the real redactor masks secrets."""

    def text(self, text: str, /) -> str:
        return text.replace("hunter2", "***")

    def value(self, name: str, value: Any, /) -> Any:
        return "***" if name == "password" else value


@pytest.fixture(autouse=True)
def _handlers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level


def set_up(format: str, level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    logs.set_up(format, level, "collector", Blackout(), stream)
    return stream


def test_a_json_line_says_when_what_and_where() -> None:
    stream = set_up("json")
    logging.getLogger("data.store").warning("opened %s", "segment", extra={"rows": 3})
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warning",
        "process": "collector",
        "logger": "data.store",
        "message": "opened segment",
        "rows": 3,
    }


def test_a_json_line_is_one_line_whatever_it_carries() -> None:
    stream = set_up("json")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("x").exception("it\nbroke", extra={"what": object(), "level": "not overwritten"})
    assert stream.getvalue().count("\n") == 1
    line = json.loads(stream.getvalue())
    assert line["level"] == "error"
    assert line["exception"].endswith("ValueError: two\nlines")


@pytest.mark.parametrize("format", ["json", "text"])
def test_secrets_are_masked_in_message_fields_and_traceback(format: str) -> None:
    stream = set_up(format)
    try:
        raise ValueError("hunter2")
    except ValueError:
        logging.getLogger("x").exception("got %s", "hunter2", extra={"password": "open sesame"})
    text = stream.getvalue()
    assert "hunter2" not in text
    assert "open sesame" not in text
    assert text.count("***") >= 3


def test_a_text_line_reads_as_a_sentence() -> None:
    stream = set_up("text")
    logging.getLogger("x").info("stored", extra={"spans": 3})
    assert stream.getvalue().split("Z ", 1)[1] == "info collector stored spans=3\n"


def test_lines_below_the_level_are_left_out() -> None:
    stream = set_up("json", "warning")
    logging.getLogger("x").info("quiet")
    logging.getLogger("x").warning("loud")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_setting_up_twice_does_not_write_twice() -> None:
    set_up("json")
    stream = set_up("json")
    logging.getLogger("x").info("once")
    assert stream.getvalue().count("once") == 1
