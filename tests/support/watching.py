"""A store that grows, rules over it, and a clock that the test moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from alerting.channels import Channel, Outcome, send
from alerting.message import Message
from alerting.outbox import Outbox
from alerting.rule import Rule, as_dict
from alerting.secrets import Secrets
from alerting.watch import PassResult, Watch
from config import Settings
from data import control_alerts, control_channels, control_outbox
from data.control import Control
from data.control_channels import StoredChannel
from data.store import Store
from flowglass.redact import Redactor
from queries.base import Reader
from tests.support.functions import MS, FunctionCall, span_in
from tests.support.sinks import Sink, http_sink

NS = 10**9
START = 1_795_269_760 * NS  # on the grid of moments
SLOW = Rule(
    "slow", filter='process:="price_order"', metric="p50", warning=100.0, window=60, channels=("ops",)
)


class World:
    """A store that grows, a control.db, and a clock that the test moves."""

    def __init__(self, folder: Path) -> None:
        settings = Settings()
        self.now = START
        self.folder = folder
        self.store = Store.open(folder, settings.store, settings.staleness, lambda: self.now)
        self.control = Control.open(folder)
        self.reader = Reader.open(folder)
        self.number = 0

    def call(self, ms: float = 10.0, **more: object) -> None:
        """A call that ends now."""
        self.write(FunctionCall(self.now - round(ms * MS), ms=ms, **more))  # type: ignore[arg-type]

    def write(self, made: FunctionCall) -> None:
        """A call as it arrives."""
        self.number += 1
        self.store.write([span_in(made, self.number)])

    def rule(self, rule: Rule, id: str = "r1") -> None:
        control_alerts.add_rule(self.control, id, json.dumps(as_dict(rule)), self.now, "local")

    def channel(self, url: str, id: str = "ops", secret: str = "") -> None:
        sealed = Secrets(self.folder, {}).sealed(secret)
        stored = StoredChannel(id, "webhook", f"{id} hook", json.dumps({"url": url}), sealed, self.now)
        control_channels.add_channel(self.control, stored)

    def watch(self, seconds: float = 4) -> PassResult:
        """Time goes on, then one pass by a process that has just started."""
        self.now += round(seconds * NS)
        return Watch(self.control, self.reader).run_pass(self.now)

    def outbox(self, deliver: Callable[[Channel, Message], Outcome] | None = None) -> Outbox:
        sender = deliver or partial(send, allow_private=True)
        return Outbox(self.control, Secrets(self.folder, {}), Redactor(), "http://127.0.0.1:8050", sender)

    def kinds(self) -> list[str]:
        return [event.kind for event in reversed(control_alerts.events(self.control))]

    def close(self) -> None:
        self.store.close()
        self.control.close()
        self.reader.close()


@contextmanager
def told_each(world: World, channels: Iterable[str]) -> Iterator[Sink]:
    """A receiver that every one of these channels leads to, at a path named after it."""
    with http_sink() as receiver:
        for id in channels:
            world.channel(receiver.url.replace("/hook", f"/{id}"), id)
        yield receiver


class Living(World):
    """One watch for all passes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.watching = Watch(self.control, self.reader)

    def step(self, seconds: float = 4) -> PassResult:
        """Time goes on, what was written becomes known to readers, and one pass."""
        self.now += round(seconds * NS)
        self.store.flush()
        return self.watching.run_pass(self.now)

    def restart(self) -> None:
        self.watching = Watch(self.control, self.reader)

    def seen(self, rule: Rule, id: str) -> dict[str, float | None]:
        """The value of each key as the watch has it."""
        return {key: state.value for key, state in self.watching._watched[id].states.items()}

    def told(self) -> list[str]:
        """The kinds of the events that are on their way, oldest first."""
        rows = reversed(control_outbox.log(self.control))
        found = [control_alerts.event(self.control, row.event_id) for row in rows]
        return [event.kind for event in found if event]

    def messages(self) -> list[tuple[str, int]]:
        """Kind and moment of the events that are on their way, oldest first."""
        rows = reversed(control_outbox.log(self.control))
        found = [control_alerts.event(self.control, row.event_id) for row in rows]
        return [(event.kind, event.at_ns) for event in found if event]
