"""Regressions: functions whose newest version is slower or fails more, by the verdict of Code Inspector.

A switch is judged for a day. The verdict takes whole minutes that ended a minute ago, so that nothing of
them is still on its way, and is made anew each minute in the first hour, then every ten, then hourly.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from alerting.memory import ALWAYS, DAY_NS, Memory
from alerting.rule import Rule
from alerting.state import NS, Evaluation
from queries.alert_rows import Call, key_of
from queries.base import Reader
from queries.code_compare import verdict
from queries.code_switches import Switch, still_runs, switches
from queries.filter_processes import processes_of
from queries.filters import parse
from queries.verdict import MIN_MINUTES, Verdict

MINUTE_NS, HOUR_NS = 60 * NS, 3_600 * NS
STEPS = ((HOUR_NS, MINUTE_NS), (6 * HOUR_NS, 10 * MINUTE_NS), (DAY_NS, HOUR_NS))  # up to this age, so often
SECONDS = 3.0  # a replay reads no longer, and says how far it came
LISTED = 3  # functions named in a text
HASH = 8  # characters of a version that are shown


@dataclass(frozen=True, slots=True)
class Regressed:
    """A function whose newest version is worse than the one before."""

    switch: Switch
    verdict: Verdict

    @property
    def words(self) -> str:
        """price_order: 21 % slower since version c6a1…"""
        found = []
        if self.verdict.speed == "slower":
            tail = " at p95" if self.verdict.of == "p95" else ""
            found.append(f"{100 * self.verdict.change:.0f} % slower{tail}")
        if self.verdict.failing == "more":
            found.append(f"{100 * self.verdict.error_change:.2g} % more calls fail")
        return f"{self.switch.name}: {', '.join(found)} since version {self.switch.new[:HASH]}"


class Regressions:
    """What is worse at a moment, for one rule; verdicts that were made are kept for a day."""

    def __init__(self, rule: Rule, reader: Reader) -> None:
        self._tree = parse(rule.filter)
        self._reader = reader
        self._made: dict[tuple[Switch, int], Regressed | None] = {}
        self._switches: tuple[Switch, ...] = ()
        self._read_ns = (0, 0)  # the switches between these moments are known

    def read(self, first_ns: int, last_ns: int) -> None:
        """The switches that moments from the first to the last ask for."""
        with self._reader.session() as session:
            if session.there:
                only = processes_of(session, self._tree)
                self._switches = switches(session, only, first_ns - DAY_NS, last_ns)
        self._read_ns = first_ns, last_ns

    def watched(self, at_ns: int) -> tuple[Switch, ...]:
        """The newest switch of each function, where that is less than a day ago."""
        if not self._read_ns[0] <= at_ns <= self._read_ns[1]:
            self.read(at_ns, at_ns)
        mine = [one for one in self._switches if at_ns - DAY_NS < one.at_ns <= at_ns]
        return tuple({one.process: one for one in mine}.values())

    def of(self, switch: Switch, at_ns: int) -> Regressed | None:
        """The switch as it was judged at a moment, None while nothing is wrong with it."""
        until = _until(switch, at_ns)
        if until - switch.at_ns < (MIN_MINUTES - 1) * MINUTE_NS:
            return None  # too few minutes, as the verdict would say
        if (switch, until) not in self._made:
            self._made[switch, until] = self._judged(switch, until)
        return self._made[switch, until]

    def _judged(self, switch: Switch, until_ns: int) -> Regressed | None:
        who = switch.group, switch.name, switch.scope
        found = verdict(self._reader, *who, switch.old, switch.new, switch.at_ns, until_ns)
        worse = found.speed == "slower" or found.failing == "more"
        return Regressed(switch, found) if worse and still_runs(self._reader, switch, until_ns) else None

    def forget(self, at_ns: int) -> None:
        """Verdicts that nobody asks for again."""
        self._made = {key: one for key, one in self._made.items() if key[1] > at_ns - DAY_NS}


def _until(switch: Switch, at_ns: int) -> int:
    """Up to where calls count for the verdict that stands at a moment."""
    step = next(step for age, step in STEPS if at_ns - switch.at_ns <= age)
    return at_ns // step * step - MINUTE_NS


class Versions:
    """The ledger of a regression rule: it needs no calls, for versions and rollups say all of it."""

    def __init__(self, rule: Rule, reader: Reader, known: Collection[str] = ()) -> None:
        self._rule = rule
        self._found = Regressions(rule, reader)
        self._keys = set(known if rule.group_by else ("",))
        self._last: dict[str, Evaluation] = {}
        self._minute = -1
        self._known_from_ns = 0
        self.memories: dict[str, Memory] = {}

    def add(self, call: Call) -> None:
        """Calls are read as rollups."""

    def read(self, moments_ns: Sequence[int]) -> int:
        """Makes the verdicts of these moments, the newest first; from when on that could be done in time."""
        begun = time.monotonic()
        self._found.read(moments_ns[0], moments_ns[-1])
        for at in reversed(moments_ns):
            if time.monotonic() - begun > SECONDS:
                self._known_from_ns = at
                break
            for switch in self._found.watched(at):
                self._found.of(switch, at)
        return self._known_from_ns

    def judge(self, at_ns: int, besides: Iterable[str] = ()) -> dict[str, Evaluation]:
        """Anew in each minute; between them what was found stands."""
        if at_ns <= self._known_from_ns:
            return {key: Evaluation(at_ns, None) for key in self._keys}
        anew = at_ns // MINUTE_NS != self._minute
        if anew:
            self._minute = at_ns // MINUTE_NS
            self._last = self._judged(at_ns)
        wanted = self._last if anew else {key: self._last[key] for key in besides if key in self._last}
        return {key: replace(seen, at_ns=at_ns) for key, seen in wanted.items()}

    def _judged(self, at_ns: int) -> dict[str, Evaluation]:
        worse: dict[str, list[Regressed]] = {}
        for switch in self._found.watched(at_ns):
            key = key_of(self._rule.group_by, switch.name, switch.group)
            self._keys.add(key)
            one = self._found.of(switch, at_ns)
            worse.setdefault(key, []).extend([one] if one else [])
        self._found.forget(at_ns)
        return {key: _evaluation(at_ns, worse.get(key, ())) for key in sorted(self._keys)}


def _evaluation(at_ns: int, worse: Sequence[Regressed]) -> Evaluation:
    said = [one.words for one in worse[:LISTED]]
    more = len(worse) - len(said)
    text = "; ".join([*said, f"and {more} more"] if more else said)
    return Evaluation(at_ns, float(len(worse)), ALWAYS, text=text)


def regressed_at(rule: Rule, reader: Reader, key: str, at_ns: int) -> Regressed | None:
    """The first function that is worse at a moment: what a message shows a call of."""
    found = Regressions(rule, reader)
    for switch in found.watched(at_ns):
        named = key_of(rule.group_by, switch.name, switch.group)
        if key in ("", named) and (one := found.of(switch, at_ns)):
            return one
    return None
