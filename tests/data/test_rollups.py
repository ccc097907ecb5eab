"""Rollups beside the plain way of summing, however the spans came in."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.histogram import bucket_codes, unpack
from data.records import Resource, SpanIn
from data.rollups import DAY_NS, HOUR_NS, MINUTE_NS, MORE, types_of
from tests.data.made import NOON_NS, SECOND_NS, Clock, ask_main, call, opened, seen, span

UNITS = {0: MINUTE_NS, 1: HOUR_NS, 2: DAY_NS}
BANK = Resource("bank", {"service.name": "bank"})


def names_of(folder: Path, table: str) -> dict[int, str]:
    return dict(ask_main(folder, f"SELECT id, name FROM {table}"))  # noqa: S608


def histogram(numbers: Sequence[float]) -> dict[int, int]:
    return dict(Counter(bucket_codes(np.array(numbers, np.float64)).tolist())) if numbers else {}


def as_dict(blob: bytes) -> dict[int, int]:
    codes, counts = unpack(blob)
    return dict(zip(codes.tolist(), counts.tolist(), strict=True))


def plain_calls(spans: Sequence[SpanIn], who: str) -> dict[Any, Any]:
    """Cells of groups or processes, summed one by one."""
    cells: dict[Any, list[SpanIn]] = defaultdict(list)
    for one in spans:
        for tier, unit in UNITS.items():
            key = (one.resource.group,) if who == "group" else (one.name, one.code_version)
            cells[tier, one.start_ns // unit, *key].append(one)
    return {
        key: (
            len(of),
            sum(one.status == 2 for one in of),
            sum(not one.parent_span_id for one in of),
            sum(one.end_ns - one.start_ns for one in of),
            max(one.end_ns - one.start_ns for one in of),
            histogram([one.end_ns - one.start_ns for one in of]),
            histogram([one.memory_delta for one in of if one.memory_delta is not None]),
        )
        for key, of in cells.items()
    }


def stored_groups(folder: Path) -> dict[Any, Any]:
    groups = names_of(folder, "process_group")
    return {
        (tier, t, groups[group]): (*sums, as_dict(durations), as_dict(memories))
        for tier, t, group, _, *sums, durations, memories in ask_main(folder, "SELECT * FROM rollup_group")
    }


def stored_processes(folder: Path) -> dict[Any, Any]:
    processes = names_of(folder, "process")
    versions = {0: "", **dict(ask_main(folder, "SELECT id, hash FROM code_version"))}
    return {
        (tier, t, processes[process], versions[version]): (*sums, as_dict(durations), as_dict(memories))
        for tier, t, process, version, *sums, durations, memories in ask_main(
            folder, "SELECT * FROM rollup_process"
        )
    }


def plain_series(spans: Sequence[SpanIn]) -> dict[Any, Any]:
    cells: dict[Any, list[Any]] = defaultdict(list)
    for one in spans:
        for tier, unit in UNITS.items():
            for each in {each.name: each for each in reversed(one.observations)}.values():
                cells[tier, one.start_ns // unit, one.name, each.name].append(each)
    made = {}
    for key, of in cells.items():
        numbers = [each.number for each in of if each.number is not None and math.isfinite(each.number)]
        values = {each.value if each.value == each.value else "nan" for each in of}
        made[key] = (
            len(of),
            sum(each.type == "NoneType" for each in of),
            pytest.approx(sum(numbers)),
            min(numbers, default=0),
            max(numbers, default=0),
            histogram(numbers),
            dict(Counter(each.type for each in of)),
            len(values) if len(values) <= 64 else MORE,
        )
    return made


def stored_series(folder: Path) -> dict[Any, Any]:
    processes, names, types = (names_of(folder, table) for table in ("process", "data_name", "data_type"))
    made = {}
    for row in ask_main(folder, "SELECT * FROM rollup_series"):
        tier, t, process, name, calls, nulls, _, total, least, most, numbers, kinds, distinct, codes = row
        assert len(codes) == (0 if distinct == MORE else 3 * distinct)
        made[tier, t, processes[process], names[name]] = (
            calls,
            nulls,
            total,
            least,
            most,
            as_dict(numbers),
            {types[kind]: count for kind, count in types_of(kinds, calls).items()},
            distinct,
        )
    return made


VALUES = st.sampled_from([1, 2.5, -3, 0, 0.0, "a", "b", None, True, float("nan"), float("inf"), 10**12])
SPANS = st.builds(
    lambda at, name, version, failed, child, length, memory, values, bank: span(
        NOON_NS - at * 300 * SECOND_NS - at,
        name=name,
        code_version=version,
        status=2 if failed else 0,
        parent_span_id=b"p" * 8 if child else b"",
        end_ns=NOON_NS - at * 300 * SECOND_NS - at + length,
        memory_delta=memory,
        observations=tuple(seen(name, value) for name, value in values),
        resource=BANK if bank else span().resource,
    ),
    st.integers(0, 400),
    st.sampled_from(["f", "g"]),
    st.sampled_from(["", "v1", "v2"]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 10**10),
    st.none() | st.integers(-(10**6), 10**6),
    st.lists(st.tuples(st.sampled_from(["x", "y"]), VALUES), max_size=3),
    st.booleans(),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    batches=st.lists(st.lists(SPANS, max_size=12), max_size=6), gaps=st.lists(st.integers(0, 2), max_size=6)
)
def test_cells_are_what_plain_summing_gives_in_any_order_of_arrival(
    batches: list[list[SpanIn]], gaps: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("store")
    clock = Clock()
    with opened(folder, clock) as store:
        for at, batch in enumerate(batches):
            store.write(batch)
            store.write(batch)  # repeats count once
            clock.now_ns += (gaps[at] if at < len(gaps) else 1) * SECOND_NS
    spans = [one for batch in batches for one in batch]
    assert stored_groups(folder) == plain_calls(spans, "group")
    # two groups may have a process of the same name, which are two processes
    alone = [one for one in spans if one.resource is not BANK]
    if len(alone) == len(spans):
        assert stored_processes(folder) == plain_calls(spans, "process")
        assert stored_series(folder) == plain_series(spans)


def test_many_distinct_values_are_more(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        for part in range(4):
            store.write([call(NOON_NS + part + at, part * 20 + at) for at in range(20)])
            store.flush()
    assert set(ask_main(tmp_path, "SELECT distinct_values, length(value_codes) FROM rollup_series")) == {
        (MORE, 0)
    }
    assert stored_series(tmp_path)[2, NOON_NS // DAY_NS, "price", "amount"][0] == 80


def test_sixty_four_distinct_values_are_counted_over_several_saves(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        for part in range(4):
            store.write([call(NOON_NS + part + at, f"v{at}") for at in range(16 * (part + 1))])
            store.flush()
    assert set(ask_main(tmp_path, "SELECT distinct_values FROM rollup_series")) == {(64,)}


def test_cells_older_than_their_tier_are_not_written(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span(NOON_NS - hours * HOUR_NS) for hours in (0, 48, 50, 24 * 29)])
    counts = dict(ask_main(tmp_path, "SELECT tier, sum(calls) FROM rollup_group GROUP BY tier"))
    assert counts == {0: 2, 1: 4, 2: 4}


def test_a_parent_that_arrives_after_its_children_reaches_its_cell(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([span(NOON_NS + 31 * SECOND_NS + at) for at in range(3)])
        store.flush()
        store.write([span(NOON_NS - 30 * SECOND_NS, end_ns=NOON_NS + 32 * SECOND_NS)])
    cells = ask_main(tmp_path, "SELECT t, calls FROM rollup_process WHERE tier = 0 ORDER BY t")
    assert cells == [(NOON_NS // MINUTE_NS - 1, 1), (NOON_NS // MINUTE_NS, 3)]


def test_midnight_parts_the_cells_of_two_days(tmp_path: Path) -> None:
    midnight = NOON_NS - NOON_NS % DAY_NS
    with opened(tmp_path) as store:
        store.write([span(midnight - 1), span(midnight)])
    for tier, unit in UNITS.items():
        cells = ask_main(tmp_path, "SELECT t, calls FROM rollup_process WHERE tier = ? ORDER BY t", tier)
        assert cells == [(midnight // unit - 1, 1), (midnight // unit, 1)]


def test_changes_are_counted_as_they_arrive(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        for at, value in enumerate([1, 1, 2, 2, 1]):
            store.write([call(NOON_NS + at, value)])
    assert ask_main(tmp_path, "SELECT changes FROM rollup_series WHERE tier = 2") == [(2,)]


def test_the_number_of_the_same_rank_is_at_most_one_per_cent_off(tmp_path: Path) -> None:
    from data.histogram import merged, quantiles

    rng = np.random.default_rng(3)
    lengths = np.exp(rng.normal(15, 2, 5_000)).astype(int).tolist()
    with opened(tmp_path) as store:
        store.write(
            [
                span(NOON_NS - at * SECOND_NS, end_ns=NOON_NS - at * SECOND_NS + length)
                for at, length in enumerate(lengths)
            ]
        )
    blobs = [row[0] for row in ask_main(tmp_path, "SELECT durations FROM rollup_process WHERE tier = 0")]
    assert len(blobs) > 50
    for share, value in zip((0.5, 0.95, 0.99), quantiles(*merged(blobs), (0.5, 0.95, 0.99)), strict=True):
        exact = sorted(lengths)[math.ceil(share * len(lengths)) - 1]
        assert value == pytest.approx(exact, rel=0.011)
