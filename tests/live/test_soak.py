"""Minutes to an hour: what is pushed arrives, and a hundred viewers cost little and leave no trace.

SOAK_PUSH_SECONDS (600) and SOAK_VIEWERS_SECONDS (3600) shorten them; what was measured is written to
tests/artifacts/, and from there into docs/soak.md.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dashboard.ids import Overview, Traces
from dashboard.url import PageState
from tests.support.otlp import send, span
from tests.support.running import ROOT, Flowglass
from tests.support.viewers import Callbacks, Listener, Viewer, quantile, resident_bytes
from tests.support.wait import wait_until

pytestmark = pytest.mark.soak
PUSH_SECONDS = float(os.environ.get("SOAK_PUSH_SECONDS", "600"))
VIEWERS_SECONDS = float(os.environ.get("SOAK_VIEWERS_SECONDS", "3600"))
LISTENERS, VIEWERS = 10, 100
CADENCE = 5.0  # seconds between pushed vital signs
ARTIFACTS = ROOT / "tests" / "artifacts"
Start = Callable[..., Flowglass]


def note(name: str, figures: dict[str, Any]) -> None:
    """Keep what was measured beside the load of the machine it was measured on."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    figures |= {"load average": os.getloadavg()[0], "cores": os.cpu_count()}
    (ARTIFACTS / f"soak-{name}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


@contextmanager
def traffic(run: Flowglass, spans_per_second: int) -> Iterator[None]:
    """Calls that go well, in batches of a tenth of a second, until the block ends."""
    over = threading.Event()

    def work() -> None:
        each = max(1, spans_per_second // 10)
        while not over.wait(0.1):
            send(run.otlp, [span(f"load_{at % 40}", duration_ns=(at + 1) * 10**6) for at in range(each)])

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


def failed(run: Flowglass, sent: dict[str, float]) -> None:
    """One failing call; `sent` takes when it was acknowledged, by its id."""
    one = span("reserve", error="out of stock", span_id=os.urandom(8))
    send(run.otlp, [one], group="orders")
    sent[one.span_id.hex()] = time.time()


def test_every_message_reaches_every_page(start_flowglass: Start) -> None:
    run = start_flowglass(settings="[features]\nself_tracing = false\n")
    send(run.otlp, [span("load")])
    listeners = [Listener(run.page, ("overview:1h", "error_event", "new_rows")) for _ in range(LISTENERS)]
    for one in listeners:
        one.start()
    assert all(one.ready.wait(60) for one in listeners)
    sent: dict[str, float] = {}
    begun = time.monotonic()
    with traffic(run, 100):
        while time.monotonic() - begun < PUSH_SECONDS:
            failed(run, sent)
            time.sleep(0.5)
    try:
        wait_until(lambda: all(errors(one).keys() >= sent.keys() for one in listeners), "the last error")
    finally:
        for one in listeners:
            one.over.set()
            one.join(30)
        late = [at - sent[id] for one in listeners for id, at in errors(one).items() if id in sent]
        gaps = [gap for one in listeners for gap in one.heard.gaps("vital_signs")]
        counted = Counter({type_: len(heard) for type_, heard in listeners[0].heard.messages.items()})
        figures = {
            "seconds": PUSH_SECONDS,
            "pages": LISTENERS,
            "errors sent": len(sent),
            "errors received, all pages": sum(len(errors(one).keys() & sent.keys()) for one in listeners),
            "errors missed, all pages": sum(len(sent.keys() - errors(one).keys()) for one in listeners),
            "errors told twice": sum(
                len(one.heard.messages.get("error_event", ())) - len(errors(one)) for one in listeners
            ),
            "other messages, one page": {
                type_: number for type_, number in counted.items() if type_ != "error_event"
            },
            "acknowledged to received, ms": {
                name: round(1000 * quantile(late, share)) for name, share in SHARES.items()
            },
            "between vital signs, s": {
                name: round(quantile(gaps, share), 2) for name, share in SHARES.items()
            },
            "to connect, ms, slowest": round(1000 * max(one.heard.connected_seconds for one in listeners)),
            "closed early": sum(one.heard.closed_early for one in listeners),
        }
        note("push", figures)
    assert figures["errors missed, all pages"] == figures["errors told twice"] == figures["closed early"] == 0
    assert quantile(gaps, 0.95) < CADENCE + 1


SHARES = {"median": 0.5, "p95": 0.95, "most": 1.0}


def errors(one: Listener) -> dict[str, float]:
    """When this page was told of each error, by its span."""
    return {id: at for at, id in list(one.heard.messages.get("error_event", ()))}


OVERVIEW = (
    Overview.GROUPS, Overview.STALE, Overview.PROCESSES, Overview.ERROR_ROWS, Overview.INCIDENT_SWITCH,
)  # fmt: skip
MIX = (  # how many look at what
    (50, PageState(range="1h")),
    (25, PageState(range="6h")),
    (15, PageState(range="24h")),
    (10, PageState("traces", range="1h")),
)


def viewers(run: Flowglass) -> list[Viewer]:
    callbacks = Callbacks(run.page)
    made = []
    for number, state in MIX:
        if state.tab == "traces":
            ids, topics = (Traces.PAGE,), ("new_rows",)
        else:
            ids, topics = OVERVIEW, (f"overview:{state.range}", "error_event")
        made += [Viewer(callbacks, ids, state, topics, seed=len(made) + at) for at in range(number)]
    return made


def test_a_hundred_viewers_for_an_hour(start_flowglass: Start) -> None:
    run = start_flowglass(settings="[features]\nself_tracing = false\n")
    with traffic(run, 200):
        wait_until(lambda: int(str(run.status()["stored"])) > 500, "data")
        open_pages = viewers(run)
        assert len(open_pages) == VIEWERS
        for one in open_pages:
            one.start()
        pids = [pid for pid, command in run.processes().items() if "app.py dashboard" in command]
        sent: dict[str, float] = {}
        memory: list[int] = []
        begun = time.monotonic()
        while time.monotonic() - begun < VIEWERS_SECONDS:
            failed(run, sent)
            memory.append(resident_bytes(pids))
            time.sleep(2)
        for one in open_pages:
            one.over.set()
        for one in open_pages:
            one.join(90)
    opened = [seconds for one in open_pages for seconds in one.opened]
    took = [seconds for one in open_pages for seconds in one.took]
    gaps = [gap for one in open_pages for gap in one.listener.heard.gaps("vital_signs")]
    joined = [one.listener.heard.connected_seconds for one in open_pages]
    told = [one.listener for one in open_pages if one.state.tab == "overview"]
    late = [
        at - sent[id]
        for one in told
        for id, at in errors(one).items()
        if sent.get(id, 0.0) > one.heard.since  # what was before is told to who comes
    ]
    warm = memory[len(memory) // 4 :]  # caches are full by then
    growth = sum(warm[-5:]) / 5 - sum(warm[:5]) / 5
    note(
        "viewers",
        {
            "seconds": VIEWERS_SECONDS,
            "viewers": VIEWERS,
            "callbacks": len(took),
            "callbacks failed": sum(len(one.failed) for one in open_pages),
            "to connect, ms": {name: round(1000 * quantile(joined, share)) for name, share in SHARES.items()},
            "page opened, ms": {
                name: round(1000 * quantile(opened, share)) for name, share in SHARES.items()
            },
            "callback, ms": {name: round(1000 * quantile(took, share)) for name, share in SHARES.items()},
            "between vital signs, s": {
                name: round(quantile(gaps, share), 2) for name, share in SHARES.items()
            },
            "error acknowledged to received, ms": {
                name: round(1000 * quantile(late, share)) for name, share in SHARES.items()
            },
            "memory at the first quarter, MB": round(warm[0] / 1e6, 1),
            "memory growth since, MB": round(growth / 1e6, 1),
        },
    )
    assert [message for one in open_pages for message in one.failed] == []
    assert quantile(took, 0.95) < 0.25
    assert quantile(gaps, 0.95) < CADENCE + 1
    assert growth < 25e6
