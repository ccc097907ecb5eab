"""Buckets keep the order of numbers and are at most 1.1 % off; blobs come back; merging is adding."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data import histogram
from data.histogram import (
    blobs,
    bucket_bounds,
    bucket_codes,
    bucket_values,
    merged,
    quantiles,
    share_below,
    unpack,
    unpack_all,
)

NUMBERS = st.floats(-(2.0**500), 2.0**500).filter(lambda number: number == 0 or abs(number) > 2.0**-500)
MANY = st.lists(NUMBERS, min_size=1, max_size=60)
COUNTS = st.lists(st.tuples(st.integers(-32_767, 32_767), st.integers(1, 2**32 - 1)), max_size=20)


def pack(numbers: list[float]) -> bytes:
    codes, counts = np.unique(bucket_codes(np.array(numbers)), return_counts=True)
    return blobs(np.array([0]), codes, counts)[0]


@given(NUMBERS)
def test_a_bucket_stands_for_a_number_close_by(number: float) -> None:
    (value,) = bucket_values(bucket_codes(np.array([number])))
    assert abs(value - number) <= 0.011 * abs(number)


@given(NUMBERS, NUMBERS)
def test_buckets_keep_the_order_of_numbers(one: float, other: float) -> None:
    first, second = bucket_codes(np.array([min(one, other), max(one, other)]))
    assert first <= second


@given(NUMBERS)
def test_a_number_lies_within_the_bounds_of_its_bucket(number: float) -> None:
    low, high = (bound[0] for bound in bucket_bounds(bucket_codes(np.array([number]))))
    assert low * (1 - 1e-12) <= abs(number) <= high * (1 + 1e-12)


def test_whole_nanoseconds_and_their_extremes_have_buckets() -> None:
    codes = bucket_codes(np.array([0, 1, 2**63 - 1, -(2**63)], np.int64))
    assert codes[0] == 0
    assert list(codes) == [*sorted(codes[[3, 0, 1, 2]].tolist())[1:], codes[3]]
    assert abs(bucket_values(codes)[2] / 2**63 - 1) < 0.011


def test_magnitudes_that_no_bucket_holds_go_to_the_outermost() -> None:
    codes = bucket_codes(np.array([1e300, 2.0**511, 1e-300, -1e300]))
    assert codes[0] == codes[1] == -codes[3] == np.abs(codes).max()
    assert 0 < codes[2] < codes[1]


@given(COUNTS)
def test_a_blob_gives_back_its_buckets(given_: list[tuple[int, int]]) -> None:
    counts = dict(given_)
    if not counts:
        assert [part.tolist() for part in unpack(b"")] == [[], []]
        return
    codes = np.array(sorted(counts), np.int64)
    (blob,) = blobs(np.array([0]), codes, np.array([counts[code] for code in codes.tolist()], np.int64))
    found = unpack(blob)
    assert dict(zip(found[0].tolist(), found[1].tolist(), strict=True)) == counts


@given(st.lists(MANY | st.just([]), max_size=8), st.sampled_from([1, 40, 300, histogram.AT_ONCE]))
def test_many_blobs_are_unpacked_at_once_as_one_by_one(given_: list[list[float]], at_once: int) -> None:
    packed = [pack(numbers * 3) if numbers else b"" for numbers in given_]
    packed += [pack([float(len(packed))] * 300)] * (len(packed) % 2)  # a count that takes four bytes
    with patch.object(histogram, "AT_ONCE", at_once):
        codes, counts, sizes = unpack_all(packed)
    one_by_one = [unpack(blob) for blob in packed]
    assert sizes.tolist() == [len(codes) for codes, _ in one_by_one]
    assert codes.tolist() == [code for part, _ in one_by_one for code in part.tolist()]
    assert counts.tolist() == [count for _, part in one_by_one for count in part.tolist()]


@given(st.lists(MANY, max_size=5))
def test_merging_gives_the_histogram_of_all_numbers(given_: list[list[float]]) -> None:
    codes, counts = merged(pack(numbers) for numbers in given_)
    whole = [number for numbers in given_ for number in numbers]
    expected = np.unique(bucket_codes(np.array(whole, np.float64)), return_counts=True)
    assert (codes.tolist(), counts.tolist()) == (expected[0].tolist(), expected[1].tolist())


@given(MANY, st.floats(0, 1))
def test_a_quantile_is_the_number_of_the_same_rank(numbers: list[float], share: float) -> None:
    (value,) = quantiles(*merged([pack(numbers)]), [share])
    exact = sorted(numbers)[max(0, int(np.ceil(share * len(numbers))) - 1)]
    assert value is not None
    assert abs(value - exact) <= 0.011 * abs(exact)


def test_nothing_has_no_quantiles() -> None:
    assert quantiles(*merged([]), [0.5, 0.9]) == (None, None)
    assert share_below(*merged([]), 5.0) == 0.0


def test_the_share_below_a_bound_is_that_of_the_numbers() -> None:
    assert share_below(*merged([pack([1, 2, 3, 40])]), 10.0) == 0.75
