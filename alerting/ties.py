"""One message per cause: what fires because of something else is told with it, not by itself.

A tie holds while both fire. An effect that was not told before is kept back meanwhile; when its cause is over
and it goes on failing by itself, it is told then. Ties are kept in control.db.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from alerting.causes import about, roots, wrong_calls
from alerting.escalation import audience
from alerting.notes import WITH_CAUSE, Notes
from alerting.rule import Rule
from alerting.state import ALIVE, NS, State
from alerting.watched import Watched
from data import control_ties
from data.control import Control
from data.control_alerts import StoredState
from data.control_ties import Place, Tie
from queries.alert_causes import MOST_ALERTS, Causes, causes
from queries.base import QueryError, Reader
from queries.traces import find_spans

LOOK_NS = 10 * NS  # between two looks for calls that go on being wrong
LATE_NS = 60 * NS  # a call may arrive, or have begun, so long before
Rules = Mapping[str, Watched]


@dataclass(frozen=True, slots=True)
class Firing:
    """What fires now."""

    rule: Rule
    key: str
    state: State

    @property
    def place(self) -> Place:
        """What names it."""
        return self.rule.id, self.key, self.state.episode_ns


class Ties:
    """What is tied to what. `settle` is called at the end of each pass."""

    def __init__(self, control: Control, reader: Reader) -> None:
        self._reader = reader
        self._ties: dict[Place, Tie] = {one.effect: one for one in control_ties.ties(control)}  # the newest
        self._alone: set[Place] = set()  # effects that go on without their cause
        self._looked: dict[Place, int] = {}  # when that was looked at last

    def withholds(self, one: Firing, watched: Rules, at_ns: int) -> bool:
        """Whether it is not told by itself: while its cause is, and after that until it goes on alone."""
        tie = self._ties.get(one.place)
        if tie is None:
            return False
        if tie.ended_ns:
            return one.state.held and one.place not in self._alone
        cause = watched.get(tie.cause_id)
        return cause is not None and cause.rule.speaks(at_ns)

    def cause(self, place: Place, watched: Rules) -> Firing | None:
        """What it is an effect of now."""
        tie = self._ties.get(place)
        return _firing(watched, tie.cause) if tie is not None and not tie.ended_ns else None

    def channels(self, place: Place, watched: Rules) -> tuple[str, ...]:
        """Whom the effects of a firing would have told."""
        found: dict[str, None] = {}
        for tie in self._ties.values():
            mine = _firing(watched, tie.effect) if tie.cause == place and not tie.ended_ns else None
            found |= dict.fromkeys(audience(mine.rule, mine.state) if mine else ())
        return tuple(found)

    def settle(self, notes: Notes, watched: Rules, at_ns: int, now_ns: int) -> None:
        """Ends ties whose cause is over, and finds the causes of what has begun to fire."""
        begun = {one.place for one in notes.saved.events if one.kind == "fired"}
        loose = self._end(notes, watched, at_ns)
        if begun or loose:
            self._find(notes, watched, begun, begun | loose, at_ns, now_ns)
        self._release(watched, at_ns)

    def _end(self, notes: Notes, watched: Rules, at_ns: int) -> set[Place]:
        """The effects that fire on although their cause is over."""
        loose = set()
        for place, tie in list(self._ties.items()):
            fires = _firing(watched, place)
            if tie.ended_ns == 0 and (fires is None or _firing(watched, tie.cause) is None):
                self._keep(notes, replace(tie, ended_ns=at_ns))
                loose |= {place} if fires else set()
            if fires is None:
                del self._ties[place]
                self._alone.discard(place)
                self._looked.pop(place, None)
        return loose

    def _keep(self, notes: Notes, tie: Tie) -> None:
        self._ties[tie.effect] = tie
        notes.saved.ties.append(tie)

    def _find(
        self, notes: Notes, watched: Rules, begun: set[Place], wanted: set[Place], at_ns: int, now_ns: int
    ) -> None:
        """Looks at all that fires, what is new first."""
        firings = sorted(_firings(watched), key=lambda one: (one.place not in wanted, -one.state.episode_ns))
        firings = firings[:MOST_ALERTS]
        try:
            wrong = [wrong_calls(self._reader, one.rule, one.key, at_ns) for one in firings]
            found = causes(self._reader, wrong)
        except QueryError:
            return
        roots_of = roots(found.links, [one.rule for one in firings])
        effects = {firings[at].place for at in roots_of}
        for at, root in roots_of.items():
            tie = self._ties.get(firings[at].place)
            if tie is None or tie.ended_ns or tie.cause in effects:
                self._join(notes, watched, firings[at], firings[root.cause], root.calls, at_ns, now_ns)
        for at, one in enumerate(firings):
            if one.place in begun and at not in roots_of and _others(watched, one, found, at):
                notes.delay(one.place, now_ns + one.rule.group_wait * NS)

    def _join(
        self, notes: Notes, watched: Rules, effect: Firing, cause: Firing, calls: int, at_ns: int, now_ns: int
    ) -> None:
        """From now on the one is told with the other."""
        before, state, told_ns = self._ties.get(effect.place), effect.state, effect.state.heard_ns
        if before is not None and not before.ended_ns:
            self._keep(notes, replace(before, ended_ns=at_ns))
        if cause.rule.speaks(at_ns) and not notes.withdraw(effect.place, WITH_CAUSE):
            told_ns = 0
            state = replace(state, held=True, heard_ns=at_ns)
            watched[effect.rule.id].states[effect.key] = state
            body = json.dumps(asdict(state))
            notes.saved.states.append(StoredState(effect.rule.id, effect.key, body, state.at_ns))
        rule = effect.rule
        tie = Tie(
            *effect.place, rule.name, state.severity, *cause.place, cause.rule.name, calls, at_ns, told_ns, 0
        )
        self._keep(notes, tie)
        self._alone.discard(effect.place)
        if not cause.state.held:
            notes.tell_also(cause.place, audience(rule, state), now_ns)

    def _release(self, watched: Rules, at_ns: int) -> None:
        """Effects whose wrong calls go on, for longer than their group wait, after their cause was over."""
        for place, tie in self._ties.items():
            one = _firing(watched, place) if tie.ended_ns and place not in self._alone else None
            if one is None or not one.state.held or at_ns - tie.ended_ns < one.rule.group_wait * NS:
                continue
            looked = self._looked.get(place, tie.ended_ns)
            if looked > tie.ended_ns and at_ns - looked < LOOK_NS:
                continue
            self._looked[place] = at_ns
            since = max(tie.ended_ns, looked - LATE_NS)
            try:
                wrong = wrong_calls(self._reader, one.rule, one.key, at_ns, since)
                if find_spans(self._reader, wrong.tree, wrong.range, limit=1).rows:
                    self._alone.add(place)
            except QueryError:
                self._alone.add(place)  # rather told than lost


def _firing(watched: Rules, place: Place) -> Firing | None:
    """This very firing, None when it is over."""
    one = watched.get(place[0])
    state = one.states.get(place[1]) if one else None
    if one is None or state is None or state.status not in ALIVE or state.episode_ns != place[2]:
        return None
    return Firing(one.rule, place[1], state)


def _firings(watched: Rules) -> Iterable[Firing]:
    """All that fires and is about calls."""
    for one in watched.values():
        if about(one.rule):
            for key, state in one.states.items():
                if state.status in ALIVE:
                    yield Firing(one.rule, key, state)


def _others(watched: Rules, mine: Firing, found: Causes, at: int) -> bool:
    """Whether another rule, which does not fire yet, watches a call above or below that is wrong too."""
    for one in watched.values():
        shared = found.around[at] & one.processes if one.rule.id != mine.rule.id and about(one.rule) else ()
        if not shared:
            continue
        alive = {key for key, state in one.states.items() if state.status in ALIVE}
        if one.rule.group_by != "process":
            if not alive:
                return True
        elif not {found.names.processes[id].name for id in shared} <= alive:
            return True
    return False
