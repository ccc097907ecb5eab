"""Histograms of numbers: OpenTelemetry's exponential buckets at scale 5, so at most 1.1 % off.

A bucket's code is a signed 16-bit integer that keeps the order of the numbers: 0 is zero, 1 … 32767 are the
positive buckets, 32 to each doubling, and the negative ones mirror them. Merging is adding counts.
As a blob: one byte, the size of a count (1 or 4), then the codes, ascending, then their counts;
little-endian. An empty histogram is an empty blob.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from data.facts import Floats, Ints

PER_DOUBLING = 32
ZERO_EXPONENT = 16_384  # code of the bucket that begins at 1
LEAST, MOST = 2.0**-511, 2.0**511  # magnitudes beyond them share the outermost buckets
SMALL_COUNT = 255
AT_ONCE = 2**18  # bytes unpacked at once: what is made of them on the way stays in a processor's cache


def bucket_codes(numbers: Ints | Floats) -> Ints:
    """The bucket of each finite number."""
    size = np.abs(np.asarray(numbers, np.float64))
    zero = size == 0.0
    clipped = np.clip(np.where(zero, 1.0, size), LEAST, MOST)
    codes = np.floor(np.log2(clipped) * PER_DOUBLING).astype(np.int64) + ZERO_EXPONENT
    return np.where(zero, 0, np.where(np.asarray(numbers) < 0, -codes, codes))


def bucket_values(codes: Ints) -> Floats:
    """The number that stands for each bucket: its middle by ratio."""
    size = np.exp2((np.abs(codes) - ZERO_EXPONENT + 0.5) / PER_DOUBLING)
    return np.where(codes == 0, 0.0, np.sign(codes) * size)


def bucket_bounds(codes: Ints) -> tuple[Floats, Floats]:
    """Least and greatest number of each bucket, by size; zero has only itself."""
    low = np.where(codes == 0, 0.0, np.exp2((np.abs(codes) - ZERO_EXPONENT) / PER_DOUBLING))
    return low, np.where(codes == 0, 0.0, low * 2 ** (1 / PER_DOUBLING))


def blobs(first: Ints, codes: Ints, counts: Ints) -> list[bytearray]:
    """Histograms one after the other as blobs; `first` tells where each begins, and none is empty.

    Written as arrays into one buffer, then cut; as bytearray, which the driver binds faster than bytes.
    """
    if not len(first):
        return []
    sizes = np.diff(first, append=len(codes))
    widths = np.where(np.maximum.reduceat(counts, first) <= SMALL_COUNT, 1, 4)
    ends = np.cumsum(1 + sizes * (2 + widths))
    begins = np.append(0, ends[:-1])
    buffer = np.zeros(int(ends[-1]), np.uint8)
    buffer[begins] = widths
    place = np.arange(len(codes)) - np.repeat(first, sizes)
    at = np.repeat(begins + 1, sizes) + 2 * place
    buffer[at], buffer[at + 1] = codes & 0xFF, codes >> 8 & 0xFF
    width = np.repeat(widths, sizes)
    at = np.repeat(begins + 1 + 2 * sizes, sizes) + width * place
    buffer[at] = counts & 0xFF
    for byte in (1, 2, 3):
        wide = width > byte
        if not wide.any():
            break
        buffer[at[wide] + byte] = counts[wide] >> 8 * byte & 0xFF
    cut = bytearray(buffer.tobytes())
    return [cut[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]


def unpack(blob: bytes) -> tuple[Ints, Ints]:
    """Codes (ascending) and counts of a blob."""
    if not blob:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    count_bytes = blob[0]
    length = (len(blob) - 1) // (2 + count_bytes)
    codes = np.frombuffer(blob, "<i2", length, 1)
    counts = np.frombuffer(blob, "<u4" if count_bytes == 4 else "u1", length, 1 + 2 * length)
    return codes.astype(np.int64), counts.astype(np.int64)


def unpack_all(given: Sequence[bytes]) -> tuple[Ints, Ints, Ints]:
    """Codes and counts of many blobs one after the other, and how many buckets each has."""
    return unpack_joined(b"".join(given), np.fromiter(map(len, given), np.int64, len(given)))


def unpack_joined(blobs: bytes, length: Ints) -> tuple[Ints, Ints, Ints]:
    """The same of blobs that have been joined; `length` is the length of each in bytes."""
    sizes = np.zeros(len(length), np.int64)
    packed = np.frombuffer(blobs, "u1")
    full = np.flatnonzero(length)
    ends = np.cumsum(length[full])
    begins = ends - length[full]
    width = packed[begins].astype(np.int64)
    sizes[full] = (length[full] - 1) // (2 + width)
    buckets = np.append(0, np.cumsum(sizes[full]))  # before each histogram
    codes, counts = np.empty(buckets[-1], np.int64), np.empty(buckets[-1], np.int64)
    first = 0
    for end in cuts(ends, AT_ONCE):
        some, into = packed[begins[first] : ends[end - 1]], slice(buckets[first], buckets[end])
        _unpack_into(codes[into], counts[into], some, width[first:end], sizes[full[first:end]])
        first = end
    return codes, counts, sizes


def _unpack_into(codes: Ints, counts: Ints, packed: NDArray[np.uint8], width: Ints, buckets: Ints) -> None:
    """Some histograms, given the width of their counts and how many buckets each has."""
    head = np.ones(len(width), np.int64)
    part = np.stack([0 * head, head, 1 + width], 1).astype("u1").ravel()  # what each byte is of
    of = np.repeat(part, np.stack([head, 2 * buckets, width * buckets], 1).ravel())
    codes[:] = packed[of == 1].view("<i2")
    wide = np.repeat(width == 4, buckets)
    counts[~wide] = packed[of == 2]
    counts[wide] = packed[of == 5].view("<u4")


def cuts(ends: Ints, most: int) -> list[int]:
    """Where to cut things of some size into steps of about so much; `ends` adds up their sizes."""
    if not len(ends):
        return []
    found: list[int] = (np.searchsorted(ends, np.arange(most, ends[-1], most)) + 1).tolist()
    return sorted({*found, len(ends)})


def merged(given: Iterable[bytes]) -> tuple[Ints, Ints]:
    """The sum of many histograms: codes (ascending) and counts."""
    found = list(given)
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    codes, counts, _ = unpack_all(found)
    distinct, place = np.unique(codes, return_inverse=True)
    return distinct, np.bincount(place, counts, len(distinct)).astype(np.int64)


def quantiles(codes: Ints, counts: Ints, shares: Sequence[float]) -> tuple[float | None, ...]:
    """The numbers at these shares of the order (nearest rank), None when there are none."""
    total = int(counts.sum())
    if not total:
        return (None,) * len(shares)
    ranks = np.maximum(np.ceil(np.array(shares) * total), 1)
    at = np.searchsorted(np.cumsum(counts), ranks)
    return tuple(bucket_values(codes[at]).tolist())


def share_below(codes: Ints, counts: Ints, bound: float) -> float:
    """Share of the numbers in buckets below that of `bound`; 0 when there are none."""
    total = int(counts.sum())
    below: NDArray[np.bool_] = codes < bucket_codes(np.array([bound]))[0]
    return float(counts[below].sum() / total) if total else 0.0
