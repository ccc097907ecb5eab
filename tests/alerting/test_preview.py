"""A preview is read once: any thresholds lived through it give what a replay of that rule gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerting.preview import preview
from alerting.replay import replay
from alerting.rule import Rule
from queries.base import Reader
from tests.support.page import NOW, SECOND
from tests.support.stored import Call, stored

HOUR_NS = 3600 * SECOND
STALE = Rule("stale", kind="stale", data="return", severity="critical")
SLOW = Rule("slow", metric="p50", window=60, warning=1.0)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    calls = [
        Call(NOW - at * 20 * SECOND, ms=300.0 if at % 40 < 9 else 20.0, value=1.0 if at % 50 < 30 else at / 7)
        for at in range(150, 0, -1)
    ]
    return Reader.open(stored(tmp_path_factory.mktemp("preview"), calls, NOW))


@pytest.mark.parametrize(
    "rule",
    [
        *[
            replace(STALE, repeats=repeats, min_seconds=least)
            for repeats in (5, 12, 40)
            for least in (0, 300)
        ],
        *[replace(SLOW, warning=warning, for_=wait) for warning in (10.0, 100.0, 500.0) for wait in (0, 120)],
    ],
)
def test_a_preview_lives_through_any_threshold_as_a_replay_does(reader: Reader, rule: Rule) -> None:
    read = preview(replace(rule, repeats=1, warning=None, for_=0), reader, NOW, HOUR_NS)
    assert read.replay(rule) == replay(rule, reader, read.moments_ns)


@pytest.mark.parametrize("moved", [5.0, 100.0, 500.0])
def test_thresholds_that_another_has_been_moved_past_do_not_count(reader: Reader, moved: float) -> None:
    """The slider moves the warning beyond the other two: what is shown follows the slider."""
    rule = replace(SLOW, warning=moved, critical=moved / 2, recovery=moved * 2)
    read = preview(rule, reader, NOW, HOUR_NS)
    assert read.replay(rule) == read.replay(replace(SLOW, warning=moved))
    kept = replace(SLOW, warning=moved, critical=moved * 2, recovery=moved / 2)
    assert read.replay(kept) == replay(kept, reader, read.moments_ns)


def test_there_is_something_to_compare(reader: Reader) -> None:
    assert preview(STALE, reader, NOW, HOUR_NS).replay(replace(STALE, repeats=12)).episodes
