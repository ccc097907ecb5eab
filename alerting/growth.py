"""Memory growth: the median memory delta of a call, held against that of the window before."""

from __future__ import annotations

import math
from collections.abc import Mapping

from alerting.memory import MB, Bucket, Buckets, code_of, ranked, take, width_of
from alerting.rule import Rule
from alerting.state import NS, Evaluation
from queries.alert_rows import Call


class Growth:
    """How much the median has grown, in MB; nothing while either window has no measured call."""

    def __init__(self, rule: Rule) -> None:
        window = rule.window * NS
        width = width_of(2 * window)
        self._now_codes: dict[int, int] = {}  # of the window
        self._old_codes: dict[int, int] = {}  # of the one before it
        self._old = Buckets(2 * window, self._gone, width)
        self._now = Buckets(window, self._aged, width)

    def add(self, call: Call) -> None:
        if math.isnan(call.number):
            return
        bucket, codes = self._now.of(call.end_ns), self._now_codes
        if bucket is None:
            bucket, codes = self._old.of(call.end_ns), self._old_codes
        if bucket is not None:
            code = code_of(call.number)
            bucket.codes[code] = bucket.codes.get(code, 0) + 1
            codes[code] = codes.get(code, 0) + 1

    def _aged(self, bucket: Bucket) -> None:
        """A bucket of the window becomes one of the window before."""
        take(self._now_codes, bucket.codes)
        there = self._old.of(bucket.number * self._old.width_ns)
        if there is None:
            return
        for code, count in bucket.codes.items():
            there.codes[code] = there.codes.get(code, 0) + count
            self._old_codes[code] = self._old_codes.get(code, 0) + count

    def _gone(self, bucket: Bucket) -> None:
        take(self._old_codes, bucket.codes)

    def judge(self, at_ns: int) -> Evaluation:
        self._now.slide(at_ns)
        self._old.slide(at_ns)
        samples = min(sum(self._now_codes.values()), sum(self._old_codes.values()))
        now, before = _median(self._now_codes), _median(self._old_codes)
        if now is None or before is None:
            return Evaluation(at_ns, None, samples)
        text = f"median {now / MB:.3g} MB a call, {before / MB:.3g} MB in the window before"
        return Evaluation(at_ns, (now - before) / MB, samples, text=text)

    def wakes_ns(self) -> int:
        return min(self._now.wakes_ns(), self._old.wakes_ns())


def _median(codes: Mapping[int, int]) -> float | None:
    """Nearest rank, in bytes."""
    return ranked(codes, -(-sum(codes.values()) // 2))
