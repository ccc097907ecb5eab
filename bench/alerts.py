"""Alerts: 500 rules over a store of n spans, matching on arrival, a long list of events, many series.

Rules are a mix: most look at one process, some at a group, at errors, at a value or an attribute, a few at
everything. Times are of the CPU of the measuring thread's process.
"""

from __future__ import annotations

import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from alerting.evaluate import Ledger, filter_of, sight_of
from alerting.memory import Repeats
from alerting.rule import Rule, as_dict
from alerting.state import NS
from alerting.watch import Watch
from bench.rows import Row, at_most, median_of
from bench.world import copied
from collector.main import tune_collection
from config import Settings
from data import control_alerts
from data.control import Control
from data.control_alerts import PassNotes, StoredEvent
from data.seed import reference_spans
from data.store import Store
from queries import alert_log
from queries.alert_arrivals import Matcher
from queries.alert_rows import Call
from queries.base import Reader

RULES, SERIES, EVENTS = 500, 50_000, 10_000
ARRIVING, PASSES = 4_000, 9  # spans between two passes: a second of 4,000 a second
SEED = 11
T = TypeVar("T")


def rows(n: int) -> list[Row]:
    """The rows of this part."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "db"
        with_rules = list(measured(folder, copied(n, folder)))
    return [*with_rules, long_list(), many_series()]


@dataclass
class World:
    """A store that grows, and what follows it."""

    store: Store
    control: Control
    reader: Reader
    now_ns: int

    def arrive(self, seed: int) -> None:
        """A second of spans, which end now."""
        self.now_ns += NS
        found = []
        for at, span in enumerate(reference_spans(ARRIVING, SEED + seed, self.now_ns, 1)):
            lasted = span.end_ns - span.start_ns
            end = self.now_ns - at * (NS // (2 * ARRIVING))
            trace = (seed << 32 | at).to_bytes(16, "big")
            found.append(span._replace(start_ns=end - lasted, end_ns=end, trace_id=trace))
        self.store.write(found)
        self.store.flush()


def measured(folder: Path, now_ns: int) -> list[Row]:
    settings, now = Settings(), [now_ns]
    store = Store.open(folder, settings.store, settings.staleness, lambda: now[0])
    world = World(store, Control.open(folder), Reader.open(folder), now[0])
    try:
        kept = rules(world.reader)
        for at, rule in enumerate(kept):
            body = json.dumps(as_dict(rule))
            control_alerts.add_rule(world.control, f"r{at}", body, world.now_ns, "bench")
        watch = Watch(world.control, world.reader)
        begun, passes = time.perf_counter(), 0
        while True:
            passes += 1
            done = watch.run_pass(world.now_ns)
            if not done.unread:
                break
        filled = time.perf_counter() - begun
        matcher, filters = Matcher(), dict.fromkeys(map(filter_of, kept), False)
        filters |= {filter_of(rule): True for rule in kept if sight_of(rule).needs_body}
        batch = matcher.look(world.reader, None, filters, world.now_ns).batch
        tune_collection()
        matching, judging = [], []
        for at in range(PASSES):
            world.arrive(at)
            now[0] = world.now_ns
            look = partial(matcher.look, world.reader, batch, filters, world.now_ns)
            found, took = cpu(look)
            matching.append(took / found.spans * 1e6)
            batch = found.batch
            judging.append(cpu(partial(watch.run_pass, world.now_ns + 2 * NS))[1])
        quiet = [cpu(partial(watch.run_pass, world.now_ns + (7 + 5 * at) * NS))[1] for at in range(3)]
    finally:
        world.reader.close()
        world.control.close()
        store.close()
    how = f"{RULES} rules, {len(filters)} filters, {ARRIVING:,} spans since the last pass, median of {PASSES}"
    return [
        at_most("500 rules, one pass", statistics.median(judging), 0.4, 0.1, how + ", all of it", "s CPU"),
        Row("500 rules, one pass, nothing arrived", f"{statistics.median(quiet):.3g} s CPU", "median of 3"),
        at_most(
            "matching on arrival",
            statistics.median(matching),
            5,
            2,
            how + ", bodies read where a rule asks for a value",
            "µs a span",
        ),
        Row("500 rules, reading their past", f"{filled:.3g} s", f"wall, {passes} passes, once at a start"),
    ]


def cpu(do: Callable[[], T]) -> tuple[T, float]:
    begun = time.process_time()
    found = do()
    return found, time.process_time() - begun


def rules(reader: Reader) -> list[Rule]:
    """The mix."""
    with reader.session() as session:
        names = session.names
    chance = random.Random(SEED)
    processes = sorted({one.name for one in names.processes.values()})
    groups = sorted({one.group for one in names.processes.values()})
    data = sorted(names.data_names.values())
    made: list[Rule] = []
    for at in range(RULES):
        process, group, value = chance.choice(processes), chance.choice(groups), chance.choice(data)
        of_process = f'process:="{process}"'
        kinds = (
            *[Rule("p95", filter=of_process, warning=1e9)] * 5,
            *[Rule("errors", filter=of_process, metric="error rate", warning=99.0)] * 3,
            Rule("silent", kind="no calls", filter=of_process, window=3_600),
            Rule("stale", kind="stale", data=value, filter=of_process),
            Rule("group", filter=f"group:={group}", metric="traffic", warning=1e9),
            Rule("new", kind="new exception", filter=f"group:={group}"),
            Rule("slow", filter=f"group:={group} duration:>{100 + at}ms", metric="count", warning=1e9),
            Rule("failed", filter=f"exception:TimeoutError {of_process}", metric="count", warning=1e9),
            Rule("value", filter=of_process, metric="value", data=value, warning=1e12),
        )
        made.append(kinds[at % len(kinds)])
    made[-5:] = [
        Rule("everything", metric="p99", warning=1e9), Rule("by group", group_by="group", warning=1e9),
        Rule("by process", group_by="process", metric="traffic", warning=1e9),
        Rule("any error", filter="status:error", metric="errors", warning=1e9),
        Rule("route", filter='attr.http.request.method:="POST"', metric="count", warning=1e9),
    ]  # fmt: skip
    return made


def long_list() -> Row:
    """The newest page of a full log of events."""
    with tempfile.TemporaryDirectory() as name:
        control, reader = Control.open(Path(name)), Reader.open(Path(name))
        detail = json.dumps({"unit": "ms", "evidence": {"file": "a.py", "line": 3, "values": ["1"] * 5}})
        kinds = itertools.cycle(("fired", "resolved"))
        events = [
            StoredEvent(
                f"e{at}", f"r{at % 50}", "rule", "", next(kinds), at * NS, "warning", 1.0, "", at * NS, 1,
                detail,
            )
            for at in range(1, EVENTS + 1)
        ]  # fmt: skip
        control_alerts.save_pass(control, PassNotes(events=events))

        def page() -> float:
            begun = time.perf_counter()
            assert len(alert_log.events(reader)) == 100
            return (time.perf_counter() - begun) * 1e3

        taken = median_of(page, 21)
        reader.close()
        control.close()
    return at_most(f"100 of {EVENTS:,} events, newest first", taken, 50, 10, "wall, median of 21", "ms")


def many_series() -> Row:
    """Staleness rules over many series: 25 rules by process, 2,000 processes each."""
    rule = Rule("s", kind="stale", data="v", group_by="process")
    ledgers = [Ledger(rule, lambda key: Repeats(rule)) for _ in range(25)]
    each = SERIES // len(ledgers)
    at = NS * 1_000_000
    for ledger in ledgers:
        for key in range(each):
            ledger.add(Call(at, 1, 0, "", 1.0, "float", "1.0", f"p{key}", key, 0))
        ledger.judge(at)
    chance = random.Random(SEED)

    def one_pass() -> float:
        nonlocal at
        at += NS
        begun = time.process_time()
        for _ in range(ARRIVING):
            key = f"p{chance.randrange(each)}"
            chance.choice(ledgers).add(Call(at, 1, 0, "", 1.0, "float", "1.0", key, at, 0))
        for ledger in ledgers:
            ledger.judge(at)
        return time.process_time() - begun

    how = f"25 rules by process, {ARRIVING:,} values since the last pass, median of 9"
    return at_most(
        f"staleness over {SERIES:,} series, one pass", median_of(one_pass, 9), 0.4, 0.1, how, "s CPU"
    )
