"""What sets some spans apart: properties ranked by how unlike their values are spread."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.records import Resource
from queries import filters
from queries.base import Reader, TimeRange
from queries.difference import Region, compared, difference, ranked
from tests.support import shop

NOW = 1_795_269_755_900_000_000
SECOND = 10**9
RANGE = TimeRange(NOW - 3600 * SECOND, NOW)
ALL_DURATIONS = (0, 10**15)


def spread(field: str, here: list[object], there: list[object]):  # type: ignore[no-untyped-def]
    return compared(field, [{field: value} for value in here], [{field: value} for value in there])  # type: ignore[dict-item]


def test_a_value_that_only_one_side_has_scores_highest() -> None:
    found = spread("attr.region", ["eu"] * 10, ["us"] * 10)
    assert found is not None
    assert found.score == pytest.approx(1)
    assert {(share.value, share.inside, share.outside) for share in found.values} == {
        ("eu", 1, 0),
        ("us", 0, 1),
    }


def test_values_spread_alike_score_nothing() -> None:
    found = spread("attr.region", ["eu", "us"] * 10, ["us", "eu"] * 30)
    assert found is not None
    assert found.score == 0


def test_a_property_that_is_missing_on_one_side_counts_as_a_value() -> None:
    found = compared("attr.retry", [{"attr.retry": "yes"}] * 4, [{}] * 4)
    assert found is not None
    assert [(share.absent, share.inside, share.outside) for share in found.values] == [
        (False, 1, 0),
        (True, 0, 1),
    ]


def test_an_id_of_every_span_says_nothing() -> None:
    here = [f"id-{at}" for at in range(40)]
    there = [f"id-{at}" for at in range(40, 90)]
    assert spread("data.order_id", here, there) is None


def test_numbers_of_many_values_are_compared_in_parts() -> None:
    found = spread("data.amount", [float(at) for at in range(500, 600)], [float(at) for at in range(300)])
    assert found is not None
    assert found.score > 0.8
    best = found.values[0]
    assert best.value == ""
    assert (best.low or 0) > 250 or (best.high or 0) <= 600


def test_properties_are_ranked_and_the_dull_ones_left_out() -> None:
    inside = [{"a": "x", "b": "same"}] * 10
    outside = [{"a": "y", "b": "same"}] * 9 + [{"a": "x", "b": "same"}]
    assert [one.field for one in ranked(inside, outside)] == ["a"]
    assert ranked([], outside) == ()


def test_a_region_of_the_heatmap_is_told_apart_by_what_its_spans_carry(tmp_path: Path) -> None:
    slow = Resource("orders", {"service.name": "orders", "host.name": "till-9"})
    spans = shop.steady(NOW - 3000 * SECOND, 200)
    for at in range(40):
        spans.append(
            shop.span(f"{at + 5000:032x}", f"{at + 5000:016x}", "", "audit_line", "orders",
                      NOW - 600 * SECOND + at * SECOND, 900, resource=slow, attributes={"retry": True},
                      primary=0, observations=(shop.seen("checked", 7),))
        )  # fmt: skip
    reader = Reader.open(shop.shop(tmp_path, spans, NOW))
    region = Region(RANGE, 500_000_000, ALL_DURATIONS[1])
    found = difference(reader, filters.EMPTY, RANGE, region)
    assert (found.inside, found.compared_inside, found.compared_outside, found.exact) == (40, 40, 200, True)
    scores = {one.field: one for one in found.properties}
    assert scores["attr.retry"].score == pytest.approx(1)
    assert scores["attr.retry"].values[0].value == "true"
    assert scores["resource.host.name"].values[0].value in ("till-9", "till-1")
    assert "process" in scores


def test_a_region_without_spans_has_nothing_to_compare(tmp_path: Path) -> None:
    reader = Reader.open(shop.shop(tmp_path, shop.steady(NOW - 300 * SECOND, 20), NOW))
    found = difference(reader, filters.EMPTY, RANGE, Region(RANGE, 10**12, 10**13))
    assert (found.properties, found.compared_inside, found.compared_outside) == ((), 0, 20)
