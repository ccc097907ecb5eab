"""What a pass writes down of what happened: the event with its evidence, and who is to be told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from alerting.evidence import Evidence, evidence
from alerting.rule import Rule
from alerting.state import BEGINNINGS, NS, TOLD, Event
from data import control_alerts, control_outbox
from data.control import Control
from data.control_alerts import PassNotes, StoredEvent
from data.control_silences import Silence
from data.control_ties import Place
from queries.base import Reader

ABOUT_FIRING = (*BEGINNINGS, "flapping", "steady")
WITH_CAUSE = "told with its cause"
FOLLOWED = "a critical message followed before it was sent"


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of one rule and key. `now_ns` is the clock, which is later than the event's moment."""

    rule: Rule
    key: str
    event: Event
    now_ns: int
    channels: tuple[str, ...] | None = None  # None: those of the rule; an end goes to whoever was told


def _or_all(happened: Happened) -> tuple[str, ...]:
    return happened.rule.channels if happened.channels is None else happened.channels


def detail(rule: Rule, shown: Evidence | None) -> str:
    """What an event keeps of its rule, and what it saw, as JSON: what messages and the page say of it."""
    kept = {
        "unit": rule.unit, "warning": rule.warning, "critical": rule.critical, "operator": rule.operator,
        "metric": rule.measured, "kind": rule.kind, "window": rule.window, "owner": rule.owner,
        "runbook": rule.runbook, "filter": rule.filter, "data": rule.data, "group_by": rule.group_by,
        "title": rule.message_title, "text": rule.message_text,
        "evidence": asdict(shown) if shown else None,
    }  # fmt: skip
    return json.dumps(kept)


class Notes:
    """Collects a pass; `saved` is what to commit."""

    def __init__(
        self, control: Control, reader: Reader, silences: Sequence[Silence], channels: Mapping[str, str],
        rules: Mapping[str, Rule],
    ) -> None:  # fmt: skip
        self.saved = PassNotes()
        self._control = control
        self._reader = reader
        self._silences = silences
        self._channels = channels
        self._rules = rules

    def is_silenced(self, rule: Rule, key: str, severity: str, at_ns: int) -> bool:
        """Whether messages are kept back: by a silence, or because it is not the rule's time to speak."""
        return not rule.speaks(at_ns) or any(
            one.covers(rule.id, key, severity, at_ns) for one in self._silences
        )

    def add(self, happened: Happened, *, quiet: bool = False) -> bool:
        """Writes an event down; True when its message is kept back. `quiet`: it is told with its cause."""
        rule, key, event = happened.rule, happened.key, happened.event
        stored = self._stored(rule, key, event)
        self.saved.events.append(stored)
        if not event.announced:
            return False
        heard = self._heard(stored) if event.kind == "resolved" else set(_or_all(happened))
        if event.kind != "resolved":
            with_cause = quiet and event.kind in ABOUT_FIRING
            if with_cause or self.is_silenced(rule, key, event.severity, event.at_ns):
                return True
        if event.kind == "escalated":
            self._drop_waiting(stored)
        at = happened.now_ns + (rule.group_wait * NS if rule.group_by else 0)
        self.saved.deliveries += [
            (stored.id, id, name, happened.now_ns, at) for id, name in self._channels.items() if id in heard
        ]
        return False

    def withdraw(self, place: Place, why: str) -> bool:
        """Takes back what was not sent yet of a firing; True when something was, and then nothing is."""
        begun = {one.id for one in self._begun(place)}
        rows = [row for id in begun for row in control_outbox.of_event(self._control, id)]
        if any(row.attempts and row.state != "dropped" for row in rows):
            return True
        self.saved.deliveries = [row for row in self.saved.deliveries if row[0] not in begun]
        self.saved.dropped += [(why, id) for id in sorted(begun)]
        return False

    def tell_also(self, place: Place, channels: Sequence[str], now_ns: int) -> None:
        """The newest message of a firing goes to these channels too, where they have not heard of it."""
        events = [one for one in self._begun(place) if one.announced]
        if not events:
            return
        newest = max(events, key=lambda one: (one.at_ns, one.kind != "fired"))
        heard = self._heard(newest)
        at = min((row[4] for row in self.saved.deliveries if row[0] == newest.id), default=now_ns)
        self.saved.deliveries += [
            (newest.id, id, name, now_ns, at)
            for id, name in self._channels.items()
            if id in channels and id not in heard
        ]

    def delay(self, place: Place, until_ns: int) -> None:
        """What is told of a firing in this pass waits for what may belong to it."""
        begun = {one.id for one in self.saved.events if one.place == place}
        self.saved.deliveries = [
            (*row[:4], max(row[4], until_ns)) if row[0] in begun else row for row in self.saved.deliveries
        ]

    def _stored(self, rule: Rule, key: str, event: Event) -> StoredEvent:
        """The event with its evidence, under an id that is the same for the same happening."""
        named = f"{rule.id}\n{key}\n{event.kind}\n{event.episode_ns}\n{event.at_ns}"
        shown = evidence(self._reader, rule, key, event.at_ns, self._rules) if event.kind in TOLD else None
        return StoredEvent(
            hashlib.sha256(named.encode()).hexdigest()[:24], rule.id, rule.name, key, event.kind, event.at_ns,
            event.severity, event.value, event.text, event.episode_ns, int(event.announced),
            detail(rule, shown),
        )  # fmt: skip

    def _begun(self, place: Place) -> list[StoredEvent]:
        """What has been told of a firing so far, in this pass or before."""
        rule_id, _, episode_ns = place
        before = control_alerts.events(self._control, rule_id, episode_ns, limit=1000)
        return [one for one in (*before, *self.saved.events) if one.place == place and one.kind in TOLD]

    def _heard(self, event: StoredEvent) -> set[str]:
        """Channels that were told that this episode began, or are about to be."""
        begun = {one.id for one in self._begun(event.place)}
        dropped = {id for _, id in self.saved.dropped}
        told = {row[1] for row in self.saved.deliveries if row[0] in begun}
        rows = [row for id in begun - dropped for row in control_outbox.of_event(self._control, id)]
        return told | {row.channel_id for row in rows if row.state != "dropped"}

    def _drop_waiting(self, event: StoredEvent) -> None:
        """Critical hides warning: what waits of the same episode is not sent any more."""
        before = [one.id for one in self._begun(event.place) if one.id != event.id]
        self.saved.deliveries = [row for row in self.saved.deliveries if row[0] not in before]
        self.saved.dropped += [(FOLLOWED, id) for id in before]
