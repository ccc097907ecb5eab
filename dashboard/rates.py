"""How often per second something happened in each step of a series, as far as that can be said yet."""

from __future__ import annotations

from collections.abc import Sequence

from queries.limits import NS_PER_SECOND, TimeRange
from queries.overview import Bucket

LEAST_PASSED = 0.5  # of a step; what has passed of it is too short for a rate before


def traces_per_second(series: Sequence[Bucket], range: TimeRange, now_ns: int) -> list[float | None]:
    """One rate per step of the range.

    The last step has often only begun: its traces are divided by the time that has passed of it, and before
    half of it has it has no rate (None). Else each chart would end in a fall.
    """
    ends = [*(bucket.start_ns for bucket in series[1:]), range.end_ns]
    return [_rate(bucket, end, now_ns) for bucket, end in zip(series, ends, strict=True)] if series else []


def _rate(bucket: Bucket, end_ns: int, now_ns: int) -> float | None:
    passed = min(end_ns, now_ns) - bucket.start_ns
    if passed <= 0 or passed < (end_ns - bucket.start_ns) * LEAST_PASSED:
        return None
    return bucket.traces / (passed / NS_PER_SECOND)
