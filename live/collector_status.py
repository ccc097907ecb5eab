"""What the collector says of itself, asked once a second by one thread; "down" is an answer too."""

from __future__ import annotations

import http.client
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

EVERY_SECONDS = 1.0
TIMEOUT_SECONDS = 2.0
SAMPLE_NS = 5 * 10**9  # one sample of the history covers this long
YOUNG_NS = 60 * 10**9
SAMPLES = 720  # an hour of history
MAX_ANSWER = 1 << 20  # bytes

WriterStatus = Literal["OK", "DELAYED", "CIRCUIT_OPEN"]


@dataclass(frozen=True)
class Tracer:
    """One traced program, as it last reported itself."""

    service: str
    pid: int
    recorded: int
    sent: int
    dropped: int
    queue: int
    state: str
    ns_per_call: float
    seen_ns: int
    counted: Mapping[str, int] = field(default_factory=dict)  # calls by scope.name, since it started
    braked: Mapping[str, str] = field(default_factory=dict)  # level by scope.name


@dataclass(frozen=True)
class Sample:
    """The worst of five seconds."""

    at_ns: int
    queue_spans: int
    commit_ms: float


@dataclass(frozen=True)
class CollectorStatus:
    """The last answer. When `reachable` is False the other fields are from the last good one."""

    reachable: bool = False
    why: str = "not asked yet"  # reason when not reachable
    asked_ns: int = 0
    answered_ns: int = 0  # of the last good answer, 0 when there was none
    writer: WriterStatus = "OK"
    writer_since_ns: int = 0
    writer_reason: str = ""
    queue_spans: int = 0
    queue_bytes: int = 0
    queue_max_spans: int = 0
    queue_max_bytes: int = 0
    queue_oldest_ms: float = 0.0
    queue_peak_spans: int = 0
    last_commit_ns: int | None = None
    last_commit_ms: float = 0.0
    accepted: int = 0
    stored: int = 0
    repeats: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    tracers: tuple[Tracer, ...] = ()
    started_ns: int = 0
    pid: int = 0
    version: str = ""
    samples: tuple[Sample, ...] = ()

    def is_young(self, now_ns: int) -> bool:
        """Whether it has been up for less than a minute: what there is to see has yet to come."""
        return self.reachable and now_ns - self.started_ns < YOUNG_NS

    @property
    def saturation(self) -> float:
        """How full the queue is, 0..1, by spans or bytes, whichever is fuller."""
        spans = self.queue_spans / self.queue_max_spans if self.queue_max_spans else 0.0
        size = self.queue_bytes / self.queue_max_bytes if self.queue_max_bytes else 0.0
        return max(spans, size)


def parse(answer: Mapping[str, Any]) -> CollectorStatus:
    """Read the collector's JSON; 64-bit times are texts in it."""
    writer, queue = answer["writer"], answer["queue"]
    committed = answer.get("last_commit_ns")
    return CollectorStatus(
        reachable=True,
        why="",
        writer=writer["status"],
        writer_since_ns=int(writer["since_ns"]),
        writer_reason=str(writer.get("reason", "")),
        queue_spans=int(queue["spans"]),
        queue_bytes=int(queue["bytes"]),
        queue_max_spans=int(queue["max_spans"]),
        queue_max_bytes=int(queue["max_bytes"]),
        queue_oldest_ms=float(queue["oldest_ms"]),
        queue_peak_spans=int(queue["peak_spans"]),
        last_commit_ns=None if committed is None else int(committed),
        last_commit_ms=float(answer.get("last_commit_ms") or 0.0),
        accepted=int(answer["accepted"]),
        stored=int(answer["stored"]),
        repeats=int(answer["repeats"]),
        rejected={str(reason): int(number) for reason, number in answer["rejected"].items()},
        tracers=tuple(_tracer(tracer) for tracer in answer.get("tracers", ())),
        started_ns=int(answer["started_ns"]),
        pid=int(answer["pid"]),
        version=str(answer["version"]),
    )


def _tracer(answer: Mapping[str, Any]) -> Tracer:
    return Tracer(
        service=str(answer["service"]),
        pid=int(answer["pid"]),
        recorded=int(answer["recorded"]),
        sent=int(answer["sent"]),
        dropped=int(answer["dropped"]),
        queue=int(answer["queue"]),
        state=str(answer["state"]),
        ns_per_call=float(answer["ns_per_call"]),
        seen_ns=int(answer["seen_ns"]),
        counted={str(name): int(calls) for name, calls in answer.get("counted", {}).items()},
        braked={str(name): str(level) for name, level in answer.get("braked", {}).items()},
    )


class StatusPoller:
    """Asks the collector once a second and remembers an hour of queue depth and commit times."""

    def __init__(self, host: str, port: int, now_ns: Callable[[], int]) -> None:
        self._host, self._port, self._now_ns = host, port, now_ns
        self._current = CollectorStatus()
        self._samples: deque[Sample] = deque(maxlen=SAMPLES)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> CollectorStatus:
        """The last answer, without waiting."""
        return self._current

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="collector-status", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(TIMEOUT_SECONDS + EVERY_SECONDS)

    def poll(self) -> CollectorStatus:
        """Ask once."""
        now = self._now_ns()
        try:
            answer = parse(self._ask())
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
            self._current = replace(self._current, reachable=False, why=reason(error), asked_ns=now)
            return self._current
        self._remember(answer, now)
        self._current = replace(answer, asked_ns=now, answered_ns=now, samples=tuple(self._samples))
        return self._current

    def _run(self) -> None:
        while not self._stop.is_set():
            self.poll()
            self._stop.wait(EVERY_SECONDS)

    def _ask(self) -> Any:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", "/v1/flowglass/status")
            response = connection.getresponse()
            body = response.read(MAX_ANSWER)
            if response.status != 200:
                raise ValueError(f"it answered {response.status}")
            return json.loads(body)
        finally:
            connection.close()

    def _remember(self, answer: CollectorStatus, now: int) -> None:
        at = now - now % SAMPLE_NS
        sample = Sample(at, answer.queue_spans, answer.last_commit_ms)
        if self._samples and self._samples[-1].at_ns == at:
            last = self._samples.pop()
            sample = Sample(
                at, max(last.queue_spans, sample.queue_spans), max(last.commit_ms, sample.commit_ms)
            )
        self._samples.append(sample)


def reason(error: Exception) -> str:
    """Why the collector could not be asked, for people."""
    if isinstance(error, ConnectionRefusedError):
        return "nothing is listening on its port"
    if isinstance(error, TimeoutError):
        return f"it did not answer in {TIMEOUT_SECONDS:.0f} s"
    if isinstance(error, KeyError | TypeError | AttributeError):
        return "something else is listening on its port"
    return str(error) or type(error).__name__
