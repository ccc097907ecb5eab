"""The push hub: one computation per topic, sent to everybody who follows it.

A topic is a feed's type, or "type:argument" for feeds that take one. A message is {"type", "payload"}; it
names no component. A page comes with its figures, so who begins to follow is told with the next round.
Threads run only while somebody is connected.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger("flowglass.live")
WAITING = 100  # messages that wait for a slow client before the oldest are dropped
KEPT = WAITING // 2  # messages of a topic for those who come: room is left for what is published meanwhile
TOPICS = 20  # that one client may follow
Encode = Callable[[Any], str]


@dataclass(frozen=True)
class Feed:
    """What is computed for the followers of a type, and how often. None from `compute` sends nothing.

    Where messages tell what has happened, they are kept `keeps` seconds for who comes: a page is some seconds
    old when it begins to follow.
    """

    type: str
    every: float  # seconds
    compute: Callable[[str], Any]
    arguments: frozenset[str] = frozenset({""})
    keeps: float = 0.0


@dataclass(eq=False)
class Client:
    """One open connection: what it follows, and what waits to be sent to it."""

    follows: frozenset[str] = frozenset()
    missed: int = 0
    _waiting: deque[str] = field(default_factory=lambda: deque(maxlen=WAITING))
    _ready: threading.Condition = field(default_factory=threading.Condition)

    def put(self, message: str) -> None:
        """Queue a message; a client that cannot keep up loses the oldest."""
        with self._ready:
            self.missed += len(self._waiting) == WAITING
            self._waiting.append(message)
            self._ready.notify()

    def next(self, seconds: float) -> str | None:
        """The next message, waiting at most so long."""
        with self._ready:
            if not self._waiting:
                self._ready.wait(seconds)
            return self._waiting.popleft() if self._waiting else None


@dataclass(frozen=True)
class Numbers:
    """How the channel is doing."""

    clients: int
    sent: int
    missed: int
    failures: int


class Hub:
    """Who follows what, and the threads that compute it: one per feed."""

    def __init__(
        self,
        feeds: Sequence[Feed],
        max_clients: int,
        encode: Encode = json.dumps,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._feeds = {feed.type: feed for feed in feeds}
        self._max_clients = max_clients
        self._encode = encode
        self._clock = clock
        self._clients: set[Client] = set()
        self._kept: dict[str, deque[tuple[float, str]]] = {}  # topic → when and message, newest last
        self._lock = threading.Lock()
        self._ended = {feed.type: threading.Event() for feed in feeds}
        self._running: set[str] = set()
        self._sent = self._missed = self._failures = 0

    def join(self) -> Client | None:
        """A new client, None when there are as many as there may be."""
        with self._lock:
            if len(self._clients) >= self._max_clients:
                return None
            client = Client()
            self._clients.add(client)
            return client

    def leave(self, client: Client) -> None:
        with self._lock:
            self._clients.discard(client)
            self._missed += client.missed
            last = not self._clients
        for ended in self._ended.values() if last else ():
            ended.set()  # the threads look whether anybody is left, and end

    def follow(self, client: Client, topics: Iterable[str]) -> None:
        """From now on the client gets these topics and no others; what is kept of each at once."""
        wanted = frozenset(topic for topic in list(topics)[:TOPICS] if self.known(topic))
        with self._lock:  # as in `publish`: what is published meanwhile is told once, here or there
            new = sorted(wanted - client.follows)
            client.follows = wanted
            for topic in new:
                for message in self._fresh(topic):
                    client.put(message)
        for topic in new:
            self._start(type_of(topic))

    def known(self, topic: str) -> bool:
        """Whether there is such a topic."""
        type_, _, argument = topic.partition(":")
        feed = self._feeds.get(type_)
        return feed is not None and argument in feed.arguments

    def publish(self, topic: str, payload: Any) -> None:
        """Send to everybody who follows the topic, and remember it for those who come later."""
        type_ = type_of(topic)
        message = self._encode({"type": type_, "payload": payload})
        with self._lock:
            if self._feeds[type_].keeps:
                self._kept.setdefault(topic, deque(maxlen=KEPT)).append((self._clock(), message))
            followers = [client for client in self._clients if topic in client.follows]
            self._sent += len(followers)
            for client in followers:
                client.put(message)

    def numbers(self) -> Numbers:
        with self._lock:
            missed = self._missed + sum(client.missed for client in self._clients)
            return Numbers(len(self._clients), self._sent, missed, self._failures)

    def compute(self, type_: str) -> None:
        """One round of a feed: each of its topics that is followed, once."""
        feed = self._feeds[type_]
        with self._lock:
            topics = sorted(self._followed(type_))
        for topic in topics:
            try:
                payload = feed.compute(topic.partition(":")[2])
            except Exception:  # a border: the channel outlives a failed computation; polling shows the cause
                log.exception("computing %s failed", topic)
                with self._lock:
                    self._failures += 1
                continue
            if payload is not None:
                self.publish(topic, payload)

    def _followed(self, type_: str) -> set[str]:
        """The topics of this type that somebody follows; asked with the lock held."""
        return {topic for one in self._clients for topic in one.follows if type_of(topic) == type_}

    def _fresh(self, topic: str) -> list[str]:
        """The messages that are kept for who comes, oldest first."""
        since = self._clock() - self._feeds[type_of(topic)].keeps
        return [message for at, message in self._kept.get(topic, ()) if at >= since]

    def _start(self, type_: str) -> None:
        """Start the feed's thread when it does not run."""
        with self._lock:
            if type_ in self._running:
                return
            self._running.add(type_)
        threading.Thread(target=self._run, args=(type_,), name=f"live-{type_}", daemon=True).start()

    def _run(self, type_: str) -> None:
        every, ended = self._feeds[type_].every, self._ended[type_]
        due = self._clock() + every
        while True:
            ended.wait(max(0.0, due - self._clock()))
            ended.clear()
            with self._lock:
                if not self._followed(type_):
                    self._running.discard(type_)
                    return
            due = self._clock() + every
            self.compute(type_)


def type_of(topic: str) -> str:
    """The feed's type: "overview" of "overview:1h"."""
    return topic.partition(":")[0]
