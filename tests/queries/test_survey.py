"""Counts over a filter's spans: exact when they are few, fair when they are many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest

from config import Settings
from data.records import SpanIn
from data.seed import reference_spans
from data.store import Store
from queries import filters, survey_scan
from queries.base import Reader, TimeRange
from queries.survey import FACETS, bin_edges_ns, survey
from tests.support import shop

NOW = 1_795_269_755_900_000_000
HOUR = 3600 * 10**9
DAY = TimeRange(NOW - 24 * HOUR, NOW)
HOURS = TimeRange(NOW - 6 * HOUR, NOW)


@pytest.fixture(scope="module")
def spans() -> list[SpanIn]:
    return list(islice(reference_spans(30_000, 3, NOW, days=1), 30_000))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, spans: list[SpanIn]) -> Iterator[Reader]:
    directory = tmp_path_factory.mktemp("store")
    settings = Settings()
    store = Store.open(directory, settings.store, settings.staleness, lambda: NOW)
    for at in range(0, len(spans), 5000):
        store.write(spans[at : at + 5000])
    store.close()
    found = Reader.open(directory)
    yield found
    found.close()


def within(spans: list[SpanIn], range: TimeRange) -> list[SpanIn]:
    low, high = range.start_ns // 1000, -(-range.end_ns // 1000)
    return [span for span in spans if low <= span.start_ns // 1000 < high]


def test_few_spans_are_all_counted(reader: Reader, spans: list[SpanIn]) -> None:
    wanted = [span for span in within(spans, HOURS) if span.status == 2]
    found = survey(reader, filters.parse("status:error"), HOURS)
    assert found.exact
    assert found.spans == len(wanted) == sum(step.errors for step in found.steps)
    assert all(step.ok == 0 for step in found.steps)
    groups = Counter(span.resource.group for span in wanted)
    assert {value.value: value.spans for value in found.facets["group"].values} == dict(groups)
    exceptions = Counter(span.exception_type for span in wanted if span.exception_type)
    assert {value.value: value.spans for value in found.facets["exception"].values} == dict(exceptions)


def test_facets_list_the_commonest_first_and_count_every_value(reader: Reader, spans: list[SpanIn]) -> None:
    found = survey(reader, filters.parse("group:=orders"), HOURS)
    names = Counter(span.name for span in within(spans, HOURS) if span.resource.group == "orders")
    facet = found.facets["process"]
    assert facet.distinct == len(names)
    assert [value.spans for value in facet.values] == sorted(names.values(), reverse=True)[:50]
    assert tuple(found.facets) == FACETS


def test_each_step_of_time_holds_its_own_spans(reader: Reader, spans: list[SpanIn]) -> None:
    found = survey(reader, filters.parse("status:error"), HOURS, steps=6)
    for at, step in enumerate(found.steps):
        part = TimeRange(HOURS.start_ns + at * HOUR, HOURS.start_ns + (at + 1) * HOUR)
        errors = sum(span.status == 2 and part.start_ns <= span.start_ns < part.end_ns for span in spans)
        assert (step.start_ns, step.errors) == (part.start_ns, errors)


def test_the_heatmap_counts_by_duration(reader: Reader, spans: list[SpanIn]) -> None:
    found = survey(reader, filters.parse("status:error"), HOURS)
    took = [span.end_ns - span.start_ns for span in within(spans, HOURS) if span.status == 2]
    edges = bin_edges_ns()
    for at, line in enumerate(found.heat):
        low = 0 if at == 0 else edges[at]
        high = edges[at + 1] if at + 1 < len(found.heat) else 10**18
        assert sum(line) == sum(low <= each < high for each in took)


def test_many_spans_are_estimated_and_say_so(
    reader: Reader, spans: list[SpanIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_scan, "FEW", 100)
    monkeypatch.setattr(survey_scan, "ROUND_ROWS", 3_000)
    monkeypatch.setattr(survey_scan, "SECONDS", 0.0)  # one round only
    found = survey(reader, filters.parse(""), DAY)
    assert not found.exact
    assert found.spans == pytest.approx(len(within(spans, DAY)), rel=0.2)
    most = Counter(span.resource.group for span in within(spans, DAY)).most_common(1)[0]
    assert found.facets["group"].values[0].value == most[0]
    assert found.facets["group"].values[0].spans == pytest.approx(most[1], rel=0.3)


def test_every_round_together_is_exact(
    reader: Reader, spans: list[SpanIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_scan, "FEW", 100)
    monkeypatch.setattr(survey_scan, "ROUND_ROWS", 5_000)
    monkeypatch.setattr(survey_scan, "SECONDS", 60.0)
    found = survey(reader, filters.parse("-process:load*"), DAY)
    assert found.exact
    assert found.spans == sum(not span.name.startswith("load") for span in within(spans, DAY))


def test_of_many_that_an_index_finds_a_fair_part_is_read(
    reader: Reader, spans: list[SpanIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_scan, "FEW", 500)
    monkeypatch.setattr(survey_scan, "LIST_SECONDS", 60.0)
    wanted = [span for span in within(spans, DAY) if span.name.startswith("load")]
    found = survey(reader, filters.parse("process:load*"), DAY, steps=6)
    assert not found.exact
    assert found.spans == pytest.approx(len(wanted), abs=len(wanted) / 500)
    for at, step in enumerate(found.steps):
        part = TimeRange(DAY.start_ns + at * 4 * HOUR, DAY.start_ns + (at + 1) * 4 * HOUR)
        assert step.ok + step.errors == pytest.approx(len(within(wanted, part)), rel=0.1)


def test_what_an_index_finds_too_much_of_is_looked_for_in_windows(
    reader: Reader, spans: list[SpanIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_scan, "MOST_LISTED", 100)
    found = survey(reader, filters.parse("process:load*"), DAY)
    assert found.spans == pytest.approx(
        sum(span.name.startswith("load") for span in within(spans, DAY)), rel=0.2
    )


@pytest.mark.parametrize("text", ["k", "t"])  # begins words of a third of all spans; and names of processes
def test_of_a_common_word_an_even_part_is_read(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    word = filters.parse(text)
    monkeypatch.setattr(survey_scan, "LIST_SECONDS", 60.0)
    whole = survey(reader, word, DAY, steps=6)
    assert whole.exact
    with reader.session() as session:
        assert len(session.segments) > 1
    monkeypatch.setattr(survey_scan, "LIST_SECONDS", 0.0)  # too slow after the first segment
    monkeypatch.setattr(survey_scan, "SAMPLED", 2_000)
    found = survey(reader, word, DAY, steps=6)
    assert not found.exact
    assert found.spans == pytest.approx(whole.spans, rel=0.1)
    for step, exact in zip(found.steps, whole.steps, strict=True):
        assert step.ok + step.errors == pytest.approx(exact.ok + exact.errors, rel=0.25)


@pytest.mark.parametrize("rounds", [1, 2, 3, 7, 16, 33])
def test_rounds_go_through_every_window_once_and_evenly(rounds: int) -> None:
    order = survey_scan._spread(rounds)
    assert sorted(order) == list(range(rounds))
    windows = [w for one in order for w in survey_scan._windows((1000, 9_999_999), 5, rounds, one)]
    covered = sorted(windows)
    assert covered[0][0] == 1000
    assert covered[-1][1] == 9_999_999
    assert all(before[1] == after[0] for before, after in pairwise(covered))


@pytest.mark.parametrize("rounds", [7, 10, 250])
def test_a_round_looks_into_its_steps_at_every_time_of_the_day(rounds: int) -> None:
    steps, length = 60, 1_000_000
    for one in range(rounds):
        windows = survey_scan._windows((0, steps * length), steps, rounds, one)
        early = sum(low % length < length // 2 for low, _ in windows)
        assert 0.4 <= early / steps <= 0.62


@pytest.mark.parametrize(
    "text", ["timeout", "fobarugu OR status:error", "duration:>1s", "trace:" + shop.TRACE]
)
def test_every_way_of_looking_counts_what_the_list_finds(tmp_path: Path, text: str) -> None:
    made = [*shop.failing_order(NOW - 60 * 10**9), *shop.steady(NOW - HOUR // 2, 50)]
    reader = Reader.open(shop.shop(tmp_path, made, NOW))
    from queries.traces import find_spans

    wanted = filters.parse(text)
    rows = find_spans(reader, wanted, HOURS).rows
    assert survey(reader, wanted, HOURS).spans == len(rows)


def test_a_store_that_is_not_there_is_empty(tmp_path: Path) -> None:
    found = survey(Reader.open(tmp_path), filters.EMPTY, HOURS)
    assert (found.spans, found.exact) == (0, True)
    assert len(found.steps) == 60
    assert found.facets["group"].values == ()
