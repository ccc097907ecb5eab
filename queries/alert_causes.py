"""Which alert is the cause of which: from the wrong calls of the one down to the wrong calls of the other.

Of each alert the newest wrong calls are taken with everything that is stored of their traces. Where at least
half of an alert's calls led to a wrong call of another one, the other is a cause of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data.ids import first_row_id
from queries.base import Reader, Session, TimeRange
from queries.fetch import stored_rows
from queries.filter_tree import Filter
from queries.find import find
from queries.names import Names

SAMPLED = 12  # calls of each alert, the newest
MOST_ALERTS = 40
MOST_SPANS = 20_000  # of all their traces
NEAR_NS = 3_600 * 10**9  # the rest of a trace is looked for this far around
SECONDS = 0.1  # for the calls of one alert
ALL_SECONDS = 0.5  # for those of all
SHARE = 0.5  # of its calls, or of the time of a slow one
MOST_CALLS_UP = 200  # of one trace, from a call to its root
SPANS = """
SELECT trace_hi, trace_lo, span_id, parent_id, process, status = 2, duration_ns
FROM span INDEXED BY span_trace
WHERE trace_lo IN (SELECT value FROM json_each(?)) LIMIT ?
"""
Identity = tuple[int, int, int]  # trace, in two halves, and span


@dataclass(frozen=True, slots=True)
class Wrong:
    """The wrong calls of an alert. What is slow passes it on by time, what fails by failing."""

    tree: Filter
    range: TimeRange
    failing: bool = False
    slow_ns: int = 0  # calls at least this long are wrong; 0: not about time


@dataclass(frozen=True, slots=True)
class Link:
    """One alert is an effect of another, both by position; so many traced calls lie between them."""

    effect: int
    cause: int
    share: float
    calls: int


@dataclass(frozen=True, slots=True)
class Causes:
    """The links, and for each alert the processes above and below its calls that are wrong too."""

    links: tuple[Link, ...]
    around: tuple[frozenset[int], ...]
    names: Names


@dataclass(frozen=True, slots=True)
class _Span:
    parent: Identity
    process: int
    error: int
    duration_ns: int


@dataclass(slots=True)
class _Seen:
    """What lies below one call: of each alert how much time and how far away, and the wrong processes."""

    below_ns: dict[int, int] = field(default_factory=dict)
    calls: dict[int, int] = field(default_factory=dict)


def causes(reader: Reader, alerts: Sequence[Wrong]) -> Causes:
    """How the first alerts, at most MOST_ALERTS, hang together."""
    alerts = alerts[:MOST_ALERTS]
    with reader.session() as session:
        samples = [_sample(session, one) for one in alerts]
        traces = Traces(_spans(session, alerts, samples))
        names = session.refresh_names()
    processes = [frozenset(sample.values()) for sample in samples]
    seen = _climb(alerts, processes, traces)
    links = [
        link
        for effect, sample in enumerate(samples)
        for cause in range(len(alerts))
        if cause != effect and (link := _link(effect, cause, alerts, sample, seen, traces))
    ]
    both = {(one.effect, one.cause) for one in links}
    one_way = tuple(one for one in links if (one.cause, one.effect) not in both)
    return Causes(one_way, _around(alerts, samples, traces), names)


class Traces:
    """Spans, and the calls above each."""

    def __init__(self, spans: Mapping[Identity, _Span]) -> None:
        self.spans = spans
        self._above: dict[Identity, tuple[Identity, ...]] = {}

    def above(self, identity: Identity) -> tuple[Identity, ...]:
        """The calls above one, the nearest first, as far as they are stored."""
        if identity not in self._above:
            found = {identity: None}
            at = self.spans[identity].parent
            while at in self.spans and at not in found and len(found) <= MOST_CALLS_UP:
                found[at] = None
                at = self.spans[at].parent
            self._above[identity] = tuple(found)[1:]
        return self._above[identity]


def _sample(session: Session, one: Wrong) -> dict[Identity, int]:
    """The newest wrong calls, each with its process; none when the others have taken all the time."""
    if session.over(ALL_SECONDS):
        return {}
    found = find(session, one.tree, one.range, None, SAMPLED, True, SECONDS)
    return {row.identity: row.process for row in stored_rows(session, found.keys).values()}


def _spans(
    session: Session, alerts: Sequence[Wrong], samples: Sequence[Mapping[Identity, int]]
) -> dict[Identity, _Span]:
    """Everything that is stored of the traces of the samples."""
    lows = sorted({low for sample in samples for _, low, _ in sample})
    if not lows:
        return {}
    begin = min(one.range.start_ns for one in alerts) - NEAR_NS
    end = max(one.range.end_ns for one in alerts) + NEAR_NS
    found: dict[Identity, _Span] = {}
    for segment in session.within(first_row_id(max(0, begin)), first_row_id(end)):
        most = MOST_SPANS - len(found)
        for high, low, span, parent, *rest in session.segment(segment, SPANS, (json.dumps(lows), most)):
            found[high, low, span] = _Span((high, low, parent or 0), *rest)
    return found


def _climb(
    alerts: Sequence[Wrong], processes: Sequence[frozenset[int]], traces: Traces
) -> dict[Identity, _Seen]:
    """Tells every call above a wrong call of an alert that it leads there."""
    seen: dict[Identity, _Seen] = {}
    for identity, span in traces.spans.items():
        of = [at for at, one in enumerate(alerts) if span.process in processes[at] and _is_wrong(one, span)]
        for calls, above in enumerate(traces.above(identity) if of else (), 1):
            mine = seen.setdefault(above, _Seen())
            for at in of:
                mine.below_ns[at] = mine.below_ns.get(at, 0) + span.duration_ns
                mine.calls[at] = min(calls, mine.calls.get(at, calls))
    return seen


def _is_wrong(one: Wrong, span: _Span) -> bool:
    return bool(span.error) if one.failing else span.duration_ns >= one.slow_ns


def _link(
    effect: int, cause: int, alerts: Sequence[Wrong], sample: Mapping[Identity, int],
    seen: Mapping[Identity, _Seen], traces: Traces,
) -> Link | None:  # fmt: skip
    """The tie of two alerts, when enough of the calls of the one led to the other."""
    led = []
    for identity in sample:
        mine = seen.get(identity)
        if mine is None or cause not in mine.calls or identity not in traces.spans:
            continue
        slow = alerts[effect].slow_ns and alerts[cause].slow_ns
        if not slow or mine.below_ns[cause] >= SHARE * traces.spans[identity].duration_ns:
            led.append(mine.calls[cause])
    share = len(led) / len(sample) if sample else 0.0
    return Link(effect, cause, share, min(led)) if led and share >= SHARE else None


def _around(
    alerts: Sequence[Wrong], samples: Sequence[Mapping[Identity, int]], traces: Traces
) -> tuple[frozenset[int], ...]:
    """Of each alert the processes above and below its calls that fail as well, or take much of the time."""
    found: list[set[int]] = [set() for _ in alerts]
    of: dict[Identity, list[int]] = {}
    for at, sample in enumerate(samples):
        for identity in sample if alerts[at].failing or alerts[at].slow_ns else ():
            of.setdefault(identity, []).append(at)
    for identity, span in traces.spans.items():
        for above in traces.above(identity):
            other = traces.spans[above]
            for at in of.get(identity, ()):
                found[at] |= {other.process} if _passes_on(alerts[at], other, span) else set()
            for at in of.get(above, ()):
                found[at] |= {span.process} if _passes_on(alerts[at], span, other) else set()
    return tuple(map(frozenset, found))


def _passes_on(one: Wrong, other: _Span, mine: _Span) -> bool:
    return bool(other.error) if one.failing else other.duration_ns >= SHARE * mine.duration_ns
