"""GET /metrics: the state of Flowglass in the Prometheus text format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from flask import Blueprint, Response

from live.collector_status import CollectorStatus
from queries.base import QueryError, Reader
from queries.health import store_sizes
from queries.stale import stale_count

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NS_PER_SECOND = 1e9
WRITER = ("OK", "DELAYED", "CIRCUIT_OPEN")


class Sample(NamedTuple):
    """One line."""

    value: float
    labels: Mapping[str, str] = {}


class Metric(NamedTuple):
    """One metric with its lines; its name says the unit."""

    name: str
    kind: str
    help: str
    samples: list[Sample]


def blueprint(reader: Reader, status: Callable[[], CollectorStatus]) -> Blueprint:
    """The route over one store and its collector."""
    routes = Blueprint("api_metrics", __name__)
    routes.add_url_rule(
        "/metrics", "metrics", lambda: Response(page(reader, status()), content_type=MEDIA_TYPE)
    )
    return routes


def page(reader: Reader, collector: CollectorStatus) -> str:
    """All metrics as text."""
    return "".join(map(_text, [*_store(reader), *_collector(collector)]))


def _store(reader: Reader) -> Iterable[Metric]:
    try:
        sizes, stale = store_sizes(reader), stale_count(reader)
    except QueryError:
        yield _gauge("flowglass_store_up", "1 when the store can be read.", 0)
        return
    yield _gauge("flowglass_store_up", "1 when the store can be read.", 1)
    yield _gauge("flowglass_store_spans", "Spans stored.", sizes.spans)
    yield _gauge("flowglass_store_bytes", "Bytes of the store's files on disk.", sizes.bytes)
    yield _gauge("flowglass_store_wal_bytes", "Bytes of write-ahead logs among them.", sizes.wal_bytes)
    yield _gauge("flowglass_store_segments", "Files that hold spans.", len(sizes.segments))
    yield _gauge("flowglass_stale_values", "Values that have stopped changing.", stale)
    if sizes.oldest_ns is not None:
        oldest = sizes.oldest_ns / NS_PER_SECOND
        yield _gauge("flowglass_store_oldest_timestamp_seconds", "Start of the oldest span.", oldest)


def _collector(status: CollectorStatus) -> Iterable[Metric]:
    yield _gauge("flowglass_collector_up", "1 when the collector answers.", int(status.reachable))
    if not status.reachable:
        return
    states = [Sample(int(status.writer == state), {"status": state}) for state in WRITER]
    yield Metric("flowglass_writer_status", "gauge", "1 for the writer's present status.", states)
    yield _gauge("flowglass_queue_spans", "Spans waiting for the writer.", status.queue_spans)
    yield _gauge("flowglass_queue_bytes", "Bytes waiting for the writer.", status.queue_bytes)
    yield _gauge("flowglass_queue_max_spans", "Spans that may wait.", status.queue_max_spans)
    oldest = status.queue_oldest_ms / 1000
    yield _gauge("flowglass_queue_oldest_seconds", "Age of the oldest waiting span.", oldest)
    yield _gauge("flowglass_commit_seconds", "Duration of the last commit.", status.last_commit_ms / 1000)
    if status.last_commit_ns is not None:
        last = status.last_commit_ns / NS_PER_SECOND
        yield _gauge("flowglass_commit_timestamp_seconds", "Time of the last commit.", last)
    yield _counter("flowglass_spans_accepted_total", "Spans accepted since start.", [Sample(status.accepted)])
    yield _counter("flowglass_spans_stored_total", "Spans stored since start.", [Sample(status.stored)])
    yield _counter("flowglass_spans_repeated_total", "Spans known already.", [Sample(status.repeats)])
    rejected = [Sample(number, {"reason": reason}) for reason, number in sorted(status.rejected.items())]
    yield _counter("flowglass_spans_rejected_total", "Spans refused, by reason.", rejected)
    yield from _tracers(status)


def _tracers(status: CollectorStatus) -> Iterable[Metric]:
    labels = [{"service": tracer.service, "pid": str(tracer.pid)} for tracer in status.tracers]
    for name, help_text, values in (
        ("recorded", "Calls recorded", [tracer.recorded for tracer in status.tracers]),
        ("sent", "Spans sent", [tracer.sent for tracer in status.tracers]),
        ("dropped", "Spans dropped", [tracer.dropped for tracer in status.tracers]),
    ):
        samples = [Sample(value, label) for value, label in zip(values, labels, strict=True)]
        yield _counter(f"flowglass_tracer_{name}_total", f"{help_text} by a tracer.", samples)
    cost = [
        Sample(one.ns_per_call / NS_PER_SECOND, lab) for one, lab in zip(status.tracers, labels, strict=True)
    ]
    yield Metric("flowglass_tracer_call_seconds", "gauge", "Cost of tracing one call.", cost)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return Metric(name, "gauge", help_text, [Sample(value)])


def _counter(name: str, help_text: str, samples: list[Sample]) -> Metric:
    return Metric(name, "counter", help_text, samples)


def _text(metric: Metric) -> str:
    lines = [f"{metric.name}{_labels(sample.labels)} {_number(sample.value)}\n" for sample in metric.samples]
    return f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.kind}\n{''.join(lines)}"


def _labels(labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
