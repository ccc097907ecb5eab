"""`judge` sets how one series is judged, in words that say which, and lists what is set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.control import Control
from data.series_rules import SeriesRule, rules
from tests.data.made import NOON_NS, Clock, ask_main, call, opened
from tests.support.command import app_py, command, refusal

SERIES = ("shop", "price", "amount")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with opened(tmp_path / "db", Clock(NOON_NS)) as store:
        store.write([call(NOON_NS + at, 5) for at in range(9)])
    return tmp_path


def set_in(folder: Path) -> tuple[SeriesRule, ...]:
    control = Control.open(folder / "db")
    try:
        return rules(control)
    finally:
        control.close()


def test_a_series_gets_its_own_threshold_time_and_tolerance(folder: Path) -> None:
    answer = app_py(
        folder, "judge", *SERIES, "--repeats", 20, "--min-seconds", 1.5, "--tolerance", 0.01, "--always"
    )
    said = "shop · price · amount (shop.orders): always judged, repeats 20, min-seconds 1.5, tolerance 0.01"
    assert answer.stdout.splitlines() == [said], answer.stderr
    assert command(folder, "judge").stdout.splitlines() == [said]
    (rule,) = set_in(folder)
    assert (rule.repeats, rule.min_seconds, rule.float_tolerance, rule.judged) == (20, 1.5, 0.01, "in")
    assert rule.changed_by == "local"

    assert ask_main(folder / "db", "SELECT stale FROM series") == [(1,)]  # nine equal values: more than 5
    with opened(folder / "db", Clock(NOON_NS)) as store:
        store.judge_by(set_in(folder))
        store.write([call(NOON_NS + 20, 5)])
    assert ask_main(folder / "db", "SELECT stale FROM series") == [(0,)]


def test_without_an_option_it_is_judged_like_any_other_again(folder: Path) -> None:
    command(folder, "judge", *SERIES, "--never")
    assert set_in(folder)[0].judged == "out"
    answer = command(folder, "judge", *SERIES)
    assert "judged by type and name" in answer.stdout
    assert set_in(folder)[0].judged == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("shop", "no_such", "amount", "--never"), "group 'shop' has no process 'no_such'"),
        ((*SERIES, "--scope", "elsewhere"), "'price' has no module 'elsewhere', but shop.orders"),
    ],
)
def test_a_series_that_is_not_there_is_told_in_one_line(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refusal(command(folder, "judge", *arguments))
    assert set_in(folder) == ()


def test_of_several_modules_one_must_be_named(folder: Path) -> None:
    with opened(folder / "db", Clock(NOON_NS)) as store:
        one = call(NOON_NS + 30, 5)
        store.write([one._replace(scope=replace(one.scope, name="shop.returns"))])
    assert "say --scope: shop.orders, shop.returns" in refusal(command(folder, "judge", *SERIES, "--never"))
    answer = command(folder, "judge", *SERIES, "--never", "--scope", "shop.returns")
    assert answer.stdout == "shop · price · amount (shop.returns): never judged\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("shop", "price"), "a series is named by"),
        ((*SERIES, "--repeats", "0"), "--repeats"),
        ((*SERIES, "--min-seconds", "-1"), "--min-seconds"),
        ((*SERIES, "--tolerance", "much"), "--tolerance"),
    ],
)
def test_bad_arguments_are_told_with_the_usage(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = command(folder, "judge", *arguments)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_without_a_store_nothing_is_made(tmp_path: Path) -> None:
    assert "there is no store in" in refusal(command(tmp_path, "judge"))
    assert not (tmp_path / "db").exists()
