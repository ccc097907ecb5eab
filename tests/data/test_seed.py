"""The reference data is what it says it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.records import SpanIn
from data.seed import NS_PER_DAY, reference_spans
from tests.data.made import NOON_NS, opened

N = 20_000


@pytest.fixture(scope="module")
def spans() -> list[SpanIn]:
    return list(reference_spans(N, 1, NOON_NS))


def test_there_are_as_many_as_asked_for_and_all_differ(spans: list[SpanIn]) -> None:
    assert len(spans) == N
    assert len({(one.trace_id, one.span_id) for one in spans}) == N


def test_the_same_seed_gives_the_same_spans() -> None:
    assert list(reference_spans(300, 5, NOON_NS)) == list(reference_spans(300, 5, NOON_NS))
    assert list(reference_spans(300, 6, NOON_NS)) != list(reference_spans(300, 5, NOON_NS))


def test_they_lie_within_the_last_thirty_days(spans: list[SpanIn]) -> None:
    assert min(one.start_ns for one in spans) > NOON_NS - 30 * NS_PER_DAY
    assert NOON_NS - NS_PER_DAY // 4 < max(one.end_ns for one in spans) <= NOON_NS
    assert all(one.end_ns >= one.start_ns for one in spans)


def test_days_are_busier_than_nights(spans: list[SpanIn]) -> None:
    hours = [one.start_ns % NS_PER_DAY // 3_600_000_000_000 for one in spans]
    assert 5 * sum(hour < 5 for hour in hours) < sum(9 <= hour < 14 for hour in hours)


def test_processes_groups_and_their_shares_are_as_described(spans: list[SpanIn]) -> None:
    calls: dict[tuple[str, str, str], int] = {}
    for one in spans:
        key = (one.resource.group, one.name, one.scope.name)
        calls[key] = calls.get(key, 0) + 1
    assert 450 < len(calls) <= 500
    assert len({group for group, _, _ in calls}) == 20
    busiest, second = sorted(calls.values())[-1:-3:-1]
    assert 1.7 < busiest / second < 2.6  # 2 to the power of 1.1 is 2.14


def test_shares_of_errors_http_and_words_are_as_described(spans: list[SpanIn]) -> None:
    failed = [one for one in spans if one.status == 2]
    assert 0.015 < len(failed) / N < 0.025
    assert all(1_000 <= len(one.events[0].attributes["exception.stacktrace"]) <= 1_024 for one in failed)
    assert 0.31 < sum(len(one.attributes) == 5 for one in spans) / N < 0.36
    values = [each.value for one in spans for each in one.observations]
    words = sum(isinstance(value, str) and value.count(" ") == 9 for value in values)
    assert 0.17 < words / len(values) < 0.23


def test_every_span_shows_two_arguments_and_its_return(spans: list[SpanIn]) -> None:
    for one in spans:
        assert [each.source for each in one.observations] == ["arg", "arg"] + ["return"] * (one.status != 2)


def test_traces_are_trees_whose_children_lie_within_their_parents(spans: list[SpanIn]) -> None:
    known = {(one.trace_id, one.span_id): one for one in spans}
    sizes: dict[bytes, int] = {}
    for one in spans:
        sizes[one.trace_id] = sizes.get(one.trace_id, 0) + 1
        parent = known.get((one.trace_id, one.parent_span_id))
        if parent is not None:
            assert parent.start_ns <= one.start_ns <= one.end_ns <= parent.end_ns
    assert max(sizes.values()) <= 50
    assert sum(not one.parent_span_id for one in spans) <= len(sizes)


def test_the_source_comes_once_per_process(spans: list[SpanIn]) -> None:
    told = [one.code_version for one in spans if one.source]
    assert len(told) == len(set(told))
    assert set(told) == {one.code_version for one in spans}


def test_the_store_takes_them_all(spans: list[SpanIn], tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        written = [store.write(spans[at : at + 5_000]) for at in range(0, N, 5_000)]
    assert sum(one.stored for one in written) == N
