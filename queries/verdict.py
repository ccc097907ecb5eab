"""Did the change make it slower, faster or more failing? Two sides of minute histograms, and a bootstrap.

Calls close in time are alike, so minutes are resampled and not calls. Versions follow each other in time,
so drift looks like change: a call needs an effect that stays above a margin after three standard errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from queries.measures import Ints

Floats = npt.NDArray[np.float64]
Speed = Literal["slower", "faster", "same", "too few calls"]
Failing = Literal["more", "less", "same", "too few calls"]
Which = Literal["typical", "p95"]
_TYPICAL: Which = "typical"
_TAIL: Which = "p95"

BINS_PER_DOUBLING = 32  # OTel exponential histograms of scale 5: a bin is 2.2 % wide
MINUTE_US = 60_000_000
MIN_CALLS = 100  # on each side
MIN_MINUTES = 20  # with calls in them, on each side
ENOUGH_CALLS = 4_000  # on each side: then the window ends, so that less drift lies between the sides
ENOUGH_MINUTES = 60
RESAMPLES = 400
MARGIN = float(np.log(1.02))  # what must be left of the effect after the error is taken off
LEAST = float(np.log(1.04))  # a smaller effect is never called, however many calls there are
Z_TYPICAL = 2.95  # normal quantile of the error that is taken off
Z_TAIL = 3.5  # stricter: the tail is a second look at the same calls
TAIL_CALLS = 400  # on each side: a p95 of fewer rests on less than twenty calls
ERROR_MARGIN = 0.001  # a tenth of a percentage point
ERROR_RATIO = 1.3  # and at least this times the rate of the other side


@dataclass(frozen=True, slots=True)
class Blocks:
    """One side. A row of `counts` is one minute with calls, a column one bin of `duration`."""

    counts: Floats
    errors: Floats  # per minute
    low: int  # index of the first bin

    @property
    def calls(self) -> int:
        return int(self.counts.sum())

    @property
    def minutes(self) -> int:
        return len(self.errors)


@dataclass(frozen=True, slots=True)
class Side:
    """What one side did, for the words beside the verdict. Nanoseconds."""

    calls: int
    minutes: int
    p50_ns: int
    p95_ns: int
    error_rate: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`change` is the share by which calls became slower (negative: faster), between `low` and `high`."""

    speed: Speed
    of: Which  # whether all calls moved, or the slow ones
    change: float
    low: float
    high: float
    failing: Failing
    error_change: float  # difference of the rates
    old: Side
    new: Side


def blocks(start_us: Ints, duration_ns: Ints, error: npt.NDArray[np.bool_]) -> Blocks:
    """Calls as one histogram per minute."""
    bins = np.floor(np.log2(np.maximum(duration_ns, 1)) * BINS_PER_DOUBLING).astype(np.int64)
    low, high = (int(bins.min()), int(bins.max())) if len(bins) else (0, 0)
    minutes, row = np.unique(start_us // MINUTE_US, return_inverse=True)
    width = high - low + 1
    counts = np.bincount(row * width + bins - low, minlength=len(minutes) * width)
    failed = np.bincount(row, weights=error, minlength=len(minutes))
    return Blocks(counts.reshape(-1, width).astype(np.float64), failed.astype(np.float64), low)


def nearest(start_us: Ints, newest_first: bool) -> npt.NDArray[np.bool_]:
    """The calls next to the switch: an hour of minutes and 4,000 calls, or all there are."""
    minute = start_us // MINUTE_US
    present, counts = np.unique(minute, return_counts=True)
    order = present[::-1] if newest_first else present
    reached = np.cumsum(counts[::-1] if newest_first else counts)
    end = max(ENOUGH_MINUTES, int(np.searchsorted(reached, ENOUGH_CALLS)) + 1)
    if end >= len(order):
        return np.ones(len(start_us), dtype=np.bool_)
    last = int(order[end - 1])
    chosen: npt.NDArray[np.bool_] = minute >= last if newest_first else minute <= last
    return chosen


def judge(old: Blocks, new: Blocks, rng: np.random.Generator) -> Verdict:
    """The verdict on two sides of at least 100 calls and 20 minutes each."""
    sides = _side(old), _side(new)
    if min(old.calls, new.calls) < MIN_CALLS or min(old.minutes, new.minutes) < MIN_MINUTES:
        return Verdict("too few calls", "typical", 0.0, 0.0, 0.0, "too few calls", 0.0, *sides)
    then, now = _resampled(old, rng), _resampled(new, rng)
    chosen, of = _effect(then.mean_log, now.mean_log, then, now, Z_TYPICAL), _TYPICAL
    if not chosen.called and min(old.calls, new.calls) >= TAIL_CALLS:
        tail = _effect(then.p95_log, now.p95_log, then, now, Z_TAIL)
        chosen, of = (tail, _TAIL) if tail.called else (chosen, _TYPICAL)
    speed: Speed = "same" if not chosen.called else "slower" if chosen.size > 0 else "faster"
    return Verdict(speed, of, *chosen.shares(), *_failing(then, now), *sides)


@dataclass(frozen=True, slots=True)
class _Resampled:
    """A figure and its resamples: index 0 is the figure itself, the rest are the resamples."""

    mean_log: Floats
    p95_log: Floats
    error_rate: Floats
    calls: int
    minutes: int


@dataclass(frozen=True, slots=True)
class _Effect:
    size: float  # difference of logarithms
    error: float  # half the width of its interval
    called: bool

    def shares(self) -> tuple[float, float, float]:
        """The effect and its interval as shares: 0.21 is 21 % slower."""
        size, low, high = np.expm1([self.size, self.size - self.error, self.size + self.error]).tolist()
        return size, low, high


def _resampled(side: Blocks, rng: np.random.Generator) -> _Resampled:
    """The side itself, and RESAMPLES sides made of its minutes, drawn with replacement."""
    minutes = side.minutes
    drawn = rng.multinomial(minutes, np.full(minutes, 1 / minutes), size=RESAMPLES).astype(np.float64)
    weights = np.vstack([np.ones(minutes), drawn])
    histograms = weights @ side.counts
    calls = histograms.sum(axis=1)
    middles = (np.arange(side.counts.shape[1]) + side.low + 0.5) * (np.log(2) / BINS_PER_DOUBLING)
    return _Resampled(
        mean_log=histograms @ middles / calls,
        p95_log=_quantile_log(histograms, calls, 0.95, side.low),
        error_rate=weights @ side.errors / calls,
        calls=side.calls,
        minutes=minutes,
    )


def _quantile_log(histograms: Floats, calls: Floats, share: float, low: int) -> Floats:
    """Logarithm of the quantile of each histogram, straight within a bin."""
    summed = np.cumsum(histograms, axis=1)
    wanted = (share * calls)[:, None]
    at = np.argmax(summed >= wanted, axis=1)
    rows = np.arange(len(histograms))
    inside = histograms[rows, at]
    below = summed[rows, at] - inside
    part = (wanted[:, 0] - below) / np.where(inside > 0, inside, 1)
    logs: Floats = (low + at + part) * (np.log(2) / BINS_PER_DOUBLING)
    return logs


def _effect(before: Floats, after: Floats, then: _Resampled, now: _Resampled, z: float) -> _Effect:
    size = float(after[0] - before[0])
    error = _error(before, after, then, now, z)
    return _Effect(size, error, abs(size) >= LEAST and abs(size) - error >= MARGIN)


def _error(
    before: Floats, after: Floats, then: _Resampled, now: _Resampled, z: float, unseen: float = 0.0
) -> float:
    """Half the width of the interval of a difference; `unseen` is variance that no resample can show."""
    spreads = [
        float(figure[1:].var()) * side.minutes / (side.minutes - 1)
        for figure, side in ((before, then), (after, now))
    ]
    whole = sum(spreads)
    parts = sum(spread**2 / (side.minutes - 1) for spread, side in zip(spreads, (then, now), strict=True))
    freedom = whole**2 / parts if parts else float(then.minutes + now.minutes - 2)  # Welch
    return float(_wider(z, freedom) * (whole + unseen) ** 0.5)


def _wider(z: float, freedom: float) -> float:
    """Student's quantile for the normal one: few minutes know their own spread badly (Cornish-Fisher)."""
    third = (z**3 + z) / 4
    fifth = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + third / freedom + fifth / freedom**2


def _failing(then: _Resampled, now: _Resampled) -> tuple[Failing, float]:
    change = float(now.error_rate[0] - then.error_rate[0])
    # A side without errors has no spread of its own: one error more would have been as likely as none.
    unseen = 1 / then.calls**2 + 1 / now.calls**2
    left = abs(change) - _error(then.error_rate, now.error_rate, then, now, Z_TYPICAL, unseen)
    small, large = sorted((float(then.error_rate[0]), float(now.error_rate[0])))
    if left < ERROR_MARGIN or large < ERROR_RATIO * small:
        return "same", change
    return ("more" if change > 0 else "less"), change


def _side(side: Blocks) -> Side:
    calls = side.calls
    if not calls:
        return Side(0, 0, 0, 0, 0.0)
    whole = side.counts.sum(axis=0, keepdims=True)
    total = np.array([float(calls)])
    p50, p95 = (int(np.exp(_quantile_log(whole, total, share, side.low)[0])) for share in (0.5, 0.95))
    return Side(calls, side.minutes, p50, p95, float(side.errors.sum()) / calls)
