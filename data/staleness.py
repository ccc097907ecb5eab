"""Values that repeat: one run per series (process, data name), judged as spans arrive.

A batch is judged as arrays; only late values, and numbers compared with a tolerance, go one by one. To put
a late value into the newest 10 s, a series keeps the times of its current run within them, and the time of
the last value before the run: what lies further back cannot change the run.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right, insort
from typing import Any

import numpy as np

from data.codes import Codes
from data.facts import Facts, Flags, Ints
from data.series import NEVER, SeriesColumns, StalenessSettings
from data.sqlite import Connection
from data.stale_runs import StaleRuns
from data.values import series_value

LATE_NS = 10 * 1_000_000_000  # a late value within this of the newest re-orders the run
KEEP_TIMES = 512  # times of a run kept before those older than LATE_NS are dropped
MASKED = "•••• masked"  # flowglass.redact puts it in place of every secret, so it always repeats
SAVE = (
    "INSERT OR REPLACE INTO series (process_id, data_name_id, value, type_id, code, anchor, run, "
    "run_start_ns, last_ns, before_ns, calls, exempt, stale, quiet) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
LOAD = (
    "SELECT process_id, data_name_id, value, type_id, code, anchor, run, run_start_ns, last_ns, before_ns, "
    "calls, exempt, stale, quiet FROM series"
)
SAVED_BEFORE_VALUE = ("process", "name")
SAVED_AFTER_VALUE = (
    "type", "code", "anchor", "run", "run_start", "last", "before", "calls", "exempt", "stale", "quiet",
)  # fmt: skip
LEAST_WAIT_NS = 60 * 1_000_000_000  # without a value before a series counts as quiet
USUAL_GAPS = 10  # or so many times the usual time between its values, when that is longer
SAME, NO_CALLS, SOURCE_GONE = range(3)


class SeriesTable(SeriesColumns):
    """Every series, its run and its flag."""

    def __init__(self, settings: StalenessSettings, codes: Codes) -> None:
        super().__init__(settings, codes)
        self._times: dict[int, array[int]] = {}  # of runs of several values, within LATE_NS of the newest
        self._runs = StaleRuns()

    def load(self, main: Connection) -> None:
        """Reads the table."""
        for process, name, value, *columns in main.execute(LOAD):
            slot = self.add(process, name)
            self.values[slot] = value
            for column, stored in zip(SAVED_AFTER_VALUE, columns, strict=True):
                getattr(self, column)[slot] = np.nan if stored is None else stored
        self._runs.load(main)

    def observe(self, facts: Facts) -> Flags:
        """Takes in the observations of a batch; tells of each whether its series changed."""
        told = np.zeros(len(facts.name), np.bool_)
        if not len(told):
            return told
        key, place = facts.series, np.arange(len(told))
        first = np.flatnonzero(np.diff(key, prepend=-1))
        slots = self.slots_of(key[first])
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

    def save(self, main: Connection, now_ns: int) -> None:
        """Writes what changed since the last save, inside the caller's transaction."""
        slots = np.flatnonzero(self.dirty)
        values = [self._value(slot) for slot in slots.tolist()]
        first, later = (
            [getattr(self, column)[slots].tolist() for column in columns]
            for columns in (SAVED_BEFORE_VALUE, SAVED_AFTER_VALUE)
        )
        main.executemany(SAVE, zip(*first, values, *later, strict=True))
        runs = (self.type, self.run, self.last)
        stale = [
            ((process, name), value, *(int(column[slot]) for column in runs))
            for slot, process, name, value in zip(slots.tolist(), *first, values, strict=True)
            if self.stale[slot]
        ]
        self._runs.save(main, stale, now_ns)

    def saved(self) -> None:
        """To be called once the transaction of `save` is committed."""
        self.dirty[:] = False
        self._runs.saved()

    def note_quiet(self, now_ns: int) -> int:
        """Tells whether the values of each stale series still come, its calls ended, or its source is gone.

        How many of them are otherwise than before.
        """
        slots = np.flatnonzero(self.stale)
        if not len(slots):
            return 0
        usual = (self.last[slots] - self.run_start[slots]) // np.maximum(self.run[slots] - 1, 1)
        since = now_ns - np.maximum(USUAL_GAPS * usual, LEAST_WAIT_NS)
        newest = np.array(
            [self.newest_of_group(process) for process in self.process[slots].tolist()], np.int64
        )
        quiet = np.where(newest < since, SOURCE_GONE, np.where(self.last[slots] < since, NO_CALLS, SAME))
        changed = slots[self.quiet[slots] != quiet]
        self.quiet[slots] = quiet
        self.dirty[changed] = True
        return len(changed)

    def forget_old(self, before_ns: int) -> list[tuple[int, int]]:
        """Empties series without a value since then; their process and data name, to be deleted."""
        slots = np.flatnonzero((self.last < before_ns) & (self.run > 0))
        self.run[slots] = self.calls[slots] = 0
        self.last[slots] = self.before[slots] = NEVER
        self.stale[slots] = self.dirty[slots] = False
        series = list(zip(self.process[slots].tolist(), self.name[slots].tolist(), strict=True))
        for slot, one in zip(slots.tolist(), series, strict=True):
            self._times.pop(slot, None)
            self._runs.judged(one, False, 0)
        return series

    def _value(self, slot: int) -> Any:
        number = self.number[slot]
        return series_value(self.values[slot], None if number != number else float(number))

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
        values, mine = facts.values, self.values
        for one, where in zip(slots.tolist(), newest.tolist(), strict=True):
            mine[one] = values[where]
        self._keep_times(slots, np.where(same, first, began), end, same, start)
        changed[first] = ~as_before & known
        return changed

    def _keep_times(self, slots: Ints, begin: Ints, end: Ints, same: Flags, start: Ints) -> None:
        """Notes when the members of a run were; a run of one is its own start."""
        for slot in slots[(self.run[slots] == 1)].tolist():
            self._times.pop(slot, None)
        repeating = np.flatnonzero(self.run[slots] > 1)
        for at in repeating.tolist():
            slot = int(slots[at])
            times = self._times.get(slot)
            if times is None or not same[at]:
                times = self._times[slot] = array("q", [int(self.run_start[slot])] if same[at] else [])
            times.frombytes(start[begin[at] : end[at]].tobytes())
            self._trim(slot)

    def _trim(self, slot: int) -> None:
        times = self._times.get(slot)
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
            times = self._times.get(slot)
            if times is None:
                times = self._times[slot] = array("q", [int(self.run_start[slot])])
            times.append(start)
        else:
            self.before[slot] = self.last[slot]
            self.run[slot], self.run_start[slot] = 1, start
            self.anchor[slot] = facts.number[at]
            self.enum[slot] = False
            self._times.pop(slot, None)
        self.last[slot], self.code[slot], self.type[slot] = start, facts.code[at], facts.type[at]
        self.number[slot] = facts.number[at]
        self.values[slot] = facts.values[at]
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
            times = self._times.get(slot) or array("q", [began])
            insort(times, start)
            self._times[slot] = times
            self.run[slot] += 1
            self.run_start[slot] = min(began, start)

    def _split(self, slot: int, start: int) -> None:
        """A different value within the run: only what came after it still is the run."""
        times = self._times.get(slot) or array("q", [int(self.last[slot])])
        times = times[bisect_right(times, start) :] or array("q", [int(self.last[slot])])
        self.run[slot], self.run_start[slot], self.before[slot] = len(times), times[0], start
        self._times[slot] = times

    # Flags --------------------------------------------------------------------------------------------

    def _judge(self, slots: Ints) -> None:
        """Sets and clears the flags of these series."""
        self.dirty[slots] = True
        self.quiet[slots] = SAME
        over = self.run[slots] > self.repeats[slots]
        over &= self.last[slots] - self.run_start[slots] >= self.least_ns[slots]
        by_type = np.isin(self.type[slots], list(self.exempt_types))
        self.exempt[slots] = (self.constant[slots] | self.enum[slots] | by_type) & ~self.always[slots]
        doubtful = over & ~self.exempt[slots] & ~self.stale[slots] & ~self.always[slots]
        for slot in slots[doubtful].tolist():
            self.enum[slot] = self.exempt[slot] = self._is_exempt(slot)
        stale = over & ~self.exempt[slots]
        for at in np.flatnonzero(stale | self.stale[slots]).tolist():
            slot = int(slots[at])
            series = int(self.process[slot]), int(self.name[slot])
            self._runs.judged(series, bool(stale[at]), int(self.run_start[slot]))
        self.stale[slots] = stale

    def _is_exempt(self, slot: int) -> bool:
        """Whether the value is masked, or looks like a member of an enum: Color.RED, or <Color.RED: 1>."""
        value = self.values[slot]
        if not isinstance(value, str):
            return False
        if value == MASKED:
            return True
        type_name = self._codes.types.text[int(self.type[slot])]
        return bool(re.match(rf"<?{re.escape(type_name)}\.[A-Za-z_]\w*(:|$)", value))
