"""What a rule would have done: the scheduler's own code over stored history, moment by moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from alerting.combination import Others
from alerting.evaluate import Judged, evaluate
from alerting.rule import Rule, Severity
from alerting.state import ALIVE, BEGINNINGS, NS, Evaluation, Event, State, Status, advance, heard, told_again
from queries.base import Reader

MOMENTS = 1_440  # of a replay: a minute each over a day


@dataclass(frozen=True, slots=True)
class Point:
    """One moment of one group key."""

    at_ns: int
    value: float | None
    samples: int
    status: Status
    text: str


@dataclass(frozen=True, slots=True)
class Episode:
    """One firing. `end_ns` is 0 while it lasts."""

    key: str
    start_ns: int
    end_ns: int
    severity: Severity
    worst: float | None
    told_ns: int = 0  # when it would have been told; 0 when it ended outside the rule's hours


@dataclass(frozen=True, slots=True)
class Replay:
    """`flaps` counts how often the flag went up; `known_from_ns`: before that nothing could be read."""

    points: tuple[Point, ...]  # of the worst key: the one that fired longest, else the first
    key: str
    keys: int
    episodes: tuple[Episode, ...]
    longest_ns: int
    flaps: int
    step_ns: int
    known_from_ns: int
    untold: int = 0  # episodes that began and ended outside the rule's hours


def moments_of(end_ns: int, length_ns: int, every_ns: int = 4 * NS) -> tuple[int, ...]:
    """Evenly spaced moments up to the end, at most MOMENTS, on a grid that does not depend on the end."""
    step = max(every_ns, -(-length_ns // MOMENTS))
    last = end_ns // step * step
    return tuple(range(last - length_ns // step * step + step, last + 1, step))


def replay(rule: Rule, reader: Reader, moments_ns: Sequence[int], others: Others | None = None) -> Replay:
    """Judges every moment and lives through it as the scheduler would have."""
    return relive(rule, evaluate(rule, reader, moments_ns, others=others), moments_ns)


def relive(rule: Rule, judged: Judged, moments_ns: Sequence[int]) -> Replay:
    """Lives through evaluations that were made before, perhaps with other thresholds."""
    lives = {key: live(rule, seen, moments_ns[-1]) for key, seen in sorted(judged.by_key.items())}
    worst = max(lives, key=lambda key: (_fired_ns(lives[key], moments_ns[-1]), key == ""), default="")
    episodes = tuple(replace(one, key=key) for key, life in lives.items() for one in life.episodes)
    lengths = [(one.end_ns or moments_ns[-1]) - one.start_ns for one in episodes]
    return Replay(
        points=lives[worst].points if worst in lives else (),
        key=worst,
        keys=len(lives),
        episodes=episodes,
        longest_ns=max(lengths, default=0),
        flaps=sum(life.flaps for life in lives.values()),
        step_ns=moments_ns[1] - moments_ns[0] if len(moments_ns) > 1 else 0,
        known_from_ns=judged.known_from_ns,
        untold=sum(not one.told_ns for one in episodes) if rule.hours else 0,
    )


@dataclass(frozen=True, slots=True)
class Life:
    """One group key from the first moment to the last."""

    points: tuple[Point, ...]
    episodes: tuple[Episode, ...]
    events: tuple[Event, ...]
    flaps: int
    state: State


def live(rule: Rule, seen: Sequence[Evaluation], end_ns: int, state: State | None = None) -> Life:
    """Every state on the way, what happened, and the firings."""
    state = state or State()
    points, events, episodes = [], list[Event](), list[Episode]()
    for one in seen:
        state, happened = _lived(rule, state, one)
        events += happened
        points.append(Point(one.at_ns, one.value, one.samples, state.status, one.text))
        _note(rule, episodes, happened, state, one)
    return Life(
        tuple(points), tuple(episodes), tuple(events),
        sum(event.kind == "flapping" for event in events), state,
    )  # fmt: skip


def _lived(rule: Rule, state: State, seen: Evaluation) -> tuple[State, tuple[Event, ...]]:
    """One evaluation, with what is told late because the rule's hours begin only now."""
    state, happened = advance(rule, state, seen)
    for event in happened:
        state = heard(state, event, not rule.speaks(event.at_ns))
    if not state.held or state.status not in ALIVE or not rule.speaks(seen.at_ns):
        return state, happened
    state, late = told_again(state, seen.at_ns)
    return state, (*happened, *late)


def _note(
    rule: Rule, episodes: list[Episode], happened: Sequence[Event], state: State, seen: Evaluation
) -> None:
    """Begins, goes on with, or ends the firing."""
    for event in happened:
        if event.kind == "fired" and (not episodes or episodes[-1].end_ns):
            episodes.append(Episode("", event.at_ns, 0, event.severity, event.value))
        elif event.kind == "resolved" and episodes and not episodes[-1].end_ns:
            episodes[-1] = replace(episodes[-1], end_ns=event.at_ns)
        told = event.kind in BEGINNINGS and event.announced and not state.held
        if told and episodes and not episodes[-1].told_ns:
            episodes[-1] = replace(episodes[-1], told_ns=event.at_ns)
    if episodes and not episodes[-1].end_ns and state.status == "firing":
        last = episodes[-1]
        known = [value for value in (last.worst, seen.value) if value is not None]
        worst = min(known, default=None) if rule.operator == "below" else max(known, default=None)
        episodes[-1] = replace(last, severity=state.severity, worst=worst)


def _fired_ns(life: Life, end_ns: int) -> int:
    return sum((one.end_ns or end_ns) - one.start_ns for one in life.episodes)
