"""Where the rules stood that a combination is made of: in the watch as it goes on, or as replayed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from alerting import edit
from alerting.combination import Stood
from alerting.evaluate import evaluate
from alerting.replay import live
from alerting.rule import Rule
from alerting.state import State
from data import control_alerts
from data.control import Control
from queries.base import Reader

States = Mapping[str, Mapping[str, State]]  # rule → group key → state


class Replayed:
    """Rules lived through the same moments as the combination, each at the first need.

    `states` is where they stood before the first moment.
    """

    def __init__(
        self, rules: Mapping[str, Rule], reader: Reader, moments_ns: Sequence[int],
        states: States | None = None, path: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._rules = rules
        self._reader = reader
        self._moments_ns = moments_ns
        self._states = states or {}
        self._path = path
        self._lives: dict[str, Mapping[int, Stood]] = {}
        self.known_from_ns = 0

    def rule(self, id: str) -> Rule | None:
        """None also for a rule that is being lived through already: a circle has no beginning."""
        return None if id in self._path else self._rules.get(id)

    def stood(self, id: str, at_ns: int) -> Stood:
        if id not in self._lives:
            self._lives[id] = self._lived(id, self._rules[id])
        return self._lives[id].get(at_ns, {})

    def _lived(self, id: str, rule: Rule) -> Mapping[int, Stood]:
        if not rule.enabled:
            return {}
        before = self._states.get(id, {})
        others = Replayed(self._rules, self._reader, self._moments_ns, self._states, (*self._path, id))
        judged = evaluate(rule, self._reader, self._moments_ns, list(before), others)
        self.known_from_ns = max(self.known_from_ns, judged.known_from_ns)
        found: dict[int, dict[str, str]] = {}
        for key, seen in judged.by_key.items():
            for point in live(rule, seen, self._moments_ns[-1], before.get(key)).points:
                found.setdefault(point.at_ns, {})[key] = point.status
        return found


def stored_states(control: Control) -> dict[str, dict[str, State]]:
    """Where every rule stood when it was judged last, by rule and group key."""
    found: dict[str, dict[str, State]] = {}
    for one in control_alerts.states(control):
        found.setdefault(one.rule_id, {})[one.key] = State(**json.loads(one.body))
    return found


def standing_now(control: Control, reader: Reader, rule: Rule, moment_ns: int) -> Replayed | None:
    """What a combination is made of, from where each stands by now; None for any other rule."""
    if not rule.members:
        return None
    return Replayed(edit.rules_by_id(control), reader, [moment_ns], stored_states(control), (rule.id,))


class Trail:
    """What a pass of the watch has judged so far; kept for one pass."""

    known_from_ns = 0

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}
        self.states: Mapping[str, Mapping[str, State]] = {}  # of the rules that are watched
        self.judged: set[str] = set()  # the rules that were judged in this pass
        self._passed: dict[tuple[str, str], list[tuple[int, str]]] = {}

    def begin(self, states: States) -> None:
        """A new pass."""
        self.states = states
        self.judged.clear()
        self._passed.clear()

    def note(self, id: str, key: str, before: State | None, stood: Sequence[tuple[int, str]]) -> None:
        """A key was judged at these moments."""
        first = [(0, before.status)] if before else []
        self.judged.add(id)
        self._passed[id, key] = [*first, *stood]

    def rule(self, id: str) -> Rule | None:
        return self.rules.get(id)

    def stood(self, id: str, at_ns: int) -> Stood:
        found: dict[str, str] = {key: state.status for key, state in self.states.get(id, {}).items()}
        for key in found:
            passed = [status for at, status in self._passed.get((id, key), ()) if at <= at_ns]
            if passed:
                found[key] = passed[-1]
        return found
