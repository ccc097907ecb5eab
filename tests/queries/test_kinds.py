"""Errors by kind: one process, one exception, messages that say the same thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from queries import kinds
from queries.base import Reader
from queries.kinds import ErrorKind, error_kinds, fingerprint
from queries.limits import TimeRange
from tests.support.stored import Call, stored

NOW = 1_795_269_755_900_123_456
MINUTE = 60 * 10**9
HOUR = TimeRange(NOW - 60 * MINUTE, NOW)


def found(
    tmp_path: Path, calls: list[Call], range: TimeRange = HOUR, limit: int = 25
) -> tuple[ErrorKind, ...]:
    reader = Reader.open(stored(tmp_path, calls, NOW))
    try:
        return error_kinds(reader, range, limit).kinds
    finally:
        reader.close()


def failed(minutes_ago: float, message: str = "no", exception: str = "Boom", process: str = "charge") -> Call:
    return Call(NOW - round(minutes_ago * MINUTE), process, exception=exception, message=message)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no unit price for sku A-2291", "no unit price for sku A-1043"),
        ("order 17 has 3 items", "order 18 has 12 items"),
        ("KeyError: 'tax_code'", "KeyError: 'vat'"),
        ('unknown column "a"', 'unknown column "b c"'),
        ("object at 0x7f86ab", "object at 0x11"),
        ("trace 8f21c00000000000d34e lost", "trace 00000000000000000000ffff lost"),
        ("no answer after 3.0 s", "no answer after 4.12 s"),
    ],
)
def test_messages_that_differ_only_in_what_varies_are_one_kind(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), [("card declined", "card expired"), ("", "no answer")])
def test_messages_that_say_different_things_are_two(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_the_most_frequent_kind_stands_first_with_its_times(tmp_path: Path) -> None:
    calls = [failed(at, f"order {at} is gone") for at in (50, 20, 5)] + [failed(1, exception="Other")]
    first, second = found(tmp_path, calls)
    assert (first.exception, first.count, first.message) == ("Boom", 3, "order 5 is gone")
    assert (NOW - first.first_ns) // MINUTE == 50
    assert (NOW - first.last_ns) // MINUTE == 5
    assert (second.exception, second.count) == ("Other", 1)


def test_the_newest_error_of_a_kind_can_be_opened(tmp_path: Path) -> None:
    (kind,) = found(tmp_path, [failed(9), failed(3)])
    assert kind.span_id == "0000000000000002"
    assert kind.trace_id == "00000000000000010000000000000002"


def test_processes_do_not_mix(tmp_path: Path) -> None:
    assert len(found(tmp_path, [failed(3, process="a"), failed(4, process="b")])) == 2


def test_the_series_counts_in_equal_steps(tmp_path: Path) -> None:
    (kind,) = found(tmp_path, [failed(59.9), failed(59.8), failed(29.9), failed(0.001)])
    assert sum(kind.series) == 4
    assert (kind.series[0], kind.series[8], kind.series[-1]) == (2, 1, 1)


def test_only_a_kind_never_seen_before_the_range_is_new(tmp_path: Path) -> None:
    calls = [failed(180, exception="Old"), failed(5, exception="Old"), failed(5, exception="New")]
    assert {kind.exception: kind.is_new for kind in found(tmp_path, calls)} == {"Old": False, "New": True}


def test_the_same_exception_elsewhere_makes_no_kind_old(tmp_path: Path) -> None:
    calls = [failed(180, process="other"), failed(5)]
    assert [kind.is_new for kind in found(tmp_path, calls)] == [True]


def test_beyond_the_limit_only_types_are_told(tmp_path: Path) -> None:
    calls = [failed(5, exception=f"E{at % 3}x") for at in range(5)] + [Call(NOW - MINUTE, failed=True)]
    reader = Reader.open(stored(tmp_path, calls, NOW))
    seen = error_kinds(reader, HOUR, limit=2)
    reader.close()
    assert [kind.exception for kind in seen.kinds] == ["E1x", "E0x"]
    assert dict(seen.types) == {"E0x": 2, "E1x": 2, "E2x": 1, "": 1}
    assert seen.types[0][1] == 2


def test_errors_outside_the_range_and_of_flowglass_itself_do_not_count(tmp_path: Path) -> None:
    calls = [failed(90), Call(NOW - MINUTE, "poll", "flowglass", exception="Boom"), Call(NOW - MINUTE)]
    assert found(tmp_path, calls) == ()


def test_an_error_without_exception_is_a_kind_too(tmp_path: Path) -> None:
    (kind,) = found(tmp_path, [Call(NOW - MINUTE, failed=True)])
    assert (kind.exception, kind.message, kind.count) == ("", "", 1)


def test_more_errors_than_may_be_looked_at_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "MAX_ROWS", 3)
    reader = Reader.open(stored(tmp_path, [failed(at) for at in range(1, 9)], NOW))
    seen = error_kinds(reader, HOUR)
    reader.close()
    assert (seen.errors, seen.partial) == (3, True)
    assert (NOW - seen.kinds[0].first_ns) // MINUTE == 3


def test_no_store_has_no_kinds(tmp_path: Path) -> None:
    reader = Reader.open(tmp_path)
    assert error_kinds(reader, HOUR).kinds == ()
    reader.close()
