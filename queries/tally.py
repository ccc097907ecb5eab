"""Figures made of cells and spans together: totals, quantiles, and series in equal steps.

Where all spans of a range were read, quantiles are exact; else they come from histograms, at most 1.1 % off.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.histogram import bucket_codes, bucket_values, cuts
from queries.base import Session, TimeRange
from queries.cells import (
    DAYS,
    MINUTES,
    Cells,
    Cover,
    Floats,
    Subject,
    Tier,
    cover,
    edge_measures,
    hold_more,
    read,
    read_by_process,
    read_some,
    read_together,
)
from queries.measures import NS_PER_US, Ints, Measures

EXACT = 20_000  # spans of a range that are simply read
FEW = 2_000  # calls of one process that are simply read: each lies on a page of its own

AT_ONCE = 2**17  # buckets that are counted at once: a month has millions, which no cache of a processor holds

Flags = npt.NDArray[np.bool_]
Quantiles = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What happened in a range: cells, and spans beside them with the group or process they count for."""

    cells: Cells
    spans: Measures
    spans_who: Ints
    edges: tuple[TimeRange, ...]  # where those spans were read

    @property
    def calls(self) -> int:
        """How many spans."""
        return round(self._sum(self.cells.calls)) + len(self.spans_who)

    @property
    def errors(self) -> int:
        """How many of them failed."""
        return round(self._sum(self.cells.errors)) + int(self.spans.error.sum())

    @property
    def roots(self) -> int:
        """How many of them have no parent: traces."""
        return round(self._sum(self.cells.roots)) + int(self.spans.root.sum())

    @property
    def duration_ns(self) -> float:
        """The sum of their durations."""
        return self._sum(self.cells.duration_ns) + float(self.spans.duration_ns.sum())

    @property
    def longest_ns(self) -> int:
        """The longest duration, 0 when there are none."""
        return int(max(self.cells.longest_ns.max(initial=0), self.spans.duration_ns.max(initial=0)))

    def _sum(self, column: Ints) -> float:
        return float((column * self.cells.share).sum())

    def who(self) -> Ints:
        """Every group or process that occurs."""
        return np.union1d(self.cells.who, self.spans_who)

    def of(self, who: Collection[int]) -> Traffic:
        """The traffic of some groups or processes only."""
        wanted = list(who)
        kept = np.isin(self.spans_who, wanted)
        return Traffic(
            self.cells.where(np.isin(self.cells.who, wanted)),
            self.spans.where(kept),
            self.spans_who[kept],
            self.edges,
        )

    def calls_of(self, who: Ints) -> tuple[Ints, Ints]:
        """Calls and errors of each group or process of a sorted array."""
        cells, spans = np.searchsorted(who, self.cells.who), np.searchsorted(who, self.spans_who)
        calls = np.bincount(cells, self.cells.calls * self.cells.share, len(who))
        errors = np.bincount(cells, self.cells.errors * self.cells.share, len(who))
        return (
            np.rint(calls).astype(np.int64) + np.bincount(spans, minlength=len(who)),
            np.rint(errors).astype(np.int64)
            + np.bincount(spans, self.spans.error, len(who)).astype(np.int64),
        )

    def duration_of(self, who: Ints) -> Ints:
        """The time of all calls of each group or process of a sorted array, nanoseconds."""
        cells, spans = np.searchsorted(who, self.cells.who), np.searchsorted(who, self.spans_who)
        time = np.bincount(cells, self.cells.duration_ns * self.cells.share, len(who))
        total: Ints = np.rint(time + np.bincount(spans, self.spans.duration_ns, len(who))).astype(np.int64)
        return total

    def quantiles(self, shares: Sequence[float]) -> Quantiles:
        """Durations at these shares of the order, None when there are none."""
        cells, spans = np.zeros(len(self.cells.calls), np.int64), np.zeros(len(self.spans_who), np.int64)
        return tuple(column[0] for column in self._quantiles(cells, spans, 1, shares))

    def quantile_by_who(self, who: Ints, share: float) -> list[int | None]:
        """The duration at this share for each group or process of a sorted array."""
        cells, spans = np.searchsorted(who, self.cells.who), np.searchsorted(who, self.spans_who)
        return self._quantiles(cells, spans, len(who), (share,))[0]

    def steps(self, ends: Ints) -> tuple[Ints, Ints, Ints]:
        """Spans, errors and traces in each step; `ends` are their ends after the start of the first."""
        counted = np.ones(len(self.spans_who), np.bool_)
        return (
            self._spread(self.cells.calls, counted, ends),
            self._spread(self.cells.errors, self.spans.error, ends),
            self._spread(self.cells.roots, self.spans.root, ends),
        )

    def quantiles_by_step(
        self, ends: Ints, share: float, shares: Sequence[float]
    ) -> tuple[list[int | None], Quantiles]:
        """The duration at `share` in each step, and those at `shares` of all; a cell counts where its middle
        lies."""
        cells, spans = step_of(self.cells.middle_ns, ends), step_of(self.spans.start_us * NS_PER_US, ends)
        if not len(self.cells.calls):
            return self._quantiles(cells, spans, len(ends) - 1, (share,))[0], self.quantiles(shares)
        table, used = counted_codes(
            self.cells.durations, self.cells.share, cells, self.spans.duration_ns, spans, len(ends) - 1
        )
        whole = np.cumsum(table.sum(axis=0)).reshape(1, -1)
        return _at(np.cumsum(table, axis=1), share, used), tuple(_at(whole, one, used)[0] for one in shares)

    def _spread(self, column: Ints, counted: Flags, ends: Ints) -> Ints:
        """What a cell counts is spread evenly over it; spans count where they are."""
        steps: Ints = np.diff(
            spread(self.cells, column, ends) + counted_by(self.spans.start_us[counted] * NS_PER_US, ends)
        )
        return steps

    def _quantiles(
        self, cells: Ints, spans: Ints, count: int, shares: Sequence[float]
    ) -> list[list[int | None]]:
        """For each share the durations of `count` parts; the arrays say of which part a cell or span is."""
        if not len(self.cells.calls):
            return exact_quantiles(spans, self.spans.duration_ns, count, shares)
        return quantiles_by_part(
            self.cells.durations, self.cells.share, cells, self.spans.duration_ns, spans, count, shares
        )


def spread(cells: Cells, column: Ints, ends: Ints) -> Ints:
    """How much of a column lies before each moment, a cell's being spread evenly over its length."""
    starts, first, place = np.unique(cells.start_ns, return_index=True, return_inverse=True)
    if not len(starts):
        return np.zeros(len(ends), np.int64)
    weights = np.bincount(place, column * cells.share, len(starts))
    at = np.searchsorted(starts, ends, "right") - 1  # the cell begun last: cells do not overlap
    passed = (ends - starts[at]) / np.maximum(cells.length_ns[first][at], 1)
    whole = np.cumsum(weights) - weights
    reached = np.where(at < 0, 0.0, whole[at] + np.clip(passed, 0.0, 1.0) * weights[at])
    before: Ints = np.rint(reached).astype(np.int64)
    return before


def counted_by(starts_ns: Ints, ends: Ints) -> Ints:
    """How many starts lie before each moment; all are counted, for edges are cut to the microsecond."""
    counted: Ints = np.searchsorted(np.sort(starts_ns), ends)
    counted[0], counted[-1] = 0, len(starts_ns)
    return counted


def step_of(moments_ns: Ints, ends: Ints) -> Ints:
    """The step that each moment lies in; `ends` are the ends of the steps after the start of the first."""
    steps: Ints = np.clip(np.searchsorted(ends, moments_ns, "right") - 1, 0, len(ends) - 2)
    return steps


def quantiles_by_part(
    histograms: tuple[Ints, Ints, Ints],
    share: Floats,
    cells: Ints,
    values: Ints,
    beside: Ints,
    count: int,
    shares: Sequence[float],
) -> list[list[int | None]]:
    """For each share the values of `count` parts, of histograms and single values beside them together.

    `cells` and `beside` say to which part a histogram and a value belong.
    """
    table, used = counted_codes(histograms, share, cells, values, beside, count)
    reached = np.cumsum(table, axis=1)
    return [_at(reached, one, used) for one in shares]


def counted_codes(
    histograms: tuple[Ints, Ints, Ints], share: Floats, cells: Ints, values: Ints, beside: Ints, count: int
) -> tuple[Floats, Ints]:
    """How much of each part lies in each bucket, and the codes of the buckets, ascending."""
    codes, counts, sizes = histograms
    single = bucket_codes(values)
    used, place = _used(codes, single)
    width = len(used)
    table: Floats = np.bincount(beside * width + place[single], minlength=count * width).astype(np.float64)
    ends = np.cumsum(sizes)
    first = 0
    for end in cuts(ends, max(AT_ONCE, count * width)):
        some, buckets = slice(first, end), slice(int(ends[first] - sizes[first]), int(ends[end - 1]))
        at = np.repeat(cells[some] * width, sizes[some])
        at += place[codes[buckets]]
        weights = counts[buckets]
        if (share[some] < 1.0).any():
            weights = weights * np.repeat(share[some], sizes[some])
        table += np.bincount(at, weights, count * width)
        first = end
    return table.reshape(count, width), used


def _used(*codes: Ints) -> tuple[Ints, Ints]:
    """The distinct codes, ascending, and by code (negative ones from the end) which of them it is."""
    seen = np.zeros(2**16, np.bool_)
    for some in codes:
        seen[some] = True
    used = np.flatnonzero(np.roll(seen, 2**15)) - 2**15
    place = np.empty(2**16, np.int64)
    place[used] = np.arange(len(used))
    return used, place


def exact_quantiles(parts: Ints, values: Ints, count: int, shares: Sequence[float]) -> list[list[int | None]]:
    """For each share the value of each part at that place of its order."""
    ordered = values[np.lexsort((values, parts))]
    sizes = np.bincount(parts, minlength=count)
    first = np.cumsum(sizes) - sizes
    found: list[list[int | None]] = []
    for share in shares:
        ranks = first + np.maximum(np.ceil(share * sizes).astype(np.int64), 1) - 1
        picked = ordered[np.minimum(ranks, len(ordered) - 1)].tolist() if len(ordered) else [0] * count
        found.append([value if size else None for value, size in zip(picked, sizes.tolist(), strict=True)])
    return found


def merged_quantiles(codes: Ints, counts: Floats, shares: Sequence[float]) -> Quantiles:
    """Values at these shares of one histogram, whose codes may come in any order."""
    if not len(codes):
        return (None,) * len(shares)
    used, place = _used(codes)
    reached: Floats = np.cumsum(np.bincount(place[codes], counts)).astype(np.float64).reshape(1, -1)
    return tuple(_at(reached, share, used)[0] for share in shares)


def _at(reached: Floats, share: float, codes: Ints) -> list[int | None]:
    """The value at a share of the order of each row of running sums; a column is one code."""
    if not len(codes):
        return [None] * len(reached)
    totals = reached[:, -1]
    ranks = np.maximum(np.ceil(totals * share - 1e-6), np.minimum(totals, 1.0))
    places = np.argmax(reached >= ranks[:, None] - 1e-6, axis=1)
    values = np.rint(bucket_values(codes[places])).astype(np.int64).tolist()
    return [value if total > 0 else None for value, total in zip(values, totals.tolist(), strict=True)]


def traffic(
    session: Session,
    range: TimeRange,
    subject: Subject,
    process: int | None = None,
    least: Tier = MINUTES,
    most: Tier = DAYS,
    memory: bool = False,
) -> Traffic:
    """What happened in a range, by group or by process, or of one process alone."""
    covered = cover(session, range, least, most, of_one=process is not None)
    if process is None:
        covered = _few_are_read(session, covered, range)
    cells = read(session, covered, subject, process, memory)
    if process is not None and cells.calls.sum() <= FEW:
        covered = covered._replace(pieces=(), edges=(range,))
        cells = read(session, covered, subject, process, memory)
    spans = edge_measures(session, covered, None if process is None else [process])
    who = _groups(session, spans.process) if subject == "group" else spans.process
    return Traffic(cells, spans, who, covered.edges)


def traffic_together(
    session: Session, range: TimeRange, groups: Collection[int], *, inside: bool,
    least: Tier = MINUTES, most: Tier = DAYS,
) -> Traffic:  # fmt: skip
    """What happened in a range, all groups together that are among these (`inside`), or are not."""
    covered = _few_are_read(session, cover(session, range, least, most), range)
    spans = edge_measures(session, covered)
    spans = spans.where(np.isin(_groups(session, spans.process), list(groups)) == inside)
    cells = read_together(session, covered, groups, inside=inside)
    return Traffic(cells, spans, np.zeros_like(spans.process), covered.edges)


def traffic_by_process(session: Session, range: TimeRange, *, durations: bool = True) -> Traffic:
    """What each process did in a range, without when and in which version."""
    covered = _few_are_read(session, cover(session, range), range)
    spans = edge_measures(session, covered)
    cells = read_by_process(session, covered, durations=durations)
    return Traffic(cells, spans, spans.process, covered.edges)


def traffic_of(session: Session, range: TimeRange, processes: Collection[int]) -> Traffic:
    """What happened in a range, of some processes."""
    covered = _few_are_read(session, cover(session, range), range)
    cells = read_some(session, covered, processes)
    spans = edge_measures(session, covered)
    return Traffic(cells, spans, spans.process, covered.edges).of(processes)


def are_few_spans(session: Session, covered: Cover) -> bool:
    """Whether a range holds so few spans that they are read: they are there at once, cells a second later."""
    return session.there and not hold_more(session, covered, EXACT)


def _few_are_read(session: Session, covered: Cover, range: TimeRange) -> Cover:
    """The whole range as spans when it holds few."""
    if are_few_spans(session, covered):
        return covered._replace(pieces=(), edges=(range,))
    return covered


def _groups(session: Session, processes: Ints) -> Ints:
    """The group of each process."""
    distinct, place = np.unique(processes, return_inverse=True)
    if not len(distinct):
        return distinct
    names = session.names
    if any(process not in names.processes for process in distinct.tolist()):
        names = session.refresh_names()
    return np.array([names.processes[process].group_id for process in distinct.tolist()], np.int64)[place]
