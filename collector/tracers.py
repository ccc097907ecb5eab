"""What the tracers out there say about themselves, kept while they keep saying it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock

import orjson

from collector.clean import Cleaner
from collector.errors import Malformed

KEPT_NS = 60_000_000_000  # six reports of a tracer that is still alive
MOST_TRACERS = 1_000
MOST_OF_ONE = 100  # functions of each kind that one tracer tells of
MOST_FUNCTIONS = 2_000  # told of all tracers together, so that the status stays small
LEVELS = ("off", "counts", "timing", "values", "locals")
STATES = ("OK", "DELAYED", "CIRCUIT_OPEN")
COUNTS = ("pid", "recorded", "sent", "dropped", "queue")


@dataclass(frozen=True, slots=True)
class TracerReport:
    """One report; counts are since that program started."""

    service: str
    pid: int
    recorded: int
    sent: int
    dropped: int
    queue: int
    state: str
    ns_per_call: float
    seen_ns: int
    counted: dict[str, int]  # calls of functions that are only counted, by scope and name
    braked: dict[str, str]  # the level of functions whose tracing cost too much


class Tracers:
    """The last report of each (service, pid)."""

    def __init__(self, cleaner: Cleaner) -> None:
        self._cleaner = cleaner
        self._reports: dict[tuple[str, int], TracerReport] = {}
        self._lock = Lock()  # queue depths are looked at by a thread of their own

    def report(self, body: bytes, now_ns: int) -> None:
        """Takes a report in; raises Malformed."""
        report = self._parse(body, now_ns)
        with self._lock:
            self._reports.pop((report.service, report.pid), None)  # the newest stands last
            self._reports[report.service, report.pid] = report
            if len(self._reports) > MOST_TRACERS:
                del self._reports[next(iter(self._reports))]

    def alive(self, now_ns: int) -> tuple[TracerReport, ...]:
        """Those heard of lately; the others are forgotten."""
        with self._lock:
            for key in [key for key, report in self._reports.items() if now_ns - report.seen_ns > KEPT_NS]:
                del self._reports[key]
            reports = list(self._reports.values())
        left, told = MOST_FUNCTIONS, []
        for report in reversed(reports):
            left -= len(report.counted) + len(report.braked)
            told.append(report if left >= 0 else replace(report, counted={}, braked={}))
        return tuple(reversed(told))

    def _parse(self, body: bytes, now_ns: int) -> TracerReport:
        try:
            given = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Malformed(f"not JSON: {error}") from None
        if type(given) is not dict:
            raise Malformed("a report must be an object")
        service, state = given.get("service"), given.get("state", STATES[0])
        if type(service) is not str or not service:
            raise Malformed("service must be a text")
        if state not in STATES:
            raise Malformed(f"state must be one of {', '.join(STATES)}")
        pid, recorded, sent, dropped, queue = (_count(given, name) for name in COUNTS)
        cost = given.get("ns_per_call", 0)
        if type(cost) not in (int, float) or not 0 <= cost < 1e12:
            raise Malformed("ns_per_call must be a number of nanoseconds")
        name = self._cleaner.key(service)
        functions = self._counted(given.get("counted")), self._braked(given.get("braked"))
        return TracerReport(name, pid, recorded, sent, dropped, queue, state, float(cost), now_ns, *functions)

    def _counted(self, given: object) -> dict[str, int]:
        """By full name; what is no such entry is passed over, so that other tracers may say more."""
        found: dict[str, int] = {}
        for one in given[:MOST_OF_ONE] if type(given) is list else ():
            name, scope, calls = (
                (one.get(key) for key in ("name", "scope", "calls")) if type(one) is dict else (None,) * 3
            )
            if type(name) is str and type(scope) is str and type(calls) is int and 0 <= calls < 2**63:
                found[self._cleaner.key(f"{scope}.{name}".lstrip("."))] = calls
        return found

    def _braked(self, given: object) -> dict[str, str]:
        pairs = list(given.items())[:MOST_OF_ONE] if type(given) is dict else []
        return {self._cleaner.key(name): level for name, level in pairs if level in LEVELS}


def _count(given: dict[str, object], name: str) -> int:
    value = given.get(name, 0)
    if type(value) is not int or not 0 <= value < 2**63:
        raise Malformed(f"{name} must be a whole number")
    return value
