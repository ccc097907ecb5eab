"""What becomes of a rule, evaluation by evaluation: a state machine without clock, store or channel.

ok → pending → firing → recovering → ok; beside it no data and rule failed, which remember what was before.
Flapping is a flag: while it is up, coming and going is recorded but not announced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from alerting.rule import Rule, Severity, beyond

Status = Literal["ok", "pending", "firing", "recovering", "no data", "rule failed"]
EventKind = Literal[
    "fired",
    "escalated",
    "resolved",
    "no data",
    "data is back",
    "rule failed",
    "rule works",
    "flapping",
    "steady",
    "still firing",
    "unacknowledged",
]
NS = 10**9
REMEMBERED = 20  # evaluations that flapping looks back over
FLAPS = 3  # crossings among them
ALIVE = ("firing", "recovering")
BEGINNINGS = ("fired", "escalated", "still firing")
TOLD = (*BEGINNINGS, "unacknowledged")  # what says that something fires
COMING_AND_GOING = ("fired", "escalated", "resolved")
ORDER: dict[str, int] = {"info": 0, "warning": 1, "critical": 2}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One look at one group key. `value` is in the rule's unit, None when there was nothing to measure."""

    at_ns: int
    value: float | None
    samples: int = 0
    failed: str = ""  # why the rule itself could not be judged
    text: str = ""  # what was seen, where that is not a number: a type, an exception


@dataclass(frozen=True, slots=True)
class State:
    """Where a rule stands for one group key. Times are nanoseconds; 0 means never."""

    status: Status = "ok"
    since_ns: int = 0  # of this status
    breach_ns: int = 0  # start of the breach that is pending or firing
    episode_ns: int = 0  # when it began to fire: names the episode
    severity: Severity = "warning"  # the worst of the episode
    before: Status = "ok"  # what "no data" and "rule failed" go back to
    before_ns: int = 0  # since when it was that
    value: float | None = None
    text: str = ""
    at_ns: int = 0  # of the last evaluation
    crossings: int = 0  # bits: the newest 20 evaluations, 1 where a threshold was crossed
    evaluations: int = 0  # of those bits that count, at most 20
    flapping: bool = False
    told: bool = False  # whether the world knows that it fires: then it must also hear that it is over
    told_ns: int = 0  # when it was told last
    heard_ns: int = 0  # when somebody was first told of this episode
    steps: int = 0  # of the rule's escalation that were taken
    held: bool = False  # the message was kept back: it is told when that ends before the alert does


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened that may be told. What is not announced is only recorded."""

    kind: EventKind
    at_ns: int
    severity: Severity
    value: float | None
    text: str
    episode_ns: int
    announced: bool = True


def advance(rule: Rule, state: State, seen: Evaluation) -> tuple[State, tuple[Event, ...]]:
    """The next state, and what happened on the way."""
    if seen.failed:
        return _failed(state, seen)
    state, back = _works(state, seen)
    if seen.value is None or seen.samples < rule.min_samples:
        after, events = _without_data(rule, state, seen)
        return _told(after, (*back, *events), seen)
    state, returned = _data_is_back(state, seen)
    state, flaps = _flapping(state, seen, severity_of(rule, seen) is not None)
    after, events = _judged(rule, replace(state, value=seen.value, text=seen.text, at_ns=seen.at_ns), seen)
    return _told(after, (*back, *returned, *flaps, *events), seen)


def severity_of(rule: Rule, seen: Evaluation) -> Severity | None:
    """How bad a value is, None when no threshold is crossed."""
    if not rule.has_thresholds:
        return rule.severity if seen.value else None
    if beyond(seen.value, rule.critical, rule.operator):
        return "critical"
    return "warning" if beyond(seen.value, rule.warning, rule.operator) else None


def is_clean(rule: Rule, seen: Evaluation) -> bool:
    """Whether a value is good enough to say that it is over."""
    if severity_of(rule, seen) is not None:
        return False
    if not rule.has_thresholds or rule.recovery is None:
        return True
    return not beyond(seen.value, rule.recovery, rule.operator)


def _judged(rule: Rule, state: State, seen: Evaluation) -> tuple[State, tuple[Event, ...]]:
    severity = severity_of(rule, seen)
    if severity is not None:
        return _breached(rule, state, seen, severity)
    if state.status == "pending":
        return _entered(state, "ok", seen), ()
    if state.status in ALIVE:
        return _recovering(rule, state, seen)
    return state, ()


def _breached(
    rule: Rule, state: State, seen: Evaluation, severity: Severity
) -> tuple[State, tuple[Event, ...]]:
    if state.status in ALIVE:
        worse = ORDER[severity] > ORDER[state.severity]
        firing = _entered(state, "firing", seen)
        firing = replace(firing, severity=severity if worse else state.severity)
        return firing, (_event("escalated", firing, seen),) if worse else ()
    begun = state.breach_ns if state.status == "pending" else seen.at_ns
    if seen.at_ns - begun < rule.for_ * NS:
        return replace(_entered(state, "pending", seen), breach_ns=begun, severity=severity), ()
    firing = _entered(state, "firing", seen)
    firing = replace(firing, breach_ns=begun, episode_ns=seen.at_ns, severity=severity)
    return firing, (_event("fired", firing, seen),)


def _recovering(rule: Rule, state: State, seen: Evaluation) -> tuple[State, tuple[Event, ...]]:
    """Between the thresholds it goes on firing; below them it is over once that has lasted."""
    if not is_clean(rule, seen):
        return _entered(state, "firing", seen), ()
    recovering = _entered(state, "recovering", seen)
    if seen.at_ns - recovering.since_ns < rule.keep_firing * NS:
        return recovering, ()
    over = replace(_entered(state, "ok", seen), breach_ns=0)
    return over, (_event("resolved", recovering, seen),)


def _without_data(rule: Rule, state: State, seen: Evaluation) -> tuple[State, tuple[Event, ...]]:
    """Too little to judge: by the rule's policy nothing changes, all is well, or that is the alert."""
    state = replace(state, at_ns=seen.at_ns)
    if rule.no_data == "ok":
        state, back = _data_is_back(state, seen)
        if state.status in ALIVE:
            over = replace(_entered(state, "ok", seen), breach_ns=0)
            return over, (*back, _event("resolved", state, seen))
        return _entered(state, "ok", seen), back
    if rule.no_data == "keep" or state.status == "no data":
        return state, ()
    silent = replace(_entered(state, "no data", seen), before=state.status, before_ns=state.since_ns)
    return silent, (_event("no data", silent, seen),)


def _data_is_back(state: State, seen: Evaluation) -> tuple[State, tuple[Event, ...]]:
    if state.status != "no data":
        return state, ()
    state = _gone_back(state, seen)
    return state, (_event("data is back", state, seen),)


def _failed(state: State, seen: Evaluation) -> tuple[State, tuple[Event, ...]]:
    """The rule itself is broken: loud, and not green."""
    if state.status == "rule failed":
        return replace(state, at_ns=seen.at_ns, text=seen.failed), ()
    failed = replace(_entered(state, "rule failed", seen), text=seen.failed)
    if state.status != "no data":
        failed = replace(failed, before=state.status, before_ns=state.since_ns)
    return failed, (_event("rule failed", failed, seen),)


def _works(state: State, seen: Evaluation) -> tuple[State, tuple[Event, ...]]:
    if state.status != "rule failed":
        return state, ()
    state = replace(_gone_back(state, seen), text="")
    return state, (_event("rule works", state, seen),)


def _flapping(state: State, seen: Evaluation, crossed: bool) -> tuple[State, tuple[Event, ...]]:
    """Counts how often the newest evaluations changed sides."""
    count = min(REMEMBERED, state.evaluations + 1)
    bits = (state.crossings << 1 | crossed) & (1 << REMEMBERED) - 1
    changes = (bits ^ bits >> 1) & (1 << count - 1) - 1
    flapping = changes.bit_count() >= FLAPS
    after = replace(state, crossings=bits, evaluations=count, flapping=flapping)
    if flapping == state.flapping:
        return after, ()
    return after, (_event("flapping" if flapping else "steady", after, seen),)


def _told(state: State, events: tuple[Event, ...], seen: Evaluation) -> tuple[State, tuple[Event, ...]]:
    """Decides what is announced: nothing while it flaps, and an end only to those who heard the beginning."""
    told, told_ns, shown = state.told, state.told_ns, []
    for event in events:
        quiet = (event.kind in COMING_AND_GOING and state.flapping) or (event.kind == "resolved" and not told)
        shown.append(replace(event, announced=not quiet))
        if not quiet and event.kind in COMING_AND_GOING:
            told, told_ns = event.kind != "resolved", event.at_ns
    fires = state.status in ALIVE
    if any(event.kind == "steady" for event in events) and fires != told and state.status != "no data":
        shown.append(_event("fired" if fires else "resolved", state, seen))
        told, told_ns = fires, seen.at_ns
    return replace(state, told=told, told_ns=told_ns, held=state.held and told), tuple(shown)


def is_idle(state: State) -> bool:
    """Whether another evaluation of the same value would change nothing but its time."""
    plain = state.status == "ok" and not state.crossings
    return plain and not (state.flapping or state.told)


def rested(state: State, moments: int) -> State:
    """An idle state after so many evaluations that changed nothing."""
    return replace(state, evaluations=min(REMEMBERED, state.evaluations + max(0, moments)))


def reminded(state: State, at_ns: int, repeat_s: int) -> tuple[State, tuple[Event, ...]]:
    """What fires and was last told so long ago is told again; 0 never."""
    due = repeat_s and state.told and at_ns - state.told_ns >= repeat_s * NS
    if not due or state.flapping or state.status not in ALIVE:
        return state, ()
    return told_again(state, at_ns)


def told_again(state: State, at_ns: int) -> tuple[State, tuple[Event, ...]]:
    """It still fires, and that is said."""
    event = Event("still firing", at_ns, state.severity, state.value, state.text, state.episode_ns)
    return replace(state, told_ns=at_ns, held=False), (event,)


def heard(state: State, event: Event, silent: bool) -> State:
    """The state after an event that was told, or that a silence or the rule's hours kept back."""
    if event.kind == "resolved":
        return replace(state, held=state.held and not event.announced, heard_ns=0, steps=0)
    if not event.announced:
        return state
    first = 0 if silent or event.kind not in BEGINNINGS else event.at_ns
    return replace(state, held=silent or state.held, heard_ns=state.heard_ns or first)


def ended(state: State, at_ns: int, why: str) -> tuple[State, tuple[Event, ...]]:
    """It is judged no longer: whoever heard that it fires hears that this is over, and why."""
    event = Event("resolved", at_ns, state.severity, None, why, state.episode_ns, state.told)
    over = replace(State(), since_ns=at_ns, at_ns=at_ns)
    return over, (event,) if state.told or state.status in ALIVE else ()


def _gone_back(state: State, seen: Evaluation) -> State:
    """The status from before the interruption, which does not stop its clock."""
    return replace(state, status=state.before, since_ns=state.before_ns, at_ns=seen.at_ns)


def _entered(state: State, status: Status, seen: Evaluation) -> State:
    """The state with this status; since when is kept when it had it already."""
    if state.status == status:
        return replace(state, at_ns=seen.at_ns)
    return replace(state, status=status, since_ns=seen.at_ns, at_ns=seen.at_ns)


def _event(kind: EventKind, state: State, seen: Evaluation) -> Event:
    text = seen.failed or seen.text
    return Event(kind, seen.at_ns, state.severity, seen.value, text, state.episode_ns)
