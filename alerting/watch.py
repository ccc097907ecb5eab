"""One pass over all rules: take in what arrived, judge what is due, write down what happened.

Everything of a pass is committed in one transaction, so a crash loses a pass and never half of one; the next
start then reads the past again and judges the missed moments in order.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache

from alerting.combination import order
from alerting.escalation import audience, due
from alerting.evaluate import filter_of
from alerting.members import Trail, stored_states
from alerting.notes import Happened, Notes
from alerting.rule import Rule, from_dict
from alerting.state import (
    ALIVE,
    NS,
    Evaluation,
    State,
    advance,
    ended,
    heard,
    is_idle,
    reminded,
    rested,
    told_again,
)
from alerting.ties import Firing, Ties
from alerting.watched import Watched, shape_of
from data import control_alerts, control_channels, control_silences
from data.control import Control
from data.control_alerts import PassNotes, StoredEvaluation, StoredProgress, StoredState
from queries.alert_arrivals import Matcher
from queries.alert_rows import seer
from queries.base import QueryError, Reader

log = logging.getLogger("flowglass.alerts")

LAG_NS = NS  # a call that ended this long ago has arrived, as a rule; one that comes later still counts
STEP_NS = 4 * NS
FILL_SECONDS = 1.0  # of one pass, for reading the past of rules; the others follow in the next passes
WRITE_OK_NS = 60 * NS  # an evaluation that found all well is written down once in so long
MOST_WRITTEN_OK = 500  # of one pass


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass did. `skipped` counts moments that fell into wider steps after a gap."""

    rules: int
    events: int
    skipped: int
    seconds: float
    spans: int = 0  # that had arrived
    unread: int = 0  # rules whose past is still to be read


class Watch:
    """Runs passes; one at a time. Rules are read from control.db each time, so an edit counts at once."""

    def __init__(
        self,
        control: Control,
        reader: Reader,
        clock: Callable[[], float] = time.perf_counter,
        every_ns: int = STEP_NS,
    ) -> None:
        self._control = control
        self._reader = reader
        self._clock = clock
        self._every_ns = every_ns
        self._matcher = Matcher()
        self._batch: int | None = None
        self._watched: dict[str, Watched] = {}
        self._bodies: dict[str, str] = {}
        self._written: dict[tuple[str, str], int] = {}  # when an evaluation was last written down
        self._started = False
        self._trail = Trail()
        self._ties = Ties(control, reader)

    def run_pass(self, now_ns: int) -> PassResult:
        """Judges every active rule up to the newest moment whose calls have arrived."""
        begun = self._clock()
        moment = (now_ns - LAG_NS) // NS * NS
        notes = Notes(
            self._control,
            self._reader,
            control_silences.silences(self._control, now_ns),
            control_channels.names(self._control),
            self._trail.rules,
        )
        acknowledged = control_silences.acknowledged(self._control)
        self._take_up_rules(notes, moment, now_ns)
        spans = self._take_in_arrivals(now_ns)
        skipped = unread = written = 0
        filling = 0.0  # seconds spent on the past of rules; at least one is read, however slow the rest
        self._trail.begin({id: one.states for id, one in self._watched.items()})
        for id in order({id: one.rule for id, one in self._watched.items()}):
            one = self._watched[id]
            if moment <= one.judged_ns or not one.is_due(moment, self._trail.judged):
                continue
            fills = one.ledger is None
            if fills and filling > FILL_SECONDS:
                unread += 1
                continue
            started = self._clock()
            moments = one.moments(moment)
            seen = self._judge(one, moments)
            judging = self._clock() - started
            filling += judging if fills else 0.0
            query_ms = judging * 1000
            lost = one.skipped(moments)
            skipped += lost
            for key, evaluations in seen.items():
                state = self._live(one, key, evaluations, notes, now_ns, acknowledged)
                written += self._evaluated(notes, one, key, evaluations[-1], state, query_ms, written)
            if lost:
                note = StoredEvaluation(one.rule.id, "", one.judged_ns + 1, None, lost, "skipped", 0.0)
                notes.saved.evaluations.append(note)
            one.judged_ns = moment
            notes.saved.progress.append(_progress(one))
        self._ties.settle(notes, self._watched, moment, now_ns)
        if notes.saved != PassNotes():
            control_alerts.save_pass(self._control, notes.saved)
        took = self._clock() - begun
        return PassResult(len(self._watched), len(notes.saved.events), skipped, took, spans, unread)

    # Rules come, change, pause and go.

    def _take_up_rules(self, notes: Notes, moment: int, now_ns: int) -> None:
        stored = {one.id: one.body for one in control_alerts.rules(self._control)}
        first, self._started = not self._started, True
        states = stored_states(self._control) if first else {}
        progress = {one.rule_id: one for one in control_alerts.progress(self._control)} if first else {}
        known = set(states) | set(progress) | set(self._watched)
        for id in known - set(stored):
            name = progress[id].rule_name if id in progress else ""
            rule = self._watched[id].rule if id in self._watched else Rule(name or id, id=id)
            self._end(notes, rule, self._states_of(id, states), moment, now_ns, "the rule was deleted")
            notes.saved.gone.append(id)
            self._drop(id)
        for id, body in stored.items():
            if not first and self._bodies.get(id) == body:
                continue
            self._bodies[id] = body
            read = _read(id, body)
            if read is None:
                self._drop(id)
                self._bodies[id] = body
                continue
            self._trail.rules[id] = read
            self._take_up(notes, read, states, progress.get(id), moment, now_ns)

    def _take_up(
        self, notes: Notes, rule: Rule, states: Mapping[str, dict[str, State]],
        progress: StoredProgress | None, moment: int, now_ns: int,
    ) -> None:  # fmt: skip
        """A rule that is new to this watch, or was edited."""
        there = self._watched.get(rule.id)
        mine = self._states_of(rule.id, states)
        shape = shape_of(there.rule) if there else progress.shape if progress else shape_of(rule)
        if not rule.enabled:
            if self._end(notes, rule, mine, moment, now_ns, "the rule was paused"):
                notes.saved.gone.append(rule.id)
            self._watched.pop(rule.id, None)
            return
        if shape != shape_of(rule):
            self._end(notes, rule, mine, moment, now_ns, "the rule looks at something else now")
            notes.saved.gone.append(rule.id)
            mine, there, progress = {}, None, None
        judged = there.judged_ns if there else progress.at_ns if progress else 0
        known_from = there.known_from_ns if there else progress.known_from_ns if progress else 0
        self._watched[rule.id] = Watched(rule, mine, judged, known_from, self._every_ns, self._trail)

    def _end(
        self, notes: Notes, rule: Rule, states: Mapping[str, State], moment: int, now_ns: int, why: str
    ) -> bool:
        """Nothing of this rule fires any longer; True when it had states."""
        for key, state in states.items():
            for event in ended(state, moment, why)[1]:
                notes.add(Happened(rule, key, event, now_ns))
        return bool(states)

    def _drop(self, id: str) -> None:
        self._watched.pop(id, None)
        self._bodies.pop(id, None)
        self._trail.rules.pop(id, None)

    def _states_of(self, id: str, stored: Mapping[str, dict[str, State]]) -> dict[str, State]:
        return self._watched[id].states if id in self._watched else stored.get(id, {})

    # What arrives, and what comes of it.

    def _take_in_arrivals(self, now_ns: int) -> int:
        """Gives each rule what matches it of what has arrived since; how many spans that were."""
        watched = list(self._watched.values())
        filters = dict.fromkeys((one.filter for one in watched), False)
        filters |= {one.filter: True for one in watched if one.sight.needs_body}
        try:
            found = self._matcher.look(self._reader, self._batch, filters, now_ns)
        except QueryError as error:
            log.warning("arrivals cannot be read: %s", error)
            for one in watched:
                one.forget()
            return 0
        self._batch = found.batch
        places = {tree: place for place, tree in enumerate(filters)}
        # A call that many rules look at in the same way is made once for all of them.
        seers = {sight: cache(seer(sight, found.names)) for sight in {one.sight for one in watched}}
        for one in watched:
            if found.gap:
                one.forget()
            else:
                one.arrive(found.matches[places[one.filter]], seers[one.sight])
        return found.spans

    def _judge(self, one: Watched, moments: Sequence[int]) -> Mapping[str, tuple[Evaluation, ...]]:
        try:
            if one.ledger is None:
                one.fill(self._reader, moments[-1])
            return one.judge(moments)
        except QueryError as error:
            one.forget()  # it may have taken in a part of what is pending
            failed = (Evaluation(moments[-1], None, failed=str(error)),)
            return dict.fromkeys(one.states or [""], failed)

    def _live(
        self, one: Watched, key: str, evaluations: Sequence[Evaluation], notes: Notes, now_ns: int,
        acknowledged: Mapping[tuple[str, str, int], object],
    ) -> State:  # fmt: skip
        """Lives through the evaluations of one key; writes its state down when that has changed."""
        rule, before = one.rule, one.states.get(key)
        state = rested(before, one.rest(before, evaluations[0].at_ns)) if before else State()
        stood = []
        for seen in evaluations:
            state, happened = advance(rule, state, seen)
            stood.append((seen.at_ns, state.status))
            for event in happened:
                firing = Firing(rule, key, state)
                told = Happened(rule, key, event, now_ns, self._audience(firing))
                quiet = self._ties.withholds(firing, self._watched, event.at_ns)
                state = heard(state, event, notes.add(told, quiet=quiet))
        if self._is_open(Firing(rule, key, state), evaluations[-1].at_ns, notes, acknowledged):
            state = self._later(Firing(rule, key, state), evaluations[-1].at_ns, notes, now_ns)
        one.states[key] = state
        self._trail.note(rule.id, key, before, stood)
        if before is None or not (is_idle(before) and is_idle(state)):
            body = json.dumps(asdict(state))
            notes.saved.states.append(StoredState(rule.id, key, body, state.at_ns))
        return state

    def _audience(self, one: Firing) -> tuple[str, ...]:
        """Who hears of a firing: whom it tells, and whom its effects would tell."""
        effects = self._ties.channels(one.place, self._watched)
        return tuple(dict.fromkeys([*audience(one.rule, one.state), *effects]))

    def _is_open(
        self, one: Firing, at_ns: int, notes: Notes, acknowledged: Mapping[tuple[str, str, int], object]
    ) -> bool:
        """Whether it fires, nobody looks after it or its cause, and it may be told."""
        if one.state.status not in ALIVE or one.place in acknowledged:
            return False
        cause = self._ties.cause(one.place, self._watched)
        if cause is not None and (cause.place in acknowledged or cause.state.held):
            return False
        return not notes.is_silenced(one.rule, one.key, one.state.severity, at_ns)

    def _later(self, one: Firing, at_ns: int, notes: Notes, now_ns: int) -> State:
        """What is said again: after what kept it back has ended, to further channels, or as it repeats.

        What is told with its cause says by itself only that nobody has acknowledged.
        """
        rule, key = one.rule, one.key
        withheld = self._ties.withholds(one, self._watched, at_ns)
        was = replace(one.state, held=False) if withheld else one.state
        state, steps, further = due(rule, was, at_ns)
        for event in steps:
            notes.add(Happened(rule, key, event, now_ns, further))
        if withheld:
            return replace(state, held=one.state.held)
        again = told_again(state, at_ns) if state.held else reminded(state, at_ns, rule.repeat)
        for event in again[1]:
            notes.add(Happened(rule, key, event, now_ns, self._audience(one)))
            state = heard(again[0], event, silent=False)
        return state

    def _evaluated(
        self, notes: Notes, one: Watched, key: str, seen: Evaluation, state: State, ms: float, written: int
    ) -> int:
        """Writes an evaluation down: each while something is wrong, else now and then; 1 for the latter."""
        last = self._written.get((one.rule.id, key), 0)
        calm = is_idle(state)
        if calm and last and (seen.at_ns - last < WRITE_OK_NS or written >= MOST_WRITTEN_OK):
            return 0
        self._written[one.rule.id, key] = seen.at_ns
        shown = StoredEvaluation(
            one.rule.id, key, seen.at_ns, seen.value, min(seen.samples, 2**31), state.status, ms,
            seen.failed or seen.text,
        )  # fmt: skip
        notes.saved.evaluations.append(shown)
        return int(calm)


def _read(id: str, body: str) -> Rule | None:
    try:
        rule = from_dict(json.loads(body) | {"id": id})
        filter_of(rule)
        return rule
    except (ValueError, TypeError, QueryError):
        log.exception("rule %s cannot be read", id)
        return None


def _progress(one: Watched) -> StoredProgress:
    return StoredProgress(one.rule.id, one.rule.name, shape_of(one.rule), one.judged_ns, one.known_from_ns)
