"""One pass over all rules: judge, live on, write down what happened and who is to be told.

Everything of a pass is committed in one transaction, so a crash loses a pass and never half of one; the next
pass then judges the missed moments in order.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from alerting.evaluate import evaluate
from alerting.evidence import Evidence, evidence
from alerting.rule import Rule, from_dict
from alerting.state import NS, Evaluation, Event, State, advance
from data import control_alerts, control_channels, control_outbox, control_silences
from data.control import Control
from data.control_alerts import StoredEvaluation, StoredEvent, StoredState
from data.control_silences import Silence
from queries.base import QueryError, Reader

log = logging.getLogger("flowglass.alerts")

LAG_NS = 2 * NS  # a call that ended this long ago has arrived: tracers send every second
STEP_NS = 4 * NS
MOST_MISSED = 200  # moments that are made up for; a longer gap is judged in wider steps
TOLD = (
    "fired",
    "escalated",
    "resolved",
    "no data",
    "data is back",
    "rule failed",
    "rule works",
    "flapping",
    "steady",
)


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass did. `skipped` counts moments that fell into wider steps after a gap."""

    rules: int
    events: int
    skipped: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Happening:
    """One event with what the message says beside it."""

    event: Event
    evidence: Evidence | None


class Watch:
    """Runs passes. Rules and states are read from control.db each time, so an edit counts at once."""

    def __init__(
        self, control: Control, reader: Reader, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._control = control
        self._reader = reader
        self._clock = clock

    def run_pass(self, now_ns: int) -> PassResult:
        """Judges every active rule up to the newest moment whose calls have arrived."""
        begun = self._clock()
        moment = (now_ns - LAG_NS) // STEP_NS * STEP_NS
        stored = [(one.id, self._rule(one.id, one.body)) for one in control_alerts.rules(self._control)]
        silences = control_silences.silences(self._control, now_ns)
        states = self._states()
        channels = {one.id: one.name for one in control_channels.channels(self._control)}
        active, happened, skipped = 0, 0, 0
        for id, rule in stored:
            if rule is None or not rule.enabled:
                continue
            active += 1
            mine = {key: state for (owner, key), state in states.items() if owner == id}
            moments, missed = _moments(mine, moment)
            if moments:
                happened += self._one(id, rule, mine, moments, silences, channels)
                skipped += missed
        return PassResult(active, happened, skipped, self._clock() - begun)

    def _rule(self, id: str, body: str) -> Rule | None:
        try:
            return from_dict(json.loads(body) | {"id": id})
        except (ValueError, TypeError):
            log.exception("rule %s cannot be read", id)
            return None

    def _states(self) -> dict[tuple[str, str], State]:
        return {
            (one.rule_id, one.key): State(**json.loads(one.body))
            for one in control_alerts.states(self._control)
        }

    def _one(
        self, id: str, rule: Rule, states: dict[str, State], moments: Sequence[int],
        silences: Sequence[Silence], channels: dict[str, str],
    ) -> int:  # fmt: skip
        """Judges one rule at these moments and commits what came of it."""
        begun = self._clock()
        try:
            judged = evaluate(rule, self._reader, moments, known=list(states)).by_key
        except QueryError as error:
            failed = tuple(Evaluation(at, None, failed=str(error)) for at in moments[-1:])
            judged = dict.fromkeys(states or [""], failed)
        milliseconds = (self._clock() - begun) * 1000
        after, events, evaluations, deliveries = (
            [],
            list[StoredEvent](),
            [],
            list[tuple[str, str, str, int]](),
        )
        for key, seen in judged.items():
            state = states.get(key, State())
            for one in seen:
                state, happened = advance(rule, state, one)
                for event in happened:
                    stored = self._stored(id, rule, key, event)
                    events.append(stored)
                    deliveries += self._deliveries(rule, id, stored, silences, channels)
            if seen:
                last = seen[-1]
                after.append(StoredState(id, key, json.dumps(asdict(state)), last.at_ns))
                evaluations.append(
                    StoredEvaluation(
                        id, key, last.at_ns, last.value, last.samples, state.status, milliseconds
                    )
                )
        control_alerts.save_pass(self._control, after, events, evaluations, deliveries)
        return len(events)

    def _stored(self, id: str, rule: Rule, key: str, event: Event) -> StoredEvent:
        """The event with its evidence, under an id that is the same for the same happening."""
        named = f"{id}\n{key}\n{event.kind}\n{event.episode_ns}\n{event.at_ns}"
        shown = None
        if event.kind in ("fired", "escalated"):
            shown = evidence(self._reader, rule, key, event.at_ns)
        detail = {
            "unit": rule.unit, "warning": rule.warning, "critical": rule.critical, "operator": rule.operator,
            "metric": rule.metric, "kind": rule.kind, "window": rule.window, "owner": rule.owner,
            "runbook": rule.runbook, "filter": rule.filter, "evidence": asdict(shown) if shown else None,
        }  # fmt: skip
        event_id = hashlib.sha256(named.encode()).hexdigest()[:24]
        return StoredEvent(
            event_id, id, rule.name, key, event.kind, event.at_ns, event.severity, event.value, event.text,
            event.episode_ns, int(event.announced), json.dumps(detail),
        )  # fmt: skip

    def _deliveries(
        self, rule: Rule, id: str, event: StoredEvent, silences: Sequence[Silence], channels: dict[str, str]
    ) -> list[tuple[str, str, str, int]]:
        """Who is told: nobody while it is silenced, but who heard the beginning hears the end."""
        if not event.announced:
            return []
        if event.kind == "resolved":
            heard = self._heard(id, event)
            return [(event.id, one, name, event.at_ns) for one, name in channels.items() if one in heard]
        if any(one.covers(id, event.key, event.severity, event.at_ns) for one in silences):
            return []
        return [(event.id, one, channels[one], event.at_ns) for one in rule.channels if one in channels]

    def _heard(self, id: str, event: StoredEvent) -> set[str]:
        """Channels that were told that this episode began."""
        told = (
            one
            for one in control_alerts.events(self._control, id, event.episode_ns, limit=1000)
            if one.key == event.key
            and one.episode_ns == event.episode_ns
            and one.kind in ("fired", "escalated")
        )
        return {
            delivery.channel_id for one in told for delivery in control_outbox.of_event(self._control, one.id)
        }


def _moments(states: dict[str, State], newest: int) -> tuple[list[int], int]:
    """Moments to judge: the newest, and those missed since the last pass; how many were left out."""
    last = max((state.at_ns for state in states.values()), default=0)
    if last >= newest:
        return [], 0
    if not last:
        return [newest], 0
    missed = (newest - last) // STEP_NS
    width = -(-missed // MOST_MISSED) * STEP_NS
    moments = list(range(newest, last, -width))[::-1]
    return moments, int(missed) - len(moments)
