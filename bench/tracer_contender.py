"""One tracer in a process of its own: `python -m bench.tracer_contender NAME URL` prints costs as JSON."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

from bench.reference.floor import floor
from bench.tracer_shapes import SHAPES, Function, add, nothing

QUEUE = 4_000_000  # spans: nothing is dropped on either side
EXPORTED = 20_000  # calls for the figure that includes the export
Tool = tuple[Callable[[Function], Function], Callable[[], None]]  # how to trace, how to send what waits


def untraced(url: str) -> Tool:
    return (lambda function: function), (lambda: None)


def the_floor(url: str) -> Tool:
    return floor, (lambda: None)


def flowglass_at(level: str) -> Callable[[str], Tool]:
    def make(url: str) -> Tool:
        import flowglass

        flowglass.configure(level=level, endpoint=f"{url}/v1/traces", max_queue=QUEUE, service="bench")

        def flush() -> None:
            if not flowglass.flush(120):
                raise RuntimeError("not sent in time")

        return flowglass.trace, flush

    return make


def opentelemetry(url: str) -> Tool:
    """The stock SDK: a batch processor and the OTLP exporter, values set as attributes by a careful hand."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=QUEUE))
    tracer = provider.get_tracer("bench")

    def trace(function: Function) -> Function:
        names = tuple(inspect.signature(function).parameters)

        @functools.wraps(function)
        def traced(*args: Any) -> Any:
            with tracer.start_as_current_span(function.__name__) as span:
                for name, value in zip(names, args, strict=False):
                    span.set_attribute(name, plain(value))
                result = function(*args)
                span.set_attribute("return", plain(result))
                return result

        @functools.wraps(function)
        async def traced_async(*args: Any) -> Any:
            with tracer.start_as_current_span(function.__name__) as span:
                for name, value in zip(names, args, strict=False):
                    span.set_attribute(name, plain(value))
                result = await function(*args)
                span.set_attribute("return", plain(result))
                return result

        return traced_async if inspect.iscoroutinefunction(function) else traced

    def flush() -> None:
        if not provider.force_flush(120_000):
            raise RuntimeError("not sent in time")

    return trace, flush


def plain(value: Any) -> Any:
    """What OpenTelemetry takes as an attribute; of anything else the type and the shape."""
    if isinstance(value, (str, int, float, bool, list)):
        return value
    return f"{type(value).__name__} {getattr(value, 'shape', '')}"


TOOLS: dict[str, Callable[[str], Tool]] = {
    "untraced": untraced,
    "floor": the_floor,
    "off": flowglass_at("off"),
    "timing": flowglass_at("timing"),
    "values": flowglass_at("values"),
    "opentelemetry": opentelemetry,
}


def measure(name: str, url: str) -> dict[str, float]:
    """Nanoseconds a call on the calling thread by shape; `export`: of the process, until all has arrived."""
    trace, flush = TOOLS[name](url)
    spent: dict[str, float] = {}
    calls = 0
    for shape in SHAPES:
        if name == "floor" and asyncio.iscoroutinefunction(shape.function):
            continue
        traced = trace(shape.function)
        calls += 2_000 + shape.calls
        shape.run(traced, 2_000)  # warm
        flush()
        gc.collect()
        spent[shape.name] = shape.run(traced, shape.calls) / shape.calls
        flush()
    spent["calls"] = calls
    traced = trace(add)
    before = time.process_time_ns()
    for _ in range(EXPORTED):
        traced(3, "abc")
    flush()
    spent["export"] = (time.process_time_ns() - before) / EXPORTED
    spent["calls"] += EXPORTED
    return spent


def growth(url: str) -> dict[str, float]:
    """Bytes the process grows by while a dead collector keeps the default queue full."""
    import flowglass

    flowglass.configure(level="values", endpoint=f"{url}/v1/traces", service="bench")
    warm = flowglass.trace(nothing)
    warm()
    flowglass.flush(10)
    flowglass.configure(endpoint="http://127.0.0.1:9/v1/traces")
    traced = flowglass.trace(add)
    gc.collect()
    before = resident()
    for n in range(200_000):
        traced(n, "abc")
    flowglass.flush(2)
    for n in range(200_000):
        traced(n, "abc")
    return {"growth": resident() - before, "dropped": flowglass.stats()["dropped"]}


def resident() -> int:
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - once, as it is
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    _, asked, endpoint = sys.argv
    found = growth(endpoint) if asked == "growth" else measure(asked, endpoint)
    with urlopen(f"{endpoint}/count", timeout=30) as answer:
        found["arrived"] = int(answer.read())
    sys.stdout.write(json.dumps(found) + "\n")
