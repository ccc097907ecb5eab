"""Combinations: a rule made of others, judged from where they stand at the same moment.

A member fires while its state is firing or recovering. Without grouping it does so when any of its keys
does; grouped like the combination it is asked for the same key, and one without grouping for every key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from alerting.memory import ALWAYS, Memory
from alerting.rule import Rule
from alerting.state import ALIVE, Evaluation
from queries.alert_rows import Call

Stood = Mapping[str, str]  # group key → state


class Others(Protocol):
    """The other rules, for those made of them. Before `known_from_ns` they were not judged in full."""

    known_from_ns: int

    def rule(self, id: str) -> Rule | None:
        """The rule of this id, None when there is none."""

    def stood(self, id: str, at_ns: int) -> Stood:
        """Where it stood for each key; nothing when it is paused or was not judged yet."""


class Nobody:
    """No other rules."""

    known_from_ns = 0

    def rule(self, id: str) -> Rule | None:
        return None

    def stood(self, id: str, at_ns: int) -> Stood:
        return {}


class Combination:
    """The ledger of a combination: it needs no calls."""

    def __init__(self, rule: Rule, others: Others, known: Collection[str] = ()) -> None:
        self._rule = rule
        self._others = others
        self._keys = set(known if rule.group_by else ("",))
        self.memories: dict[str, Memory] = {}

    def add(self, call: Call) -> None:
        """The members take them."""

    def judge(self, at_ns: int, besides: Iterable[str] = ()) -> dict[str, Evaluation]:
        """Every key."""
        members = {id: self._others.rule(id) for id in self._rule.members}
        missing = next((id for id, one in members.items() if one is None), "")
        if missing:
            return self._failed(at_ns, f"it is made of the rule {missing}, which is gone")
        stood = {id: self._others.stood(id, at_ns) for id in members}
        broken = next((id for id, keys in stood.items() if "rule failed" in keys.values()), "")
        if broken:
            name = members[broken].name  # type: ignore[union-attr]
            return self._failed(at_ns, f"{name}, which it is made of, cannot be judged")
        grouped = [id for id, one in members.items() if one and one.group_by and self._rule.group_by]
        self._keys |= {key for id in grouped for key in stood[id]}
        return {key: self._judged(at_ns, key, members, stood) for key in sorted(self._keys)}

    def _failed(self, at_ns: int, why: str) -> dict[str, Evaluation]:
        return {key: Evaluation(at_ns, None, failed=why) for key in sorted(self._keys) or ("",)}

    def _judged(
        self, at_ns: int, key: str, members: Mapping[str, Rule | None], stood: Mapping[str, Stood]
    ) -> Evaluation:
        rule = self._rule
        fires = {id for id, one in members.items() if one is not None and _fires(rule, one, stood[id], key)}
        all_of, any_of = set(rule.all_of) <= fires, not rule.any_of or bool(set(rule.any_of) & fires)
        asked = bool(rule.all_of or rule.any_of)  # not yet, while it is being written
        met = asked and all_of and any_of and not set(rule.none_of) & fires
        names = [one.name for id, one in members.items() if one is not None and id in fires]
        said = f"{', '.join(names)} fire{'s' * (len(names) == 1)}" if names else "none of its rules fires"
        return Evaluation(at_ns, float(met), ALWAYS, text=said)


def _fires(rule: Rule, member: Rule, stood: Stood, key: str) -> bool:
    if rule.group_by and member.group_by:
        return stood.get(key) in ALIVE
    return any(state in ALIVE for state in stood.values())


def order(rules: Mapping[str, Rule]) -> list[str]:
    """Ids so that every rule comes after those it is made of; those in a circle come last."""
    placed: dict[str, None] = {}

    def place(id: str, path: tuple[str, ...]) -> None:
        if id in placed or id in path or id not in rules:
            return
        for member in rules[id].members:
            place(member, (*path, id))
        placed[id] = None

    for id in rules:
        place(id, ())
    return list(placed)


def circle(id: str, rules: Mapping[str, Rule]) -> tuple[str, ...]:
    """The way from a rule over its members back to itself, as ids; () when there is none."""

    def way(at: str, path: tuple[str, ...]) -> tuple[str, ...]:
        for member in rules[at].members if at in rules else ():
            if member == id:
                return (*path, at, id)
            if member not in path and (found := way(member, (*path, at))):
                return found
        return ()

    return way(id, ())


def members_of(rule: Rule, rules: Mapping[str, Rule]) -> list[str]:
    """The ids of all that a rule is made of, directly or through others."""
    found: dict[str, None] = {}
    todo = list(rule.members)
    while todo:
        id = todo.pop()
        if id not in found:
            found[id] = None
            todo += rules[id].members if id in rules else ()
    return list(found)
