"""What Jaeger's page and API export as JSON, turned into an OTLP JSON request."""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]
KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
STATUS = {"OK": 1, "ERROR": 2}
# Tags that Jaeger makes of fields that OTLP has a place for.
SCOPE_NAME = ("otel.scope.name", "otel.library.name")
SCOPE_VERSION = ("otel.scope.version", "otel.library.version")
FIELDS = {"span.kind", "error", "otel.status_code", "otel.status_description", *SCOPE_NAME, *SCOPE_VERSION}
NS_PER_US = 1_000
LOOK = re.compile(rb'"(traceID|operationName|processID)"')


def is_jaeger(head: bytes) -> bool:
    """Whether the beginning of a file looks like Jaeger's export."""
    return LOOK.search(head) is not None and b'"resourceSpans"' not in head


def to_otlp(export: Json) -> Json:
    """The spans of all its traces, each with its own resource and scope."""
    return {"resourceSpans": [part for trace in export.get("data", [export]) for part in _trace(trace)]}


def _trace(trace: Json) -> list[Json]:
    return [_resource_spans(span, trace["processes"]) for span in trace["spans"]]


def _resource_spans(span: Json, processes: Json) -> Json:
    process = span.get("process") or processes[span["processID"]]
    service = {"key": "service.name", "value": {"stringValue": str(process["serviceName"])}}
    tags = {tag["key"]: tag["value"] for tag in span.get("tags") or ()}
    scope = {"name": _first(tags, SCOPE_NAME), "version": _first(tags, SCOPE_VERSION)}
    return {
        "resource": {"attributes": [service, *_attributes(process.get("tags"))]},
        "scopeSpans": [{"scope": scope, "spans": [_span(span, tags)]}],
    }


def _first(tags: Json, names: tuple[str, ...]) -> str:
    return next((str(tags[name]) for name in names if name in tags), "")


def _span(span: Json, tags: Json) -> Json:
    start = int(span["startTime"]) * NS_PER_US
    parents = [one for one in span.get("references") or () if one["refType"] == "CHILD_OF"]
    same_trace = [one for one in parents if _trace_id(one["traceID"]) == _trace_id(span["traceID"])]
    parent = same_trace[0] if same_trace else None
    return {
        "traceId": _trace_id(span["traceID"]),
        "spanId": _span_id(span["spanID"]),
        "parentSpanId": _span_id(parent["spanID"]) if parent else "",
        "name": str(span["operationName"]),
        "kind": KINDS.get(str(tags.get("span.kind", "")).lower(), 0),
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + int(span["duration"]) * NS_PER_US),
        "attributes": _attributes(tag for tag in span.get("tags") or () if tag["key"] not in FIELDS),
        "events": [_event(one) for one in span.get("logs") or ()],
        "links": [_link(one) for one in span.get("references") or () if one is not parent],
        "status": _status(tags),
    }


def _trace_id(text: str) -> str:
    return text.lower().zfill(32)  # 64-bit ids of older clients


def _span_id(text: str) -> str:
    return text.lower().zfill(16)


def _status(tags: Json) -> Json:
    failed = str(tags.get("error", "")).lower() == "true"
    code = STATUS.get(str(tags.get("otel.status_code", "")).upper(), 2 if failed else 0)
    return {"code": code, "message": str(tags.get("otel.status_description", ""))}


def _event(log: Json) -> Json:
    fields = log.get("fields") or []
    named = {field["key"]: field["value"] for field in fields}
    name = str(named.get("event", named.get("message", "log")))
    rest = [field for field in fields if field["key"] != "event"]
    return {
        "timeUnixNano": str(int(log["timestamp"]) * NS_PER_US),
        "name": name,
        "attributes": _attributes(rest),
    }


def _link(reference: Json) -> Json:
    return {"traceId": _trace_id(reference["traceID"]), "spanId": _span_id(reference["spanID"])}


def _attributes(tags: Any) -> list[Json]:
    return [{"key": str(tag["key"]), "value": _any_value(tag)} for tag in tags or ()]


def _any_value(tag: Json) -> Json:
    """By the type that Jaeger names; its JSON has numbers as numbers, binary as base64."""
    kind, value = tag.get("type", "string"), tag["value"]
    if kind == "bool":
        return {"boolValue": value if isinstance(value, bool) else str(value).lower() == "true"}
    if kind == "int64":
        return {"intValue": str(int(value))}
    if kind == "float64":
        return {"doubleValue": float(value)}
    return {"bytesValue": str(value)} if kind == "binary" else {"stringValue": str(value)}
