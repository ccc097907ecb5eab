"""A threshold is learned from the hours of a rule's own past, and a replay says what it would have done."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from alerting.learned import OFTEN, NoSuggestion, Suggestion, rounded, suggested
from alerting.preview import preview
from alerting.rule import Rule
from dashboard.components import alert_suggested
from queries.base import Reader
from tests.support.functions import FunctionCall, write
from tests.support.page import NOW, text

NS, HOUR, MONTH_NS = 10**9, 3_600, 30 * 86_400 * 10**9
PRICE = 'process:="price_order" group:="pricing"'


def past(days: int, seed: int = 3) -> list[FunctionCall]:
    """A call every five minutes, 15 to 25 ms, with one slow hour and one hour of errors three days ago."""
    rng = random.Random(seed)
    found = []
    for ago in range(0, days * 86_400, 300):
        bad = 3 * 86_400 <= ago < 3 * 86_400 + 2 * HOUR
        ms, amount = rng.uniform(300, 400) if bad else rng.uniform(15, 25), rng.uniform(90, 110)
        found.append(
            FunctionCall(
                NOW - ago * NS - round(ms * 1e6), ms=ms, exception="E" if bad else "",
                memory=rng.randrange(1_000_000, 2_000_000),
                values=(("return", "return", "float", 500.0 if bad else amount),),
            )
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    calls = past(8) + [replace(one, name="young", group="new") for one in past(1)[:150]]
    return Reader.open(write(tmp_path_factory.mktemp("learned") / "db", calls, NOW))


def learn(reader: Reader, rule: Rule) -> Suggestion | NoSuggestion:
    return suggested(rule, reader, NOW, lambda one: preview(one, reader, NOW, MONTH_NS))


def found(reader: Reader, **changes: object) -> Suggestion:
    base = Rule("r", filter=PRICE, window=900)
    one = learn(reader, replace(base, **changes))  # type: ignore[arg-type]
    assert isinstance(one, Suggestion), one
    return one


@pytest.mark.parametrize(
    ("changes", "low", "high"),
    [
        ({"metric": "p95"}, 25, 450),
        ({"metric": "p50"}, 20, 450),
        ({"metric": "error rate"}, 1, 100),
        ({"metric": "memory"}, 1.9, 2.6),
        ({"metric": "value", "data": "return"}, 105, 600),
        ({"metric": "value", "data": "return", "statistic": "mean"}, 100, 600),
    ],
)
def test_it_lies_beyond_what_is_usual_and_fires_seldom(
    reader: Reader, changes: dict[str, object], low: float, high: float
) -> None:
    one = found(reader, **changes)
    assert (one.field, one.days) == ("warning", 8)
    assert low < one.value <= high
    assert one.fired is not None
    assert one.fired <= OFTEN
    replayed = preview(one.rule, reader, NOW, MONTH_NS).replay(one.rule)
    assert len(replayed.episodes) == one.fired  # what it says is what a replay of that very rule says


def test_below_lies_below(reader: Reader) -> None:
    low = found(reader, metric="value", data="return", operator="below")
    assert low.value < 95
    traffic = found(reader, metric="traffic", operator="below", window=3600)
    assert 0 < traffic.value < 12 / 3600


def test_a_value_that_always_changes_gets_the_least_repeats(reader: Reader) -> None:
    one = found(reader, kind="stale", data="return")
    assert (one.field, one.value) == ("repeats", pytest.approx(20, abs=18))
    assert alert_suggested.limit(one).startswith("more than ")


def test_too_little_history_says_so(reader: Reader) -> None:
    one = learn(reader, Rule("r", filter='process:="young"'))
    assert isinstance(one, NoSuggestion)
    assert one.why == "13 of 24 hours with calls, 149 of 200 calls known"
    assert "No suggestion yet" in text(alert_suggested.line(one))


@pytest.mark.parametrize(
    "changes",
    [{"filter": ""}, {"filter": "status:error"}, {"filter": "process:"}, {"group_by": "process"},
     {"kind": "no calls"}, {"metric": "count"}, {"metric": "value"}],
)  # fmt: skip
def test_nothing_is_said_where_nobody_would_expect_it(reader: Reader, changes: dict[str, object]) -> None:
    one = learn(reader, replace(Rule("r", filter=PRICE), **changes))  # type: ignore[arg-type]
    assert one == NoSuggestion()
    assert alert_suggested.line(one) is None


def test_an_unknown_value_and_an_empty_store(reader: Reader, tmp_path: Path) -> None:
    nobody = learn(reader, Rule("r", filter=PRICE, metric="value", data="nobody"))
    assert isinstance(nobody, NoSuggestion)
    empty = learn(Reader.open(tmp_path), Rule("r", filter=PRICE))
    assert empty == NoSuggestion("0 of 24 hours with calls, 0 of 200 calls known")


@pytest.mark.parametrize(
    ("fired", "days", "words"),
    [(0, 30, "would never have fired in 30 days"), (1, 8, "would have fired once in 8 days"),
     (2, 30, "would have fired twice in 30 days"), (3, 1, "would have fired 3 times in the last day")],
)  # fmt: skip
def test_the_line_reads_as_a_sentence_with_a_button(fired: int, days: int, words: str) -> None:
    rule = Rule("r", filter=PRICE, warning=412.0)
    line = alert_suggested.line(Suggestion(rule, "warning", 412.0, 700, fired, days, 1800 * NS))
    assert text(line) == f"Suggested: p95 above 412 ms · {words}Use"


@pytest.mark.parametrize(
    ("value", "up", "shown"),
    [
        (411.2, True, 420.0),
        (411.2, False, 410.0),
        (0.0123, True, 0.013),
        (0.0, True, 0.0),
        (-3.21, True, -3.2),
    ],
)
def test_numbers_are_rounded_away_from_what_is_usual(value: float, up: bool, shown: float) -> None:
    assert rounded(value, up=up) == shown


def test_a_noisy_past_moves_the_threshold_out(tmp_path: Path) -> None:
    rng = random.Random(1)
    calls: Sequence[FunctionCall] = [
        FunctionCall(NOW - ago * NS - 10**9, ms=rng.choice([20] * 30 + [200, 260, 330]))
        for ago in range(0, 6 * 86_400, 240)
    ]
    noisy = Reader.open(write(tmp_path / "db", calls, NOW))
    one = found(noisy, metric="p99")
    assert one.fired is not None
    assert one.fired <= OFTEN
    assert one.value > 300
