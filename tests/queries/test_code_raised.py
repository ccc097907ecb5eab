from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from queries.base import Reader, TimeRange
from queries.code_raised import TRACEBACK, Lines, innermost, raised_lines
from tests.support.functions import FunctionCall, traceback_event, write

NOW = 1_795_269_755_000_000_000
RANGE = TimeRange(NOW - 3_600 * 10**9, NOW)
LINES = Lines("shop/core.py", 10, 20)
PRICE = ("pricing", "price_order", "shop.core")
Frame = tuple[str, int, str]


def failed(seconds: int, exception: str, *frames: Frame, version: str = "v1") -> FunctionCall:
    call = FunctionCall(NOW - seconds * 10**9, exception=exception, message=f"at {seconds}", version=version)
    return replace(call, events=(traceback_event(call, *frames),))


def test_lines_are_counted_by_exception_with_the_newest_call(tmp_path: Path) -> None:
    own = ("shop/core.py", 15, "price_order")
    deeper = ("shop/tax.py", 3, "tax_for")
    calls = [
        failed(30, "shop.PriceMissing", ("shop/api.py", 2, "quote"), own),
        failed(20, "shop.PriceMissing", own),
        failed(10, "TypeError", ("shop/core.py", 12, "price_order"), deeper),
        failed(5, "OSError", own, version="v0"),
    ]
    reader = Reader.open(write(tmp_path / "db", calls, NOW))
    found = raised_lines(reader, *PRICE, RANGE, "v1", LINES)
    assert [(one.line, one.exception, one.calls, one.message) for one in found] == [
        (12, "TypeError", 1, "at 10"), (15, "PriceMissing", 2, "at 20"),
    ]  # fmt: skip
    assert found[1].span_id == f"{2:016x}"


def test_a_call_without_a_traceback_marks_no_line(tmp_path: Path) -> None:
    bare = FunctionCall(NOW - 10**9, exception="KeyError", version="v1")
    outside = failed(2, "KeyError", ("lib/other.py", 15, "other"))
    reader = Reader.open(write(tmp_path / "db", [bare, outside], NOW))
    assert raised_lines(reader, *PRICE, RANGE, "v1", LINES) == ()


def test_an_unknown_version_or_function_has_no_lines(tmp_path: Path) -> None:
    reader = Reader.open(write(tmp_path / "db", [failed(1, "KeyError")], NOW))
    assert raised_lines(reader, *PRICE, RANGE, "v9", LINES) == ()
    assert raised_lines(reader, "no", "such", "one", RANGE, "v1", LINES) == ()


def test_the_exception_that_was_raised_last_is_the_one_meant() -> None:
    first = f'{TRACEBACK}\n  File "shop/core.py", line 11, in f\nKeyError: 1\n'
    between = "\nDuring handling of the above exception, another exception occurred:\n\n"
    last = f'{TRACEBACK}\n  File "shop/core.py", line 14, in f\nValueError: 2\n'
    assert innermost(first + between + last, LINES) == 14


def test_frames_of_another_file_or_outside_the_function_are_not_its_lines() -> None:
    assert innermost('  File "shop/core.py", line 30, in g\n', LINES) is None
    assert innermost('  File "x/shop/core.py", line 12, in g\n', LINES) is None
    assert innermost("no traceback at all", LINES) is None
    assert innermost("", LINES) is None
