"""What a rule remembers of the calls of one group key: enough to be judged at any later moment.

Times are counted into buckets of a second, wider ones for windows over six minutes; a window then begins
at the edge of its oldest bucket. Calls are added when they have ended, moments rise.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from alerting.rule import Rule
from alerting.state import NS, Evaluation
from data.histogram import PER_DOUBLING, ZERO_EXPONENT
from queries.alert_rows import Call

SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
MS, MB = 1e6, 1e6
ALWAYS = 1_000_000  # samples of what needs none: that nothing was called is itself the measurement
BUCKETS = 360  # of a window
DAY_NS, WEEK_NS = 86_400 * NS, 7 * 86_400 * NS
OLD_WIDTH_NS = DAY_NS // BUCKETS
NEVER = 2**63 - 1


class Memory(Protocol):
    """Of one group key."""

    def add(self, call: Call) -> None:
        """A call that has ended; one that ended before the window is of no use and left out."""

    def judge(self, at_ns: int) -> Evaluation:
        """The evaluation at a moment, no earlier than the last one."""

    def wakes_ns(self) -> int:
        """When the evaluation may become another although nothing is added."""


class Bucket:
    """What ended within one stretch of time."""

    __slots__ = (
        "calls",
        "codes",
        "errors",
        "greatest",
        "kinds",
        "last",
        "last_ns",
        "least",
        "number",
        "total",
    )

    def __init__(self, number: int) -> None:
        self.number = number
        self.calls = self.errors = 0
        self.codes: dict[int, int] = {}  # of durations
        self.kinds: dict[str, int] = {}  # types or exceptions
        self.total = 0.0
        self.least, self.greatest = math.inf, -math.inf
        self.last, self.last_ns = math.nan, 0


class Buckets:
    """The buckets of a sliding window, oldest first."""

    def __init__(
        self, window_ns: int, left: Callable[[Bucket], None] = lambda bucket: None, width_ns: int = 0
    ) -> None:
        self.width_ns = width_ns or width_of(window_ns)
        self.window_ns = window_ns
        self.kept: deque[Bucket] = deque()
        self._left = left
        self._gone = -1  # number of the newest bucket that has left

    def of(self, end_ns: int) -> Bucket | None:
        """The bucket of a time; None when that has left the window."""
        number = -(-end_ns // self.width_ns)
        if number <= self._gone:
            return None
        place = len(self.kept)
        while place and self.kept[place - 1].number > number:
            place -= 1
        if place and self.kept[place - 1].number == number:
            return self.kept[place - 1]
        made = Bucket(number)
        self.kept.insert(place, made)
        return made

    def slide(self, at_ns: int) -> None:
        """Lets go of what lies before the window."""
        edge = (at_ns - self.window_ns) // self.width_ns
        while self.kept and self.kept[0].number <= edge:
            self._left(self.kept.popleft())
        self._gone = max(self._gone, edge)

    def wakes_ns(self) -> int:
        """When the oldest bucket leaves."""
        return self.kept[0].number * self.width_ns + self.window_ns if self.kept else NEVER


def width_of(window_ns: int) -> int:
    """How wide the buckets of a window are; it begins at the edge of one, so up to this much earlier."""
    return max(1, -(-window_ns // (BUCKETS * NS))) * NS


class Traffic:
    """Counts, errors and latencies over the window."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._share = SHARES.get(rule.metric)
        self._calls = self._errors = 0
        self._codes: dict[int, int] = {}
        self._buckets = Buckets(rule.window * NS, self._leave)

    def add(self, call: Call) -> None:
        bucket = self._buckets.of(call.end_ns)
        if bucket is None:
            return
        bucket.calls += 1
        bucket.errors += call.error
        self._calls += 1
        self._errors += call.error
        if self._share is not None:
            code = code_of(call.duration_ns)
            bucket.codes[code] = bucket.codes.get(code, 0) + 1
            self._codes[code] = self._codes.get(code, 0) + 1

    def _leave(self, bucket: Bucket) -> None:
        self._calls -= bucket.calls
        self._errors -= bucket.errors
        take(self._codes, bucket.codes)

    def judge(self, at_ns: int) -> Evaluation:
        self._buckets.slide(at_ns)
        calls, metric = self._calls, self._rule.metric
        if self._share is not None:
            return Evaluation(at_ns, self._quantile(self._share), calls)
        if metric == "error rate":
            return Evaluation(at_ns, 100 * self._errors / calls if calls else None, calls)
        counted = {"errors": self._errors, "count": calls, "traffic": calls / self._rule.window}
        return Evaluation(at_ns, float(counted[metric]), ALWAYS)

    def _quantile(self, share: float) -> float | None:
        """Nearest rank, in milliseconds, at most 1.1 % off."""
        found = ranked(self._codes, max(1, math.ceil(share * self._calls)))
        return None if found is None else found / MS

    def wakes_ns(self) -> int:
        return self._buckets.wakes_ns()


def take(codes: dict[int, int], gone: Mapping[int, int]) -> None:
    """Counts by code, without these, which are among them."""
    for code, count in gone.items():
        left = codes[code] - count
        if left:
            codes[code] = left
        else:
            del codes[code]


def ranked(codes: Mapping[int, int], rank: int) -> float | None:
    """The number of this rank, the least has 1; at most 1.1 % off, None when there are not so many."""
    for code in sorted(codes):
        rank -= codes[code]
        if rank <= 0:
            return number_of(code)
    return None


def code_of(number: float) -> int:
    """The bucket of data/histogram.py, for one number."""
    if not number:
        return 0
    code = math.floor(math.log2(abs(number)) * PER_DOUBLING) + ZERO_EXPONENT
    return code if number > 0 else -code


def number_of(code: int) -> float:
    """The number that stands for a bucket: its middle by ratio."""
    size = 2 ** ((abs(code) - ZERO_EXPONENT + 0.5) / PER_DOUBLING) if code else 0.0
    return math.copysign(size, code) if code else 0.0


class Values:
    """A statistic of a value, or of the memory delta, over the window."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._buckets = Buckets(rule.window * NS)
        self._scale = MB if rule.metric == "memory" else 1.0

    def add(self, call: Call) -> None:
        number = call.number
        bucket = None if math.isnan(number) else self._buckets.of(call.end_ns)
        if bucket is None:
            return
        bucket.calls += 1
        bucket.total += number
        bucket.least, bucket.greatest = min(bucket.least, number), max(bucket.greatest, number)
        if call.end_ns >= bucket.last_ns:
            bucket.last, bucket.last_ns = number, call.end_ns

    def judge(self, at_ns: int) -> Evaluation:
        self._buckets.slide(at_ns)
        kept = self._buckets.kept
        count = sum(one.calls for one in kept)
        if not count:
            return Evaluation(at_ns, None, 0)
        return Evaluation(at_ns, self._statistic(count) / self._scale, count)

    def _statistic(self, count: int) -> float:
        kept, wanted = self._buckets.kept, self._rule.statistic
        if wanted == "mean":
            return sum(one.total for one in kept) / count
        if wanted == "last":
            return kept[-1].last
        greatest = wanted == "greatest" or (wanted == "worst" and self._rule.operator == "above")
        return max(one.greatest for one in kept) if greatest else min(one.least for one in kept)

    def wakes_ns(self) -> int:
        return self._buckets.wakes_ns()


class NoCalls:
    """1 when nothing was called in the window, though something was in the day before it."""

    def __init__(self, rule: Rule) -> None:
        self._window_ns = rule.window * NS
        self._last_ns = 0
        self._judged_ns = 0

    def add(self, call: Call) -> None:
        self._last_ns = max(self._last_ns, call.end_ns)

    def judge(self, at_ns: int) -> Evaluation:
        self._judged_ns = at_ns
        silent = at_ns - DAY_NS < self._last_ns <= at_ns - self._window_ns
        return Evaluation(at_ns, float(silent), ALWAYS)

    def wakes_ns(self) -> int:
        times = (self._last_ns + self._window_ns, self._last_ns + DAY_NS)
        return next((one for one in times if self._last_ns and one > self._judged_ns), NEVER)


class Repeats:
    """How often the last value repeated, 0 while it has not done so often and long enough."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._text: str | None = None
        self._number = math.nan  # with which the run began
        self._run = 0
        self._begun_ns = self._last_ns = 0

    def add(self, call: Call) -> None:
        if call.text is None or call.end_ns < self._last_ns:  # an old straggler does not end a run
            return
        if call.text != self._text and not abs(call.number - self._number) <= self._rule.tolerance:
            self._run, self._begun_ns, self._number = 0, call.end_ns, call.number
        self._text = call.text
        self._run += 1
        self._last_ns = call.end_ns

    def judge(self, at_ns: int) -> Evaluation:
        if self._text is None or self._last_ns <= at_ns - DAY_NS:
            return Evaluation(at_ns, None, 0)
        lasted = self._last_ns - self._begun_ns
        stale = self._run > self._rule.repeats and lasted >= self._rule.min_seconds * NS
        return Evaluation(at_ns, float(self._run) if stale else 0.0, ALWAYS, text=self._text)

    def wakes_ns(self) -> int:
        return self._last_ns + DAY_NS if self._run else NEVER


class NewExceptions:
    """How many calls of the window raised what nothing raised in the seven days before it."""

    def __init__(self, rule: Rule) -> None:
        self._buckets = Buckets(rule.window * NS, self._leave)
        self._before: dict[str, int] = {}  # exception → when it was last raised before the window

    def add(self, call: Call) -> None:
        if not call.exception:
            return
        bucket = self._buckets.of(call.end_ns)
        if bucket is None:
            self._before[call.exception] = max(self._before.get(call.exception, 0), call.end_ns)
        else:
            bucket.kinds[call.exception] = bucket.kinds.get(call.exception, 0) + 1

    def _leave(self, bucket: Bucket) -> None:
        for name in bucket.kinds:
            self._before[name] = bucket.number * self._buckets.width_ns

    def judge(self, at_ns: int) -> Evaluation:
        self._buckets.slide(at_ns)
        new: dict[str, int] = {}
        for bucket in self._buckets.kept:
            for name, count in bucket.kinds.items():
                if self._before.get(name, 0) <= at_ns - WEEK_NS:
                    new[name] = new.get(name, 0) + count
        return Evaluation(at_ns, float(sum(new.values())), ALWAYS, text=", ".join(sorted(new)))

    def wakes_ns(self) -> int:
        return self._buckets.wakes_ns()


class Types:
    """How many values of the window have another type than most had in the day before it."""

    def __init__(self, rule: Rule) -> None:
        self._buckets = Buckets(rule.window * NS, self._leave)
        self._old: deque[Bucket] = deque()
        self._before: dict[str, int] = {}

    def add(self, call: Call) -> None:
        if call.text is None:
            return
        bucket = self._buckets.of(call.end_ns)
        late = bucket is None
        bucket = bucket or Bucket(call.end_ns // self._buckets.width_ns)
        bucket.kinds[call.type] = bucket.kinds.get(call.type, 0) + 1
        if late:
            self._leave(bucket)

    def _leave(self, bucket: Bucket) -> None:
        number = bucket.number * self._buckets.width_ns // OLD_WIDTH_NS
        if not self._old or self._old[-1].number != number:
            self._old.append(Bucket(number))
        for name, count in bucket.kinds.items():
            self._old[-1].kinds[name] = self._old[-1].kinds.get(name, 0) + count
            self._before[name] = self._before.get(name, 0) + count

    def judge(self, at_ns: int) -> Evaluation:
        self._buckets.slide(at_ns)
        while self._old and (self._old[0].number + 1) * OLD_WIDTH_NS <= at_ns - DAY_NS:
            for name, count in self._old.popleft().kinds.items():
                self._before[name] -= count
        now: dict[str, int] = {}
        for bucket in self._buckets.kept:
            for name, count in bucket.kinds.items():
                now[name] = now.get(name, 0) + count
        if not any(self._before.values()) or not now:
            return Evaluation(at_ns, None, 0)
        usual = max(sorted(self._before), key=lambda name: self._before[name])
        others = {name: count for name, count in now.items() if name != usual}
        text = f"{', '.join(sorted(others))}, was {usual}" if others else usual
        return Evaluation(at_ns, float(sum(others.values())), sum(now.values()), text=text)

    def wakes_ns(self) -> int:
        return self._buckets.wakes_ns()
