"""The reference data: what every figure in docs/benchmarks.md is measured on, and what `seed` writes.

500 processes in 20 groups, called by Zipf 1.1; traces of 1 to 50 spans, over up to 30 days, more by day than
by night; 2 % errors with 1 kB of traceback; two arguments and the return on every span; five HTTP attributes
on a third; 20 % of the values are ten words. The same seed gives the same spans, in order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import Event, Observation, Resource, Scope, SpanIn

GROUPS = (
    "accounts", "basket", "billing", "catalog", "checkout", "courier", "currency", "delivery", "fraud",
    "gateway", "ledger", "loyalty", "mailer", "orders", "payments", "pricing", "reports", "search", "stock",
    "tickets",
)  # fmt: skip
VERBS = ("load", "save", "check", "price", "find", "merge", "send", "score", "plan", "close")
NOUNS = ("order", "invoice", "customer", "parcel", "quote")
ARGUMENTS = (
    "order_id",
    "amount",
    "customer",
    "currency",
    "quantity",
    "note",
    "region",
    "weight",
    "limit",
    "reason",
)
FAILURES = (
    "ValueError",
    "KeyError",
    "TimeoutError",
    "ConnectionError",
    "PermissionError",
    "ZeroDivisionError",
)
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "ru", "sa", "te", "vi", "zo")
DAYLIGHT = np.array(
    [2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 11, 12, 12, 11, 9, 7, 6, 5, 4, 3, 3], np.float64
)
PROCESSES = 500
ZIPF = 1.1
WORDS_SHARE, ERROR_SHARE, HTTP_SHARE = 0.2, 0.02, 1 / 3
MEMORY_ONE_IN = 64
LONGEST_TRACE, MEAN_TRACE = 50, 8
NS_PER_DAY = 86_400 * 1_000_000_000
TRACES_AT_ONCE = 2_000
VALUES = ("words", "float", "int", "str")
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Process:
    """One traced function of the reference data."""

    name: str
    resources: tuple[Resource, Resource]
    scope: Scope
    arguments: tuple[str, str]
    kinds: tuple[str, str, str]  # of the two arguments and the return, as VALUES names them
    level: float  # what its numbers are around
    version: str
    source: str
    file: str
    line: int


def reference_spans(n: int, seed: int, now_ns: int, days: int = 30) -> Iterator[SpanIn]:
    """`n` spans of the last `days` days before `now_ns`, in order of arrival."""
    rng = np.random.default_rng(seed)
    world = _World(rng)
    sizes = np.minimum(rng.geometric(1 / MEAN_TRACE, size=n), LONGEST_TRACE)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), n)) + 1]
    starts = _starts(rng, len(sizes), now_ns, days)
    left = n
    for at in range(0, len(sizes), TRACES_AT_ONCE):
        block = world.spans(starts[at : at + TRACES_AT_ONCE], sizes[at : at + TRACES_AT_ONCE], now_ns)
        block.sort(key=lambda span: span.end_ns)
        yield from block[:left]
        left -= len(block)


def _starts(rng: np.random.Generator, count: int, now_ns: int, days: int) -> Numbers:
    """Ascending starts of traces, denser by day, from an hour into the range to a minute ago."""
    share = np.append(0.0, np.cumsum(DAYLIGHT) / DAYLIGHT.sum())  # of a day's traces, before each hour

    def position(time_ns: int) -> float:
        hours = time_ns % NS_PER_DAY / 3_600e9
        return float(time_ns // NS_PER_DAY + np.interp(hours, np.arange(25), share))

    first, last = position(now_ns - days * NS_PER_DAY + 3_600_000_000_000), position(now_ns - 60_000_000_000)
    positions = first + (np.arange(count) + rng.random(count)) / count * (last - first)
    hours = np.interp(positions % 1, share, np.arange(25))
    return np.floor(positions).astype(np.int64) * NS_PER_DAY + (hours * 3_600e9).astype(np.int64)


class _World:
    """The processes, and the spans they make."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        weight = 1 / np.arange(1, PROCESSES + 1) ** ZIPF
        self._weight = weight / weight.sum()
        self._words = _vocabulary(rng)
        self._processes = self._make_processes()
        self._told: set[int] = set()  # processes whose source has been sent
        self._scopes = {process.scope.name: process.scope for process in self._processes}

    def spans(self, starts: Numbers, sizes: Numbers, now_ns: int) -> list[SpanIn]:
        """The spans of some traces."""
        rng = self._rng
        count = int(sizes.sum())
        first = np.cumsum(sizes) - sizes
        start, duration, parent = self._shape(starts, sizes, first)
        end = np.minimum(start + duration, now_ns)
        process = rng.choice(PROCESSES, count, p=self._weight).tolist()
        error, http = (rng.random(count) < ERROR_SHARE).tolist(), (rng.random(count) < HTTP_SHARE).tolist()
        measured = (rng.integers(MEMORY_ONE_IN, size=count) == 0).tolist()
        memory = (rng.integers(0, 256, count) * 4_096).tolist()
        trace_ids, span_ids = rng.bytes(16 * len(sizes)), rng.bytes(8 * count)
        trace = np.repeat(np.arange(len(sizes)), sizes).tolist()
        draws = rng.random((count, 3)).tolist()
        words = rng.integers(len(self._words), size=(count, 10)).tolist()
        spans = []
        for at, (begin, finish, up) in enumerate(
            zip(start.tolist(), end.tolist(), parent.tolist(), strict=True)
        ):
            one = self._processes[process[at]]
            source = None if process[at] in self._told else one.source
            self._told.add(process[at])
            observations = self._observations(one, draws[at], words[at], error[at])
            failure = FAILURES[at % len(FAILURES)] if error[at] else ""
            message = f"{one.name} refused {observations[0].value}"[:200] if failure else ""
            spans.append(
                SpanIn(
                    trace_id=trace_ids[16 * trace[at] : 16 * trace[at] + 16],
                    span_id=span_ids[8 * at : 8 * at + 8],
                    parent_span_id=b"" if up < 0 else span_ids[8 * up : 8 * up + 8],
                    name=one.name,
                    kind=2 if http[at] else 1,
                    start_ns=begin,
                    end_ns=finish,
                    status=2 if failure else 0,
                    status_message=message,
                    resource=one.resources[at & 1],
                    scope=one.scope,
                    observations=observations,
                    primary=0 if failure else 2,
                    primary_attribute="",
                    attributes=_http(at, bool(failure)) if http[at] else {},
                    exception_type=failure,
                    exception_message=message,
                    code_version=one.version,
                    source=source,
                    function=one.name,
                    file=one.file,
                    line=one.line,
                    memory_delta=memory[at] if measured[at] else None,
                    events=(_exception(finish, failure, message),) if failure else (),
                    links=(),
                    trace_state="",
                    flags=257,
                    dropped_attributes=0,
                    dropped_events=0,
                    dropped_links=0,
                )
            )
        return spans

    def _shape(self, starts: Numbers, sizes: Numbers, first: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Start, duration and place of the parent (-1: a root) of each span; children lie within parents."""
        rng, count = self._rng, int(sizes.sum())
        start, parent = np.zeros(count, np.int64), np.full(count, -1, np.int64)
        duration = np.zeros(count, np.int64)
        start[first] = starts
        duration[first] = np.minimum(rng.lognormal(np.log(30e6), 1.2, len(sizes)), 60e9).astype(np.int64)
        for depth in range(1, int(sizes.max())):
            at = first[sizes > depth] + depth
            up = at - depth + (rng.random(len(at)) * depth).astype(np.int64)
            duration[at] = (duration[up] * rng.uniform(0.02, 0.8, len(at))).astype(np.int64)
            start[at] = start[up] + (rng.random(len(at)) * (duration[up] - duration[at])).astype(np.int64)
            parent[at] = up
        return start, duration, parent

    def _observations(
        self, process: Process, draws: list[float], words: list[int], error: bool
    ) -> tuple[Observation, ...]:
        """Two arguments and, unless it failed, the return."""
        named = (("arg", process.arguments[0]), ("arg", process.arguments[1]), ("return", "return"))
        made = []
        for place, (source, name) in enumerate(named[: 2 if error else 3]):
            kind, draw = process.kinds[place], draws[place]
            value: Any
            if kind == "float":
                value = round(process.level * (0.5 + draw), 2)
            elif kind == "int":
                value = int(process.level * 100 * draw)
            elif kind == "str":
                value = f"{self._words[words[place]]}-{int(draw * 1_000)}"
            else:
                value = " ".join([self._words[word] for word in words])
            number = value if kind in ("float", "int") else None
            made.append(Observation(source, name, "str" if number is None else kind, value, number))
        return tuple(made)

    def _make_processes(self) -> tuple[Process, ...]:
        resources = {group: (_resource(group, 0), _resource(group, 1)) for group in GROUPS}
        words = 0.0  # share of the values so far that are ten words
        seen = 0.0
        made = []
        for rank in range(PROCESSES):
            group = GROUPS[rank % len(GROUPS)]
            scope = f"{group}.{NOUNS[rank // 100 % 5]}s"
            kinds = []
            for place in range(3):
                seen += self._weight[rank]
                text = words + self._weight[rank] <= WORDS_SHARE * seen
                words += self._weight[rank] if text else 0.0
                kinds.append("words" if text else VALUES[1 + (rank + place) % 3])
            name = f"{VERBS[rank % 10]}_{NOUNS[rank // 10 % 5]}"
            if rank >= 50:
                name += f"_{rank // 50}"
            arguments = (ARGUMENTS[rank % 10], ARGUMENTS[(rank + 3) % 10])
            made.append(
                Process(
                    name,
                    resources[group],
                    Scope(scope, "1.4.2"),
                    arguments,
                    (kinds[0], kinds[1], kinds[2]),
                    float(10 + 7 * (rank % 90)),
                    f"{rank * 2_654_435_761 % 2**64:016x}",
                    _source(name, arguments),
                    f"/srv/{scope.replace('.', '/')}.py",
                    10 + rank,
                )
            )
        return tuple(made)


def _vocabulary(rng: np.random.Generator) -> list[str]:
    """2,000 words that nobody has to know."""
    picks = rng.integers(len(SYLLABLES), size=(2_000, 4)).tolist()
    return ["".join(SYLLABLES[pick] for pick in four[: 2 + at % 2]) for at, four in enumerate(picks)]


def _resource(group: str, instance: int) -> Resource:
    attributes = {
        "service.name": group,
        "service.instance.id": f"{group}-{instance}",
        "telemetry.sdk.name": "flowglass",
        "process.pid": 4_000 + instance,
    }
    return Resource(group, attributes)


def _http(at: int, failed: bool) -> dict[str, Any]:
    """The attributes that every HTTP server span has, by OpenTelemetry's conventions."""
    return {
        "http.request.method": ("GET", "POST", "PUT")[at % 3],
        "url.scheme": "https",
        "url.path": f"/api/v1/{NOUNS[at % 5]}s/{at % 9_973}",
        "http.route": f"/api/v1/{NOUNS[at % 5]}s/{{id}}",
        "http.response.status_code": 500 if failed else 200,
    }


def _exception(time_ns: int, kind: str, message: str) -> Event:
    frame = '  File "/srv/orders/flow.py", line 118, in step\n    return self.next(order, retry=False)\n'
    trace = "Traceback (most recent call last):\n" + frame * 12 + f"{kind}: {message}"
    about = {"exception.type": kind, "exception.message": message, "exception.stacktrace": trace[:1_024]}
    return Event(time_ns, "exception", about, 0)


def _source(name: str, arguments: tuple[str, str]) -> str:
    first, second = arguments
    return (
        f"def {name}({first}, {second}):\n"
        f'    """Does one step of the flow."""\n'
        f"    if {first} is None:\n"
        f'        raise ValueError("{first} is missing")\n'
        f"    return settle({first}, {second})\n"
    )
