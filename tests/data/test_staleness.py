"""Runs of equal values, compared with the slow and plain way of counting them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.records import SpanIn
from flowglass.redact import MASK
from tests.data.made import NOON_NS, SECOND_NS, ask_main, call, opened, seen, span

NAN = float("nan")
LATE_NS = 10 * SECOND_NS


@dataclass
class Plain:
    """One series the plain way: all values in order of start, counted from the end."""

    seen: list[tuple[int, Any]] = field(default_factory=list)
    calls: int = 0
    tolerance: float = 0.0

    def take(self, start_ns: int, value: Any) -> None:
        self.calls += 1
        if self.seen and start_ns < self.seen[-1][0] - LATE_NS:
            return
        at = len(self.seen)
        while at and self.seen[at - 1][0] > start_ns:
            at -= 1
        self.seen.insert(at, (start_ns, value))

    def run(self) -> tuple[int, int]:
        """Length and start of the run at the end."""
        last = self.seen[-1][1]
        length = 0
        for _, value in reversed(self.seen):
            if value != last:
                break
            length += 1
        return length, self.seen[-length][0]


def series(folder: Path, name: str = "amount") -> tuple[Any, ...]:
    """run, run_start_ns, last_ns, calls, exempt, stale of a series."""
    (row,) = ask_main(
        folder,
        "SELECT run, run_start_ns, last_ns, calls, exempt, stale FROM series "
        "JOIN data_name ON data_name.id = data_name_id WHERE data_name.name = ?",
        name,
    )
    return row


def is_stale(folder: Path, name: str = "amount") -> bool:
    return bool(series(folder, name)[5])


EVENTS = st.lists(
    st.lists(st.tuples(st.integers(0, 25), st.sampled_from([1, 2, "x"]), st.sampled_from("ab")), max_size=8),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=EVENTS)
def test_any_order_of_arrival_gives_the_run_that_plain_counting_gives(
    batches: list[list[tuple[int, Any, str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("store")
    plain: dict[str, Plain] = {}
    with opened(folder) as store:
        for batch in batches:
            store.write([call(NOON_NS + at * SECOND_NS, value, name) for at, value, name in batch])
            for at, value, name in sorted(batch, key=lambda one: one[0]):
                plain.setdefault(name, Plain()).take(NOON_NS + at * SECOND_NS, value)
    for name, one in plain.items():
        run, began = one.run()
        assert series(folder, name) == (run, began, one.seen[-1][0], one.calls, 0, int(run > 5))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=EVENTS)
def test_going_one_by_one_gives_the_same(
    batches: list[list[tuple[int, Any, str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A tolerance sends numbers the slow way; one this small changes no answer."""
    answers = []
    for tolerance in (0.0, 1e-9):
        folder = tmp_path_factory.mktemp("store")
        with opened(folder, staleness={"float_tolerance": tolerance}) as store:
            for batch in batches:
                store.write([call(NOON_NS + at * SECOND_NS, value, name) for at, value, name in batch])
        answers.append(
            ask_main(
                folder,
                "SELECT run, run_start_ns, last_ns, calls, stale, value FROM series ORDER BY 1, 2, 3, 4, 5",
            )
        )
    assert answers[0] == answers[1]


def write_values(
    folder: Path, values: list[Any], staleness: dict[str, Any] | None = None, **changes: Any
) -> None:
    """One call per second, all in one batch."""
    with opened(folder, staleness=staleness) as store:
        store.write([call(NOON_NS + at * SECOND_NS, value, **changes) for at, value in enumerate(values)])


def test_the_sixth_equal_value_is_stale_and_the_fifth_is_not(tmp_path: Path) -> None:
    write_values(tmp_path / "five", [7] * 5)
    write_values(tmp_path / "six", [7] * 6)
    assert not is_stale(tmp_path / "five")
    assert is_stale(tmp_path / "six")


def test_a_change_clears_the_flag(tmp_path: Path) -> None:
    write_values(tmp_path, [7] * 9 + [8])
    assert series(tmp_path)[:2] == (1, NOON_NS + 9 * SECOND_NS)
    assert not is_stale(tmp_path)


def test_the_run_goes_on_over_batches_and_restarts(tmp_path: Path) -> None:
    for at in range(6):
        with opened(tmp_path) as store:
            store.write([call(NOON_NS + at * SECOND_NS, "same")])
    assert series(tmp_path)[:2] == (6, NOON_NS)
    assert is_stale(tmp_path)


def test_a_late_different_value_within_ten_seconds_corrects_the_flag(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([call(NOON_NS + at * SECOND_NS, 7) for at in range(8)])
        store.flush()
        assert is_stale(tmp_path)
        store.write([call(NOON_NS + 3 * SECOND_NS + 1, 9)])
    assert series(tmp_path)[:2] == (4, NOON_NS + 4 * SECOND_NS)
    assert not is_stale(tmp_path)


def test_an_older_straggler_counts_in_totals_but_not_in_the_run(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([call(NOON_NS + at * 4 * SECOND_NS, 7) for at in range(8)])
        store.write([call(NOON_NS + 5 * SECOND_NS, 9)])
    run, _, _, calls, _, stale = series(tmp_path)
    assert (run, calls, stale) == (8, 9, 1)


def test_a_late_different_value_after_a_restart_never_leaves_a_wrong_flag(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([call(NOON_NS + at * SECOND_NS, 7) for at in range(8)])
    with opened(tmp_path) as store:
        store.write([call(NOON_NS + 5 * SECOND_NS + 1, 9)])
    assert not is_stale(tmp_path)
    assert series(tmp_path)[0] <= 2


@pytest.mark.parametrize(
    "value", [NAN, float("inf"), "x" * 100_000, "", 0, 2**60 + 1, [1, 2], {"a": 1}, b"\x00"]
)
def test_any_repeated_value_is_stale(value: Any, tmp_path: Path) -> None:
    write_values(tmp_path, [value] * 6)
    assert is_stale(tmp_path)


@pytest.mark.parametrize(
    "values",
    [
        [0.0, -0.0] * 3,  # the same number
        [1, 1.0] * 3,
        [NAN, -NAN] * 3,
    ],
)
def test_equal_numbers_of_different_looks_are_the_same(values: list[Any], tmp_path: Path) -> None:
    write_values(tmp_path, values)
    assert is_stale(tmp_path)


@pytest.mark.parametrize(
    "pair", [("x" * 99_999 + "a", "x" * 99_999 + "b"), (2**60, 2**60 + 1), ("1", 1), (-1, -2)]
)
def test_values_that_only_look_alike_are_not(pair: tuple[Any, Any], tmp_path: Path) -> None:
    write_values(tmp_path, [*pair] * 4)
    assert series(tmp_path)[0] == 1


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (True, "bool"),
        (None, "NoneType"),
        ("None", "NoneType"),
        ("Color.RED", "Color"),
        ("<Color.RED: 1>", "Color"),
    ],
)
def test_booleans_none_and_members_of_enums_are_exempt(value: Any, type_: str, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write(
            [span(NOON_NS + at, observations=(seen("amount", value, type_),), primary=0) for at in range(9)]
        )
    assert series(tmp_path)[4:] == (1, 0)


def test_a_masked_value_is_exempt_because_every_secret_looks_the_same(tmp_path: Path) -> None:
    write_values(tmp_path, [MASK] * 9)
    assert series(tmp_path)[4:] == (1, 0)


def test_a_text_that_happens_to_have_a_dot_is_not_exempt(tmp_path: Path) -> None:
    write_values(tmp_path, ["shop.example"] * 6)
    assert is_stale(tmp_path)


def test_a_series_that_turns_from_none_to_a_value_is_judged(tmp_path: Path) -> None:
    write_values(tmp_path, [None] * 9 + [4] * 6)
    assert series(tmp_path)[4:] == (0, 1)


@pytest.mark.parametrize(
    ("name", "constants", "stale"),
    [
        ("MAX_ITEMS", ["UPPER_CASE"], False),
        ("max_items", ["UPPER_CASE"], True),
        ("rate_limit", ["rate_*"], False),
        ("MAX_ITEMS", [], True),
    ],
)
def test_names_on_the_list_of_constants_are_exempt(
    name: str, constants: list[str], stale: bool, tmp_path: Path
) -> None:
    write_values(tmp_path, [4] * 9, {"constants": constants}, name=name)
    assert is_stale(tmp_path, name) == stale


def test_near_numbers_are_the_same_but_a_slow_drift_is_not(tmp_path: Path) -> None:
    write_values(tmp_path / "near", [1.0, 1.04, 0.96, 1.01, 0.99, 1.0], {"float_tolerance": 0.05})
    assert is_stale(tmp_path / "near")
    write_values(tmp_path / "drift", [1.0 + at * 0.04 for at in range(12)], {"float_tolerance": 0.05})
    assert series(tmp_path / "drift")[0] <= 2


def test_a_run_must_last_as_long_as_was_asked(tmp_path: Path) -> None:
    write_values(tmp_path / "short", [7] * 9, {"min_seconds": 60.0})
    assert not is_stale(tmp_path / "short")
    write_values(tmp_path / "long", [7] * 62, {"min_seconds": 60.0})
    assert is_stale(tmp_path / "long")


def test_the_threshold_can_be_set(tmp_path: Path) -> None:
    write_values(tmp_path, [7] * 3, {"repeats": 2})
    assert is_stale(tmp_path)


def test_observations_beside_the_primary_are_judged_and_attributes_are_not(tmp_path: Path) -> None:
    def one(at: int) -> SpanIn:
        observations = (seen("stuck", "same"), seen("return", at, source="return"))
        return span(NOON_NS + at, observations=observations, primary=1, attributes={"http.route": "/pay"})

    with opened(tmp_path) as store:
        store.write([one(at) for at in range(6)])
    assert is_stale(tmp_path, "stuck")
    assert not is_stale(tmp_path, "return")
    assert ask_main(tmp_path, "SELECT count(*) FROM series") == [(2,)]


def test_of_two_observations_with_one_name_in_a_span_the_first_counts(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        for at in range(6):
            both = (seen("x", 1), seen("x", at, source="local"))
            store.write([span(NOON_NS + at, observations=both, primary=0)])
    run, _, _, calls, _, stale = series(tmp_path, "x")
    assert (run, calls, stale) == (6, 6, 1)


def test_many_series_make_room_for_themselves(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        for _ in range(6):
            store.write([call(NOON_NS + at, 7, f"name{at}") for at in range(2_000)])
    assert ask_main(tmp_path, "SELECT count(*), sum(stale) FROM series") == [(2_000, 2_000)]
