"""What the tracer costs, beside the floor and the OpenTelemetry SDK, all in one run."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from bench.rows import RUNS, Row, at_most, figure
from bench.tracer_sink import Sink

CONTENDERS = ("untraced", "floor", "off", "timing", "values", "opentelemetry")
TAKEN = "thread CPU, each tracer in its own process, real sink, every span counted there, median of 3"
MB = 1e6
Costs = dict[str, float]


def rows(spans: int) -> list[Row]:
    """Cost a call by shape, against floor and SDK. `spans` plays no part."""
    cost = {name: taken(name) for name in CONTENDERS}
    floor, sdk, values = cost["floor"], cost["opentelemetry"], cost["values"]
    one, two = "no arguments", "two arguments and the return"
    return [
        at_most("timing only, to the floor", cost["timing"][one] / floor[one], 4, 2.5, TAKEN, "x"),
        at_most(f"{two}, to the SDK's batch span", values[two] / sdk[two], 1 / 5, 1 / 10, TAKEN, "x"),
        at_most(
            "whole process with export, to SDK + OTLP exporter", values["export"] / sdk["export"],
            1 / 4, 1 / 8, "process CPU until the sink has every span, median of 3", "x",
        ),
        at_most(
            "growth while a dead collector keeps the queue full", taken("growth")["growth"] / MB,
            2, 2, "resident set, default queue, 400,000 calls", "MB",
        ),
        Row("floor", nanoseconds(floor[one]), TAKEN),
        Row("untraced, switched off", both(cost["untraced"][one], cost["off"][one]), TAKEN),
        *(beside(name, values, sdk) for name in values if name not in ("calls", "arrived", "export")),
        Row("with export, ours and the SDK", both(values["export"], sdk["export"]), "process CPU"),
    ]  # fmt: skip


def beside(shape: str, values: Costs, sdk: Costs) -> Row:
    """One shape at the values level, ours and the SDK's."""
    share = values[shape] / sdk[shape]
    return Row(f"{shape}: ours and the SDK", f"{both(values[shape], sdk[shape])} ({share:.2f} x)", TAKEN)


def both(first: float, second: float) -> str:
    return f"{nanoseconds(first)}, {nanoseconds(second)}"


def nanoseconds(value: float) -> str:
    return figure(value / 1000, "µs") if value >= 1000 else figure(value, "ns")


def taken(contender: str) -> Costs:
    """The median of each figure over the runs."""
    runs = [run(contender) for _ in range(RUNS)]
    return {name: statistics.median(one[name] for one in runs) for name in runs[0]}


def run(contender: str) -> Costs:
    """One process; a run that lost a span counts for nothing."""
    with Sink() as sink:
        command = [sys.executable, "-m", "bench.tracer_contender", contender, sink.url]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    found: Costs = json.loads(done.stdout.splitlines()[-1])
    sends = contender in ("timing", "values", "opentelemetry")
    if sends and found["arrived"] != found["calls"]:
        raise RuntimeError(f"{contender}: {found['arrived']:,.0f} of {found['calls']:,.0f} spans arrived")
    return found
