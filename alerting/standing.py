"""Where rules stand, as a page needs it: rules as records, what was told, the last hour in short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from alerting.notes import FOLLOWED, WITH_CAUSE
from alerting.rule import Rule, as_dict, from_dict
from alerting.state import ALIVE, NS, State
from queries.alert_log import AlertEvent, Episode, Evaluation, Sent
from queries.alerts import Alert

REPLACED = (FOLLOWED, WITH_CAUSE)  # another message says it
RECENT_NS = 3_600 * NS  # what a sparkline shows
RECENT_POINTS = 60
Place = tuple[str, str]  # rule and key


@dataclass(frozen=True, slots=True)
class Told:
    """Deliveries by what became of them; `trouble` is what the last one said that did not arrive."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """One rule for one group key."""

    rule: Rule
    alert: Alert
    told: Told = Told()
    recent: tuple[float | None, ...] = ()  # values of the last hour, oldest first
    judged_ns: int = 0  # when last; 0 when never, or not asked for

    @property
    def alive(self) -> bool:
        """Whether it fires, or has just stopped to."""
        return self.alert.status in ALIVE


@dataclass(frozen=True, slots=True)
class Offender:
    """A rule by how often and for how long it fired."""

    rule_id: str
    rule_name: str
    count: int
    lasted_ns: int


def standings(
    alerts: Iterable[Alert], events: Iterable[AlertEvent], recent: Mapping[Place, Sequence[Evaluation]],
    now_ns: int,
) -> tuple[Standing, ...]:  # fmt: skip
    """What is not ok, in the order given. A rule that cannot be read is left out; its state says so."""
    by_episode: dict[tuple[str, str, int], list[Sent]] = {}
    for event in events:
        by_episode.setdefault(event.place, []).extend(event.deliveries)
    found = []
    for one in alerts:
        rule = _rule(one)
        if rule is not None:
            told = told_of(by_episode.get(one.place, ()))
            seen = recent.get((one.rule_id, one.key), ())
            judged = max((each.at_ns for each in seen), default=0)
            found.append(Standing(rule, one, told, in_short(seen, now_ns), judged))
    return tuple(found)


def _rule(one: Alert) -> Rule | None:
    try:
        return replace(from_dict(one.rule), id=one.rule_id)
    except (ValueError, TypeError):
        return None


def resting(rule: Rule, key: str, state: State) -> Alert:
    """The alert of a rule that may also be ok."""
    return Alert(
        rule.id, rule.name, key, state.status, state.severity, state.since_ns, state.episode_ns, state.value,
        state.text, state.flapping, as_dict(rule),
    )  # fmt: skip


def told_of(deliveries: Iterable[Sent]) -> Told:
    """What became of these deliveries."""
    made = [one for one in deliveries if one.state != "dropped" or one.answer not in REPLACED]
    counts = Counter(one.state for one in made)
    troubled = [one for one in made if one.state != "sent" and one.answer]
    trouble = f"{troubled[-1].channel_name}: {troubled[-1].answer}" if troubled else ""
    waiting, failed = counts["waiting"] + counts["sending"], counts["failed"] + counts["dropped"]
    return Told(counts["sent"], waiting, failed, trouble)


def in_short(seen: Sequence[Evaluation], now_ns: int) -> tuple[float | None, ...]:
    """The last hour as at most RECENT_POINTS values, each the greatest of its part; None for a gap."""
    step = RECENT_NS // RECENT_POINTS
    found: list[float | None] = [None] * RECENT_POINTS
    for one in seen:
        at = RECENT_POINTS - 1 - (now_ns - one.at_ns) // step
        if 0 <= at < RECENT_POINTS and one.value is not None:
            before = found[at]
            found[at] = one.value if before is None else max(before, one.value)
    first = next((at for at, value in enumerate(found) if value is not None), RECENT_POINTS)
    return tuple(found[first:])


def lasted_ns(one: Episode, now_ns: int) -> int:
    """How long a firing lasted, so far."""
    return max(0, (one.resolved_ns or now_ns) - one.fired_ns)


def typical_ns(firings: Iterable[Episode]) -> int | None:
    """The median time to resolve, None when nothing was resolved."""
    lengths = [one.resolved_ns - one.fired_ns for one in firings if one.resolved_ns is not None]
    return int(median(lengths)) if lengths else None


def offenders(firings: Sequence[Episode], now_ns: int, limit: int = 5) -> tuple[Offender, ...]:
    """The rules that fired most often, then longest."""
    names = {one.rule_id: one.rule_name for one in reversed(firings)}
    counts = Counter(one.rule_id for one in firings)
    lasted: Counter[str] = Counter()
    for one in firings:
        lasted[one.rule_id] += lasted_ns(one, now_ns)
    found = [Offender(id, names[id], count, lasted[id]) for id, count in counts.items()]
    return tuple(sorted(found, key=lambda one: (-one.count, -one.lasted_ns, one.rule_name))[:limit])
