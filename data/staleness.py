"""Values that repeat: one run per series (process, data name), judged as spans arrive.

A batch is judged as arrays; only late values, and numbers compared with a tolerance, go one by one. To put
a late value into the newest 10 s, a series keeps the times of its current run within them, and the time of
the last value before the run: what lies further back cannot change the run.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right, insort
from fnmatch import fnmatchcase
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.codes import Codes
from data.facts import Facts, Flags, Floats, Ints, series_key, split_key
from data.sqlite import Connection
from data.values import series_value

Kind = TypeVar("Kind", bound=np.generic)
LATE_NS = 10 * 1_000_000_000  # a late value within this of the newest re-orders the run
NEVER = -(2**62)
KEEP_TIMES = 512  # times of a run kept before those older than LATE_NS are dropped
EXEMPT_TYPES = ("bool", "NoneType")
MASKED = "•••• masked"  # flowglass.redact puts it in place of every secret, so it always repeats
UPPER_CASE = re.compile(r"[A-Z][A-Z0-9_]*")
SAVE = (
    "INSERT OR REPLACE INTO series (process_id, data_name_id, value, type_id, code, anchor, run, "
    "run_start_ns, last_ns, before_ns, calls, exempt, stale) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
LOAD = (
    "SELECT process_id, data_name_id, value, type_id, code, anchor, run, run_start_ns, last_ns, before_ns, "
    "calls, exempt, stale FROM series"
)


class StalenessSettings(Protocol):
    """The part of the settings that this needs."""

    @property
    def repeats(self) -> int: ...
    @property
    def min_seconds(self) -> float: ...
    @property
    def constants(self) -> tuple[str, ...]: ...
    @property
    def float_tolerance(self) -> float: ...


class SeriesTable:
    """Every series, as columns; a series is a slot in them."""

    def __init__(self, settings: StalenessSettings, codes: Codes) -> None:
        self._settings = settings
        self._codes = codes
        self._slots: dict[int, int] = {}
        self._values: list[Any] = []
        self._times: list[array[int] | None] = []
        self._exempt_types = {codes.types[name] for name in EXEMPT_TYPES}
        self._grow(1_024)

    def load(self, main: Connection) -> None:
        """Reads the table."""
        for (
            process,
            name,
            value,
            type_,
            code,
            anchor,
            run,
            began,
            last,
            before,
            calls,
            exempt,
            stale,
        ) in main.execute(LOAD):
            slot = self._add(process, name)
            self._values[slot] = value
            self.type[slot], self.code[slot], self.run[slot] = type_, code, run
            self.anchor[slot] = np.nan if anchor is None else anchor
            self.run_start[slot], self.last[slot], self.before[slot] = began, last, before
            self.calls[slot], self.exempt[slot], self.stale[slot] = calls, exempt, stale

    def __len__(self) -> int:
        return len(self._values)

    def observe(self, facts: Facts) -> Flags:
        """Takes in the observations of a batch; tells of each whether its series changed."""
        told = np.zeros(len(facts.name), np.bool_)
        if not len(told):
            return told
        key, place = facts.series, np.arange(len(told))
        first = np.flatnonzero(np.diff(key, prepend=-1))
        slots = self._slots_of(key[first])
        sizes = np.diff(first, append=len(key))
        self.calls[slots] += sizes
        slot = np.repeat(slots, sizes)
        start = facts.start_ns[facts.span]
        slow = (start < self.last[slot]) | (self.tolerance[slot] > 0)
        if slow.any():
            for at in np.flatnonzero(slow).tolist():
                told[at] = self._take_one(int(slot[at]), int(start[at]), facts, at)
            slot, start, place = slot[~slow], start[~slow], place[~slow]
        if len(slot):
            told[place] = self._take_many(slot, start, facts, place)
        self._judge(slots)
        return told

    def save(self, main: Connection) -> None:
        """Writes what changed since the last save, inside the caller's transaction."""
        slots = np.flatnonzero(self.dirty)
        columns = [
            column[slots].tolist()
            for column in (
                self.process,
                self.name,
                self.type,
                self.code,
                self.anchor,
                self.run,
                self.run_start,
            )
        ]
        later = [
            column[slots].tolist() for column in (self.last, self.before, self.calls, self.exempt, self.stale)
        ]
        values = [self._value(slot) for slot in slots.tolist()]
        main.executemany(SAVE, zip(*columns[:2], values, *columns[2:], *later, strict=True))

    def saved(self) -> None:
        """To be called once the transaction of `save` is committed."""
        self.dirty[:] = False

    def _value(self, slot: int) -> Any:
        number = self.number[slot]
        return series_value(self._values[slot], None if number != number else float(number))

    # One batch as arrays ------------------------------------------------------------------------------

    def _take_many(self, slot: Ints, start: Ints, facts: Facts, at: Ints) -> Flags:
        """Observations in order of (series, start), none before the newest of its series; which changed."""
        code = facts.code[at]
        place = np.arange(len(slot))
        first = np.flatnonzero(np.diff(slot, prepend=-1))
        end = np.append(first[1:], len(slot))
        last = end - 1
        changed: Flags = np.diff(code, prepend=0) != 0
        changed[first] = True
        began = np.maximum.accumulate(np.where(changed, place, 0))[last]  # where the run at the end began
        slots = slot[first]
        known = self.run[slots] > 0
        as_before = (code[first] == self.code[slots]) & known
        same = (began == first) & as_before
        self.run[slots] = np.where(same, self.run[slots] + (end - first), end - began)
        before = np.where(began > first, start[np.maximum(began - 1, 0)], self.last[slots])
        self.before[slots] = np.where(same, self.before[slots], before)
        starts_before = self.run_start[slots]
        self.run_start[slots] = np.where(same, starts_before, start[began])
        self.last[slots] = start[last]
        self.code[slots] = code[last]
        newest = at[last]
        self.type[slots] = facts.type[newest]
        self.number[slots] = facts.number[newest]
        self.anchor[slots] = np.where(same, self.anchor[slots], facts.number[at[began]])
        self.enum[slots] &= same
        values, mine = facts.values, self._values
        for one, where in zip(slots.tolist(), newest.tolist(), strict=True):
            mine[one] = values[where]
        self._keep_times(slots, np.where(same, first, began), end, same, start)
        changed[first] = ~as_before & known
        return changed

    def _keep_times(self, slots: Ints, begin: Ints, end: Ints, same: Flags, start: Ints) -> None:
        """Notes when the members of a run were; a run of one is its own start."""
        for slot in slots[(self.run[slots] == 1)].tolist():
            self._times[slot] = None
        repeating = np.flatnonzero(self.run[slots] > 1)
        for at in repeating.tolist():
            slot = int(slots[at])
            times = self._times[slot]
            if times is None or not same[at]:
                times = self._times[slot] = array("q", [int(self.run_start[slot])] if same[at] else [])
            times.frombytes(start[begin[at] : end[at]].tobytes())
            self._trim(slot)

    def _trim(self, slot: int) -> None:
        times = self._times[slot]
        if times is not None and len(times) > KEEP_TIMES and times[0] < self.last[slot] - LATE_NS:
            del times[: bisect_left(times, int(self.last[slot]) - LATE_NS)]

    # One value ----------------------------------------------------------------------------------------

    def _take_one(self, slot: int, start: int, facts: Facts, at: int) -> bool:
        """One observation, in order or late, compared with its series' tolerance; whether it changed."""
        if start >= self.last[slot]:
            return self._take_newest(slot, start, facts, at)
        if start >= self.last[slot] - LATE_NS:
            self._take_late(slot, start, self._is_same(slot, facts, at))
        return False

    def _is_same(self, slot: int, facts: Facts, at: int) -> bool:
        """Whether a value continues the run; near numbers are measured from the run's first value."""
        if not self.run[slot]:
            return False
        if facts.code[at] == self.code[slot]:
            return True
        return bool(abs(facts.number[at] - self.anchor[slot]) <= self.tolerance[slot])

    def _take_newest(self, slot: int, start: int, facts: Facts, at: int) -> bool:
        same, known = self._is_same(slot, facts, at), bool(self.run[slot])
        if same:
            self.run[slot] += 1
            times = self._times[slot]
            if times is None:
                times = self._times[slot] = array("q", [int(self.run_start[slot])])
            times.append(start)
        else:
            self.before[slot] = self.last[slot]
            self.run[slot], self.run_start[slot] = 1, start
            self.anchor[slot] = facts.number[at]
            self.enum[slot] = False
            self._times[slot] = None
        self.last[slot], self.code[slot], self.type[slot] = start, facts.code[at], facts.type[at]
        self.number[slot] = facts.number[at]
        self._values[slot] = facts.values[at]
        self._trim(slot)
        return known and not same

    def _take_late(self, slot: int, start: int, same: bool) -> None:
        """Puts a value between those already seen."""
        began = int(self.run_start[slot])
        if not same:
            if start >= began:
                self._split(slot, start)
            else:
                self.before[slot] = max(int(self.before[slot]), start)
        elif start >= self.before[slot]:
            times = self._times[slot] or array("q", [began])
            insort(times, start)
            self._times[slot] = times
            self.run[slot] += 1
            self.run_start[slot] = min(began, start)

    def _split(self, slot: int, start: int) -> None:
        """A different value within the run: only what came after it still is the run."""
        times = self._times[slot] or array("q", [int(self.last[slot])])
        times = times[bisect_right(times, start) :] or array("q", [int(self.last[slot])])
        self.run[slot], self.run_start[slot], self.before[slot] = len(times), times[0], start
        self._times[slot] = times if len(times) > 1 else None

    # Flags --------------------------------------------------------------------------------------------

    def _judge(self, slots: Ints) -> None:
        """Sets and clears the flags of these series."""
        self.dirty[slots] = True
        over = self.run[slots] > self.repeats[slots]
        over &= self.last[slots] - self.run_start[slots] >= self.least_ns[slots]
        self.exempt[slots] = (
            self.constant[slots] | self.enum[slots] | np.isin(self.type[slots], list(self._exempt_types))
        )
        for slot in slots[over & ~self.exempt[slots] & ~self.stale[slots]].tolist():
            self.enum[slot] = self.exempt[slot] = self._is_exempt(slot)
        self.stale[slots] = over & ~self.exempt[slots]

    def _is_exempt(self, slot: int) -> bool:
        """Whether the value is masked, or looks like a member of an enum: Color.RED, or <Color.RED: 1>."""
        value = self._values[slot]
        if not isinstance(value, str):
            return False
        if value == MASKED:
            return True
        type_name = self._codes.types.text[int(self.type[slot])]
        return bool(re.match(rf"<?{re.escape(type_name)}\.[A-Za-z_]\w*(:|$)", value))

    def _is_constant(self, name: str) -> bool:
        return any(
            bool(UPPER_CASE.fullmatch(name)) if pattern == "UPPER_CASE" else fnmatchcase(name, pattern)
            for pattern in self._settings.constants
        )

    # Slots --------------------------------------------------------------------------------------------

    def _slots_of(self, keys: Ints) -> Ints:
        known = self._slots
        slots = [known.get(key, -1) for key in keys.tolist()]
        if -1 in slots:
            for at, slot in enumerate(slots):
                if slot < 0:
                    slots[at] = self._add(*split_key(int(keys[at])))
        return np.array(slots, np.int64)

    def _add(self, process: int, name: int) -> int:
        slot = len(self._values)
        if slot == len(self.run):
            self._grow(2 * slot)
        self._slots[series_key(process, name)] = slot
        self._values.append(None)
        self._times.append(None)
        self.process[slot], self.name[slot] = process, name
        self.last[slot] = self.before[slot] = NEVER
        self.constant[slot] = self._is_constant(self._codes.names.text[name])
        return slot

    def _grow(self, size: int) -> None:
        def ints(name: str, fill: int = 0) -> Ints:
            return _longer(getattr(self, name, None), np.full(size, fill, np.int64))

        def flags(name: str) -> Flags:
            return _longer(getattr(self, name, None), np.zeros(size, np.bool_))

        def floats(name: str, fill: float) -> Floats:
            return _longer(getattr(self, name, None), np.full(size, fill, np.float64))

        settings = self._settings
        self.process, self.name, self.type, self.code = (
            ints("process"),
            ints("name"),
            ints("type"),
            ints("code"),
        )
        self.run, self.run_start, self.calls = ints("run"), ints("run_start"), ints("calls")
        self.last, self.before = ints("last", NEVER), ints("before", NEVER)
        self.number, self.anchor = floats("number", np.nan), floats("anchor", np.nan)
        self.exempt, self.enum, self.constant = flags("exempt"), flags("enum"), flags("constant")
        self.stale, self.dirty = flags("stale"), flags("dirty")
        self.repeats = ints("repeats", settings.repeats)
        self.least_ns = ints("least_ns", round(settings.min_seconds * 1e9))
        self.tolerance = floats("tolerance", settings.float_tolerance)


def _longer(old: NDArray[Kind] | None, new: NDArray[Kind]) -> NDArray[Kind]:
    """The old column at the front of the new one."""
    if old is not None:
        new[: len(old)] = old
    return new
