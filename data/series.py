"""The columns of all value series in memory: a series (process, data name) is a slot in each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.codes import Codes
from data.facts import Facts, Flags, Floats, Ints, series_key, split_key
from data.series_rules import SeriesRule

Kind = TypeVar("Kind", bound=np.generic)
NEVER = -(2**62)
EXEMPT_TYPES = ("bool", "NoneType")
UPPER_CASE = re.compile(r"[A-Z][A-Z0-9_]*")
FIRST_SIZE = 1_024


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


class SeriesColumns:
    """One array per column, as long as there is room for slots."""

    def __init__(self, settings: StalenessSettings, codes: Codes) -> None:
        self._settings = settings
        self._codes = codes
        self._slots: dict[int, int] = {}
        self._rules: dict[tuple[str, str, str, str], SeriesRule] = {}
        self._newest: dict[int, int] = {}  # process_group.id → start of its newest span
        self.values: list[Any] = []
        self.exempt_types = {codes.types[name] for name in EXEMPT_TYPES}
        self._grow(FIRST_SIZE)

    def __len__(self) -> int:
        return len(self.values)

    def slots_of(self, keys: Ints) -> Ints:
        """The slots of these series; an unknown one gets the next."""
        known = self._slots
        slots = [known.get(key, -1) for key in keys.tolist()]
        if -1 in slots:
            for at, slot in enumerate(slots):
                if slot < 0:
                    slots[at] = self.add(*split_key(int(keys[at])))
        return np.array(slots, np.int64)

    def add(self, process: int, name: int) -> int:
        """A slot for a series that has none."""
        slot = len(self.values)
        if slot == len(self.run):
            self._grow(2 * slot)
        self._slots[series_key(process, name)] = slot
        self.values.append(None)
        self.process[slot], self.name[slot] = process, name
        self.last[slot] = self.before[slot] = NEVER
        self._configure(slot)
        return slot

    def configure(self, rules: Iterable[SeriesRule]) -> None:
        """Puts exceptions for single series in force, in place of others; judged with the next value."""
        before = self._rules
        self._rules = {(rule.group, rule.scope, rule.process, rule.data): rule for rule in rules}
        if before != self._rules:
            for slot in range(len(self)):
                self._configure(slot)

    def see(self, facts: Facts) -> None:
        """Notes when each group was last heard of."""
        newest = dict(zip(facts.process.tolist(), facts.start_ns.tolist(), strict=True))
        for process, start_ns in newest.items():
            group = self._codes.process_groups[process]
            self._newest[group] = max(self._newest.get(group, NEVER), start_ns)

    def newest_of_group(self, process: int) -> int:
        """Start of the newest span of a process's group; of its series, while none came since the start."""
        group = self._codes.process_groups[process]
        if group not in self._newest:
            groups = self._codes.process_groups
            mine = [groups[one] == group for one in self.process[: len(self)].tolist()]
            self._newest[group] = int(self.last[: len(self)][mine].max())
        return self._newest[group]

    def _configure(self, slot: int) -> None:
        settings = self._settings
        group, name, scope = self._codes.process_names[int(self.process[slot])]
        data = self._codes.names.text[int(self.name[slot])]
        key = (self._codes.groups.text[group], scope, name, data)
        rule = self._rules.get(key) or SeriesRule(*key)
        self.always[slot] = rule.judged == "in"
        self.constant[slot] = rule.judged == "out" or self._is_constant(data)
        self.repeats[slot] = settings.repeats if rule.repeats is None else rule.repeats
        seconds = settings.min_seconds if rule.min_seconds is None else rule.min_seconds
        self.least_ns[slot] = round(seconds * 1e9)
        tolerance = rule.float_tolerance
        self.tolerance[slot] = settings.float_tolerance if tolerance is None else tolerance

    def _is_constant(self, name: str) -> bool:
        return any(
            bool(UPPER_CASE.fullmatch(name)) if pattern == "UPPER_CASE" else fnmatchcase(name, pattern)
            for pattern in self._settings.constants
        )

    def _grow(self, size: int) -> None:
        def ints(name: str, fill: int = 0) -> Ints:
            return _longer(getattr(self, name, None), np.full(size, fill, np.int64))

        def flags(name: str) -> Flags:
            return _longer(getattr(self, name, None), np.zeros(size, np.bool_))

        def floats(name: str, fill: float = np.nan) -> Floats:
            return _longer(getattr(self, name, None), np.full(size, fill, np.float64))

        self.process, self.name, self.type, self.code = map(ints, ("process", "name", "type", "code"))
        self.run, self.run_start, self.calls, self.quiet = map(ints, ("run", "run_start", "calls", "quiet"))
        self.last, self.before = ints("last", NEVER), ints("before", NEVER)
        self.number, self.anchor = floats("number"), floats("anchor")
        self.exempt, self.enum, self.constant = map(flags, ("exempt", "enum", "constant"))
        self.always, self.stale, self.dirty = map(flags, ("always", "stale", "dirty"))
        self.repeats, self.least_ns = ints("repeats"), ints("least_ns")
        self.tolerance = floats("tolerance", 0.0)


def _longer(old: NDArray[Kind] | None, new: NDArray[Kind]) -> NDArray[Kind]:
    """The old column at the front of the new one."""
    if old is not None:
        new[: len(old)] = old
    return new
