"""For tests of traced code: what was recorded, in memory, with times that are always the same.

with flowglass.testing.capture() as seen:
    checkout(cart)
assert seen.one("checkout").returned == 42
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flowglass.context import ARGS, END, EXTRA, MISSING, PARENT, RESULT, SITE, START, Record
from flowglass.control import CONTROL
from flowglass.encode import named_arguments
from flowglass.state import STATE

FLUSH_SECONDS = 10.0


@dataclass(frozen=True)
class FixedClock:
    """Gives the n-th start or end of a span the time `start_ns + n * step_ns`."""

    start_ns: int = 1_700_000_000_000_000_000
    step_ns: int = 1_000_000


@dataclass(frozen=True)
class Captured:
    """One recorded call. Values are as the tracer keeps them: small ones themselves, others as texts."""

    name: str
    module: str
    arguments: dict[str, Any]
    returned: Any
    observed: dict[str, Any]
    error: str  # type of the exception, "" when there is none
    message: str
    parent: str  # name of the enclosing span, "" for a root
    start_ns: int
    end_ns: int
    types: dict[str, str] = field(default_factory=dict)  # of values that travel as short texts


class Seen:
    """The spans of one `capture`, in the order they ended."""

    def __init__(self, clock: FixedClock | None) -> None:
        self._records: list[Record] = []
        self._clock = clock

    def add(self, record: Record) -> None:
        self._records.append(record)

    @property
    def spans(self) -> list[Captured]:
        """What was recorded up to now."""
        CONTROL.flush(FLUSH_SECONDS)
        times = self._times()
        return [captured(record, times) for record in self._records]

    def named(self, name: str) -> list[Captured]:
        """The spans of one function, by its own or its qualified name."""
        return [one for one in self.spans if name in (one.name, one.name.rpartition(".")[2])]

    def one(self, name: str) -> Captured:
        """The only span of that name."""
        found = self.named(name)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} spans are named {name!r}, not one")
        return found[0]

    def _times(self) -> dict[int, int]:
        """The time to show for each time of the real clock."""
        real = sorted({record[place] for record in self._records for place in (START, END)})
        if self._clock is None:
            offset = STATE.offset
            return {time: time + offset for time in real}
        clock = self._clock
        return {time: clock.start_ns + place * clock.step_ns for place, time in enumerate(real)}


def captured(record: Record, times: dict[int, int]) -> Captured:
    """A record as a test wants to see it."""
    site, extra = record[SITE], record[EXTRA] or {}
    types: dict[str, str] = {}
    args = record[ARGS]
    if type(args) is tuple:
        arguments = dict(zip(site.order, args))  # noqa: B905 - as many as there are
    elif args is not None:
        arguments = dict(named_arguments(site, args, extra.get("kwargs") or {}))
    else:
        arguments = {}
    parent = record[PARENT]
    error = extra.get("error")
    return Captured(
        name=site.function,
        module=site.module,
        arguments={name: _plain(f"arg.{name}", value, types) for name, value in arguments.items()},
        returned=None if record[RESULT] is MISSING else _plain("return", record[RESULT], types),
        observed={
            name: _plain(f"observe.{name}", value, types) for name, value in extra.get("observed", {}).items()
        },
        error=error.type if error is not None else "",
        message=error.message if error is not None else "",
        parent=parent[SITE].function if parent is not None and parent[SITE] is not None else "",
        start_ns=times[record[START]],
        end_ns=times[record[END]],
        types=types,
    )


def _plain(where: str, summary: Any, types: dict[str, str]) -> Any:
    if type(summary) is tuple:
        types[where], summary = summary
    return summary


@contextmanager
def capture(level: str = "values", clock: FixedClock | None = None) -> Iterator[Seen]:
    """Keeps what is recorded inside instead of sending it; nested captures each see everything."""
    CONTROL.flush(FLUSH_SECONDS)
    before = STATE.settings
    seen = Seen(clock or FixedClock())
    CONTROL.configure(exporter=False, level=level, disabled=False)
    STATE.shown.append(seen.add)
    try:
        yield seen
    finally:
        CONTROL.flush(FLUSH_SECONDS)
        STATE.shown.remove(seen.add)
        CONTROL.configure(exporter=before.exporter, level=before.level, disabled=before.disabled)
