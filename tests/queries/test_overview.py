"""Vital signs, groups and functions: the same as counting spans, by reading them or by the cells."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.records import SpanIn
from queries import cells, tally
from queries.base import Reader, TimeRange
from queries.code import function_stats, functions, versions
from queries.overview import group_totals, recent_errors, vital_signs
from tests.data.made import NOON_NS, call, span
from tests.queries.made import RANGE, RESOURCES, batches, reader_of, store_of
from tests.queries.test_traces import flat

MANY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
HOUR_NS = 3_600 * 10**9
US = 1_000
ranges = st.tuples(st.integers(-2 * HOUR_NS, 13 * HOUR_NS), st.integers(1, 26 * HOUR_NS)).map(
    lambda at: TimeRange((NOON_NS + at[0]) // US * US, (NOON_NS + at[0]) // US * US + -(-at[1] // US) * US)
)


@pytest.fixture(params=["spans", "cells"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to a figure: reading all spans, and by cells with the spans beside them."""
    if request.param == "cells":
        monkeypatch.setattr(tally, "EXACT", -1)
    return str(request.param)


def counted(spans: Sequence[SpanIn], range: TimeRange) -> list[SpanIn]:
    """Those in the range that are not Flowglass' own."""
    inside = [one for one in spans if range.start_ns <= one.start_ns < range.end_ns]
    return [one for one in inside if one.resource.group != "flowglass"]


def nearest_rank(values: Sequence[int], share: float) -> int | None:
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


def same_quantile(found: int | None, values: Sequence[int], share: float, way: str) -> bool:
    """Exact by reading; by cells within the 1.1 % of a histogram's bucket."""
    wanted = nearest_rank(values, share)
    if wanted is None or found is None or way == "spans":
        return found == wanted
    return abs(found - wanted) <= 0.011 * abs(wanted) + 1


def durations(spans: Sequence[SpanIn]) -> list[int]:
    return [one.end_ns - one.start_ns for one in spans]


@MANY
@given(batches, st.lists(ranges, min_size=1, max_size=4), st.integers(1, 70))
def test_vital_signs_are_what_counting_gives(
    way: str, writes: list[list[SpanIn]], asked: list[TimeRange], buckets: int
) -> None:
    writes, spans = flat(writes)
    with tempfile.TemporaryDirectory() as name, store_of(Path(name), writes), reader_of(Path(name)) as reader:
        for range in asked:
            seen = counted(spans, range)
            found = vital_signs(reader, range, buckets)
            errors = sum(one.status == 2 for one in seen)
            roots = sum(not one.parent_span_id for one in seen)
            assert (found.spans, found.errors, found.traces) == (len(seen), errors, roots)
            assert found.error_rate == (errors / len(seen) if seen else 0.0)
            assert found.spans_per_second == pytest.approx(len(seen) / (range.length_ns / 1e9))
            for share, value in ((0.5, found.p50_ns), (0.95, found.p95_ns), (0.99, found.p99_ns)):
                assert same_quantile(value, durations(seen), share, way)
            assert len(found.series) == buckets
            assert sum(bucket.spans for bucket in found.series) == len(seen)
            assert sum(bucket.errors for bucket in found.series) == errors
            assert sum(bucket.traces for bucket in found.series) == roots
            if way == "spans":
                check_series(found.series, seen, range, buckets)


def check_series(series: Sequence[Any], seen: list[SpanIn], range: TimeRange, buckets: int) -> None:
    ends = [range.start_ns + range.length_ns * n // buckets for n in np.arange(buckets + 1).tolist()]
    for bucket, start, end in zip(series, ends, ends[1:], strict=False):
        mine = [one for one in seen if start <= one.start_ns // US * US < end]
        if start == range.start_ns:
            mine = [one for one in seen if one.start_ns // US * US < end]
        assert (bucket.start_ns, bucket.spans) == (start, len(mine))
        assert bucket.p95_ns == nearest_rank(durations(mine), 0.95)


@MANY
@given(batches, ranges)
def test_groups_are_what_counting_gives(way: str, writes: list[list[SpanIn]], range: TimeRange) -> None:
    writes, spans = flat(writes)
    with tempfile.TemporaryDirectory() as name, store_of(Path(name), writes), reader_of(Path(name)) as reader:
        seen = counted(spans, range)
        found = group_totals(reader, range)
        assert [one.spans for one in found] == sorted((one.spans for one in found), reverse=True)
        assert {one.group for one in found} == {one.resource.group for one in seen}
        for total in found:
            mine = [one for one in seen if one.resource.group == total.group]
            errors = sum(one.status == 2 for one in mine)
            assert (total.spans, total.errors) == (len(mine), errors)
            assert (total.error_rate, total.share) == (errors / len(mine), len(mine) / len(seen))
            assert same_quantile(total.p95_ns, durations(mine), 0.95, way)


@MANY
@given(batches, ranges)
def test_functions_are_what_counting_gives(way: str, writes: list[list[SpanIn]], range: TimeRange) -> None:
    writes, spans = flat(writes)
    with tempfile.TemporaryDirectory() as name, store_of(Path(name), writes), reader_of(Path(name)) as reader:
        inside = [one for one in spans if range.start_ns <= one.start_ns < range.end_ns]
        rows = functions(reader, "", range, 100)
        assert {(r.group, r.name, r.scope) for r in rows} == {
            (one.resource.group, one.name, one.scope.name) for one in spans
        }
        assert [row.spans for row in rows] == sorted((row.spans for row in rows), reverse=True)
        for row in rows[:4]:
            mine = [
                one
                for one in inside
                if (one.resource.group, one.name, one.scope.name) == (row.group, row.name, row.scope)
            ]
            errors = sum(one.status == 2 for one in mine)
            assert (row.spans, row.errors) == (len(mine), errors)
            assert same_quantile(row.p95_ns, durations(mine), 0.95, way)
            stats = function_stats(reader, row.group, row.name, row.scope, range)
            memory = [one.memory_delta for one in mine if one.memory_delta is not None]
            assert (stats.calls, stats.errors, stats.memory_samples) == (len(mine), errors, len(memory))
            assert stats.max_ns == max(durations(mine), default=None)
            assert stats.mean_ns == (pytest.approx(sum(durations(mine)) / len(mine)) if mine else None)
            for share, value in ((0.5, stats.p50_ns), (0.95, stats.p95_ns), (0.99, stats.p99_ns)):
                assert same_quantile(value, durations(mine), share, way)
            for share, value in ((0.5, stats.memory_p50), (0.95, stats.memory_p95)):
                assert same_quantile(value, memory, share, way)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, list[SpanIn]]]:
    """Some weeks of two functions, one of them failing now and then."""
    chance = np.random.default_rng(5)
    starts = np.sort(chance.integers(NOON_NS - 20 * 24 * HOUR_NS, NOON_NS, 6_000)).tolist()
    spans = [
        call(
            start,
            n,
            resource=RESOURCES[n % 2],
            end_ns=start + int(10 ** chance.uniform(4, 9)),
            status=2 if n % 17 == 0 else 0,
        )
        for n, start in enumerate(starts)
    ]
    folder = tmp_path_factory.mktemp("busy")
    with store_of(folder, [spans], 10**9), reader_of(folder) as reader:
        yield reader, spans


LENGTHS = (HOUR_NS // 2, HOUR_NS, 6 * HOUR_NS, 24 * HOUR_NS, 7 * 24 * HOUR_NS, 20 * 24 * HOUR_NS)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("back", [0, 7 * 60 * 10**9 + 123_456_000, 3 * 24 * HOUR_NS])
def test_cells_of_every_length_give_what_counting_gives(
    way: str, busy: tuple[Reader, list[SpanIn]], length: int, back: int
) -> None:
    reader, spans = busy
    range = TimeRange(NOON_NS - back - length, NOON_NS - back)
    seen = counted(spans, range)
    found = vital_signs(reader, range, 30)
    assert (found.spans, found.errors) == (len(seen), sum(one.status == 2 for one in seen))
    for share, value in ((0.5, found.p50_ns), (0.95, found.p95_ns), (0.99, found.p99_ns)):
        assert same_quantile(value, durations(seen), share, way)
    before = counted(spans, range.before())
    if found.previous is not None:
        assert (found.previous.spans, found.previous.p95_ns is None) == (len(before), not before)


def test_many_spans_at_an_edge_count_by_their_share_of_the_cell(
    busy: tuple[Reader, list[SpanIn]], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, spans = busy
    monkeypatch.setattr(tally, "EXACT", -1)
    monkeypatch.setattr(cells, "MOST_EDGE", -1)
    range = TimeRange(NOON_NS - 10 * 24 * HOUR_NS - 1_234 * 10**9, NOON_NS - 24 * HOUR_NS - 777 * 10**9)
    found = vital_signs(reader, range, 10)
    wanted = len(counted(spans, range))
    assert abs(found.spans - wanted) < 40  # two edges of at most an hour, 12 spans each
    assert abs(sum(bucket.spans for bucket in found.series) - found.spans) <= 1


def test_where_cells_of_a_step_are_too_many_those_of_hours_are_read(
    busy: tuple[Reader, list[SpanIn]], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, spans = busy
    monkeypatch.setattr(tally, "EXACT", -1)
    monkeypatch.setattr(cells, "MOST_CELLS", 0)
    range = TimeRange(NOON_NS - 24 * HOUR_NS, NOON_NS)
    found = vital_signs(reader, range, 24 * 6)
    assert found.spans == len(counted(spans, range))
    assert sum(bucket.spans for bucket in found.series) == found.spans


def test_a_minute_that_has_only_begun_ends_at_its_newest_span(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten spans a second until 20 s into a minute: the same height up to there, then nothing."""
    monkeypatch.setattr(tally, "EXACT", -1)
    spans = [call(NOON_NS + n * 10**8, n) for n in range(3 * 600 + 200)]
    with store_of(tmp_path, [spans], 10**9), reader_of(tmp_path) as reader:
        found = vital_signs(reader, TimeRange(NOON_NS, NOON_NS + 220 * 10**9), 22)
    assert [bucket.spans for bucket in found.series] == pytest.approx([100] * 20 + [0, 0], abs=1)


def test_a_minute_that_is_still_filling_counts_as_far_as_it_is_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten spans a second until 20 s into a minute, of which the last tenth came after the range was fixed."""
    monkeypatch.setattr(tally, "EXACT", -1)
    monkeypatch.setattr(cells, "MOST_EDGE", -1)
    spans = [call(NOON_NS + n * 10**8, n) for n in range(3 * 600 + 200)]
    with store_of(tmp_path, [spans], 10**9), reader_of(tmp_path) as reader:
        found = vital_signs(reader, TimeRange(NOON_NS, NOON_NS + 198 * 10**9), 198)
    assert found.spans == pytest.approx(1980, abs=1)
    assert [bucket.spans for bucket in found.series] == pytest.approx([10] * 198, abs=1)


def test_a_large_range_reads_few_spans(busy: tuple[Reader, list[SpanIn]]) -> None:
    reader, _ = busy
    with reader.session() as session:
        covered = cells.cover(session, TimeRange(NOON_NS - 19 * 24 * HOUR_NS - 17, NOON_NS - 13))
        days = [piece for piece in covered.pieces if piece.tier == cells.DAYS]
        assert sum(piece.end - piece.first for piece in days) == 18
        assert sum(edge.length_ns for edge in covered.edges) < HOUR_NS
        whole = [(p.start_ns, p.end_ns) for p in covered.pieces] + [
            (e.start_ns, e.end_ns) for e in covered.edges
        ]
        whole.sort()
        assert all(one[1] == other[0] for one, other in pairwise(whole))


def test_flowglass_itself_counts_only_when_it_is_asked_for(tmp_path: Path) -> None:
    spans = [call(NOON_NS + n, n, resource=RESOURCES[n % 3], status=2) for n in range(9)]
    with store_of(tmp_path, [spans]), reader_of(tmp_path) as reader:
        assert vital_signs(reader, RANGE).spans == 6
        assert vital_signs(reader, RANGE, group="flowglass").spans == 3
        assert vital_signs(reader, RANGE, group="nobody").spans == 0
        assert {one.group for one in group_totals(reader, RANGE)} == {"shop", "bank"}
        assert {one.group for one in recent_errors(reader, RANGE)} == {"shop", "bank"}
        assert {one.group for one in recent_errors(reader, RANGE, group="flowglass")} == {"flowglass"}
        assert {row.group for row in functions(reader, "flowglass", RANGE)} == {"flowglass"}


def test_the_range_before_is_compared_only_when_the_store_reaches_back(tmp_path: Path) -> None:
    spans = [call(NOON_NS - HOUR_NS, 1), call(NOON_NS + 1, 2)]
    with store_of(tmp_path, [spans]), reader_of(tmp_path) as reader:
        young = vital_signs(reader, TimeRange(NOON_NS, NOON_NS + 2 * HOUR_NS))
        assert young.previous is None
        old = vital_signs(reader, TimeRange(NOON_NS, NOON_NS + HOUR_NS // 2))
        assert old.previous is not None
        assert old.previous.spans == 0


def test_errors_come_newest_first_over_all_files(tmp_path: Path) -> None:
    failed = {"status": 2, "exception_type": "ValueError", "exception_message": "no"}
    writes = [[span(NOON_NS + n, name=f"p{n}", **(failed if n % 2 else {}))] for n in range(8)]
    writes[2], writes[7] = writes[7], writes[2]
    with store_of(tmp_path, writes), reader_of(tmp_path) as reader:
        found = recent_errors(reader, RANGE, 3)
        assert [one.process for one in found] == ["p7", "p5", "p3"]
        assert (found[0].exception, found[0].message, found[0].timestamp_ns) == (
            "ValueError",
            "no",
            NOON_NS + 7,
        )
        assert recent_errors(reader, TimeRange(NOON_NS + 8, NOON_NS + 9)) == ()


def test_versions_come_newest_first_with_their_source(tmp_path: Path) -> None:
    def version(n: int, hash: str, source: str | None) -> SpanIn:
        return span(NOON_NS + n, code_version=hash, source=source, function="f", file="a.py", line=n + 1)

    writes = [
        [version(0, "aa", "one"), version(1, "bb", None)],
        [version(2, "bb", "two"), version(3, "aa", None)],
    ]
    with store_of(tmp_path, writes), reader_of(tmp_path) as reader:
        found = versions(reader, "shop", "price", "shop.orders")
        assert [(one.hash, one.source, one.line) for one in found] == [("aa", "one", 1), ("bb", "two", 2)]
        assert (found[0].first_seen_ns, found[0].last_seen_ns) == (NOON_NS, NOON_NS + 3)
        assert versions(reader, "shop", "nobody", "") == ()
        for wanted, texts in (((), [None, None]), (("bb",), [None, "two"])):
            some = versions(reader, "shop", "price", "shop.orders", texts_of=wanted)
            assert [one.source for one in some] == texts
        row = functions(reader, "A.PY")[0]
        assert (row.name, row.file, row.line, row.spans, row.p95_ns) == ("price", "a.py", 2, 0, None)


def test_without_a_store_there_are_no_figures(tmp_path: Path) -> None:
    with reader_of(tmp_path / "nowhere") as reader:
        found = vital_signs(reader, RANGE, 3)
        assert (found.spans, found.p95_ns, found.previous, len(found.series)) == (0, None, None, 3)
        assert (
            group_totals(reader, RANGE) == functions(reader, "", RANGE) == recent_errors(reader, RANGE) == ()
        )
        assert function_stats(reader, "a", "b", "c", RANGE).calls == 0
