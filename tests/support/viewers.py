"""Simulated viewers: each opens a page, holds its WebSocket, and asks what an open page asks."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import simple_websocket

from dashboard import url
from dashboard.ids import Shell, Traces
from dashboard.url import PageState

ALWAYS = ("vital_signs", "health_update")  # what the frame of every page follows
SLOW_SECONDS = 30.0  # how often an open page asks for what is not pushed
ASK_SECONDS = 60.0


@dataclass
class Heard:
    """What came over one connection: type → (time, payload's key) of each message."""

    messages: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    connected_seconds: float = 0.0  # how long it took
    since: float = 0.0  # when it began to follow
    closed_early: bool = False

    def gaps(self, type_: str) -> list[float]:
        """Seconds between one message of this type and the next."""
        times = [at for at, _ in self.messages.get(type_, ())]
        return [later - earlier for earlier, later in pairwise(times)]


class Listener(threading.Thread):
    """One connection that follows topics until it is stopped."""

    def __init__(self, page: str, topics: Iterable[str]) -> None:
        super().__init__(daemon=True)
        self.address = page.replace("http://", "ws://") + "/ws"
        self.topics = [*ALWAYS, *topics]
        self.heard = Heard()
        self.ready, self.over = threading.Event(), threading.Event()

    def run(self) -> None:
        begun = time.monotonic()
        socket: Any = simple_websocket.Client.connect(self.address)
        self.heard.connected_seconds = time.monotonic() - begun
        self.heard.since = time.time()
        socket.send(json.dumps({"follow": self.topics}))
        try:
            while not self.over.is_set():
                text = socket.receive(timeout=0.5)
                if text is not None:
                    self._hear(json.loads(text))
        except simple_websocket.ConnectionClosed:
            self.heard.closed_early = True
            return
        socket.close()

    def _hear(self, message: Mapping[str, Any]) -> None:
        at, kept = time.time(), self.heard.messages.setdefault(message["type"], [])
        if message["type"] == "error_event":
            kept += [(at, error["span_id"]) for error in reversed(message["payload"]["errors"])]
        else:
            kept.append((at, ""))
        if message["type"] in ALWAYS:  # what it asked to follow has been heard of
            self.ready.set()


class Callbacks:
    """The callbacks of a page, as the server lists them, and how to ask one."""

    def __init__(self, page: str) -> None:
        self.page = page
        with urllib.request.urlopen(f"{page}/_dash-dependencies", timeout=ASK_SECONDS) as answer:
            self.known: list[dict[str, Any]] = json.load(answer)

    def that_write(self, id: str) -> dict[str, Any]:
        """The server's callback that refreshes this component, or else the one for a changed URL."""
        writing = (one for one in self.known if f"{id}." in one["output"] and not one["clientside_function"])
        return min(writing, key=lambda one: "@" in one["output"])

    def open(self, state: PageState) -> float:
        """Seconds from asking for the page's layout, which comes with its answers, to the whole of it."""
        path, search = url.format(state)
        return self._answered("/_dash-layout", None, {"Referer": f"{self.page}{path}{search}"})

    def ask(self, callback: Mapping[str, Any], state: PageState, tick: int) -> float:
        """Seconds from the question to the whole answer."""
        seen = url.as_data(state)
        rows = {**seen, "wish": None}  # asked for again, at the URL that is there
        given = {Shell.FILTER: seen, Traces.QUERY: seen, Shell.wished("traces"): rows, Shell.THEME: "dark"}

        def value(end: Mapping[str, str]) -> dict[str, Any]:
            return {
                "id": end["id"],
                "property": end["property"],
                "value": given.get(end["id"], tick),
            }

        body = {
            "output": callback["output"],
            "outputs": outputs(callback["output"]),
            "inputs": [value(end) for end in callback["inputs"]],
            "state": [value(end) for end in callback["state"]],
            "changedPropIds": [f"{callback['inputs'][0]['id']}.{callback['inputs'][0]['property']}"],
        }
        return self._answered(
            "/_dash-update-component", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )

    def _answered(self, path: str, body: bytes | None, headers: dict[str, str]) -> float:
        begun = time.perf_counter()
        asked = urllib.request.Request(self.page + path, body, headers)
        with urllib.request.urlopen(asked, timeout=ASK_SECONDS) as answer:
            answer.read()
        return time.perf_counter() - begun


def outputs(written: str) -> Any:
    """The outputs of a callback as the page names them."""
    ends = written.strip(".").split("...") if written.startswith("..") else [written]
    named = [dict(zip(("id", "property"), end.rsplit(".", 1), strict=True)) for end in ends]
    return named if written.startswith("..") else named[0]


class Viewer(threading.Thread):
    """A page: it opens, listens, and asks for what is not pushed now and then."""

    def __init__(
        self, callbacks: Callbacks, ids: tuple[str, ...], state: PageState, topics: Iterable[str], seed: int
    ) -> None:
        super().__init__(daemon=True)
        self.callbacks, self.state = callbacks, state
        self.asks = [callbacks.that_write(id) for id in ids]
        self.listener = Listener(callbacks.page, topics)
        self.opened: list[float] = []
        self.took: list[float] = []
        self.failed: list[str] = []
        self.over = threading.Event()
        self.random = random.Random(seed)

    def run(self) -> None:
        self.over.wait(self.random.uniform(0, SLOW_SECONDS))
        self._note(self.opened, "layout", lambda: self.callbacks.open(self.state))
        self.listener.start()
        for tick in itertools.count(1):
            if self.over.wait(SLOW_SECONDS):
                break
            for callback in self.asks:
                self._note(
                    self.took, callback["output"], partial(self.callbacks.ask, callback, self.state, tick)
                )
        self.listener.over.set()
        self.listener.join(ASK_SECONDS)

    def _note(self, took: list[float], what: str, ask: Callable[[], float]) -> None:
        try:
            took.append(ask())
        except OSError as error:
            self.failed.append(f"{what}: {error}")


def resident_bytes(pids: Iterable[int]) -> int:
    """Memory of these processes together."""
    return sum(
        int(line.split()[1]) * 1024
        for pid in pids
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS:")
    )


def quantile(values: Iterable[float], share: float) -> float:
    """The value at this share, 0 when there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
