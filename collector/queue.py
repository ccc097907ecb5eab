"""What waits for the writer, counted in spans and bytes. Its owner holds a lock around every call."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from data.records import SpanIn

NS_PER_MS = 1_000_000


@dataclass(slots=True, eq=False)
class Submission:
    """Spans of one request on their way to the writer."""

    spans: Sequence[SpanIn]
    nbytes: int
    arrived_ns: int  # monotonic
    future: Future[None] = field(default_factory=Future)

    def finish(self, error: Exception | None = None) -> None:
        """Tells the sender's side what became of it."""
        if error is None:
            self.future.set_result(None)
        else:
            self.future.set_exception(error)


class SpanQueue:
    """Submissions in order of arrival; those being written count until they are finished."""

    def __init__(self, max_spans: int, max_bytes: int) -> None:
        self.max_spans = max_spans
        self.max_bytes = max_bytes
        self.spans = self.nbytes = self.peak_spans = 0
        self._waiting: deque[Submission] = deque()
        self._writing: list[Submission] = []

    def has_room(self, spans: int, nbytes: int) -> bool:
        """One submission is always taken when nothing waits, so that none is too large for ever."""
        if not self.spans:
            return True
        return self.spans + spans <= self.max_spans and self.nbytes + nbytes <= self.max_bytes

    def add(self, submission: Submission) -> None:
        self._waiting.append(submission)
        self.spans += len(submission.spans)
        self.nbytes += submission.nbytes
        self.peak_spans = max(self.peak_spans, self.spans)

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    def take(self, most_spans: int) -> list[Submission]:
        """Whole submissions of together at most this many spans, at least one if any waits."""
        size = 0
        while self._waiting and (not size or size + len(self._waiting[0].spans) <= most_spans):
            submission = self._waiting.popleft()
            size += len(submission.spans)
            self._writing.append(submission)
        return list(self._writing)

    def take_back(self) -> list[Submission]:
        """Everything that is not yet being written, no longer counted."""
        given_up = list(self._waiting)
        self._waiting.clear()
        for submission in given_up:
            self._forget(submission)
        return given_up

    def finish(self, submissions: Sequence[Submission]) -> None:
        """These have been written, or given up."""
        for submission in submissions:
            self._writing.remove(submission)
            self._forget(submission)

    def fill(self) -> float:
        """How full it is, from 0 to 1 and, with one large request, beyond."""
        return max(self.spans / self.max_spans, self.nbytes / self.max_bytes)

    def oldest_ms(self, now_ns: int) -> float:
        """Age of the oldest entry, 0 when it is empty."""
        oldest = self._writing[0] if self._writing else self._waiting[0] if self._waiting else None
        return (now_ns - oldest.arrived_ns) / NS_PER_MS if oldest else 0.0

    def _forget(self, submission: Submission) -> None:
        self.spans -= len(submission.spans)
        self.nbytes -= submission.nbytes
