"""What Jaeger exports, field by field, as OTLP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from commands.captures import read
from commands.jaeger import is_jaeger, to_otlp

TRACE, ROOT, CHILD = "00000000000000001122334455667788", "00000000000000aa", "00000000000000bb"


def exported(**changes: Any) -> dict[str, Any]:
    """One trace of one span, as Jaeger's page saves it."""
    span = {
        "traceID": "1122334455667788",
        "spanID": "bb",
        "operationName": "GET /orders",
        "references": [{"refType": "CHILD_OF", "traceID": "1122334455667788", "spanID": "aa"}],
        "startTime": 1_790_000_000_000_001,
        "duration": 1_500,
        "tags": [
            {"key": "span.kind", "type": "string", "value": "server"},
            {"key": "otel.scope.name", "type": "string", "value": "shop.web"},
            {"key": "otel.library.version", "type": "string", "value": "1.2"},
            {"key": "http.route", "type": "string", "value": "/orders"},
            {"key": "tries", "type": "int64", "value": 3},
            {"key": "share", "type": "float64", "value": 0.5},
            {"key": "cached", "type": "bool", "value": True},
            {"key": "raw", "type": "binary", "value": "AAE="},
        ],
        "logs": [],
        "processID": "p1",
        **changes,
    }
    processes = {"p1": {"serviceName": "shop", "tags": [{"key": "host", "type": "string", "value": "box"}]}}
    return {"data": [{"traceID": "1122334455667788", "spans": [span], "processes": processes}]}


def converted(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The one resource-spans part, and its span."""
    (part,) = to_otlp(exported(**changes))["resourceSpans"]
    return part, part["scopeSpans"][0]["spans"][0]


def attributes(of: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: one["value"] for one in of["attributes"]}


def test_ids_are_filled_up_and_times_become_nanoseconds() -> None:
    _, span = converted()
    assert (span["traceId"], span["spanId"], span["parentSpanId"]) == (TRACE, CHILD, ROOT)
    assert span["startTimeUnixNano"] == "1790000000000001000"
    assert span["endTimeUnixNano"] == "1790000000001501000"
    assert (span["name"], span["kind"]) == ("GET /orders", 2)


def test_tags_keep_their_types_and_the_ones_that_otlp_has_a_place_for_go_there() -> None:
    part, span = converted()
    assert attributes(span) == {
        "http.route": {"stringValue": "/orders"},
        "tries": {"intValue": "3"},
        "share": {"doubleValue": 0.5},
        "cached": {"boolValue": True},
        "raw": {"bytesValue": "AAE="},
    }
    assert part["scopeSpans"][0]["scope"] == {"name": "shop.web", "version": "1.2"}
    assert attributes(part["resource"]) == {
        "service.name": {"stringValue": "shop"},
        "host": {"stringValue": "box"},
    }


def test_an_error_is_known_by_its_tag_or_its_status() -> None:
    error = {"key": "error", "type": "bool", "value": True}
    assert converted(tags=[error])[1]["status"] == {"code": 2, "message": ""}
    named = [
        {"key": "otel.status_code", "type": "string", "value": "ERROR"},
        {"key": "otel.status_description", "type": "string", "value": "no luck"},
    ]
    assert converted(tags=named)[1]["status"] == {"code": 2, "message": "no luck"}
    assert converted(tags=None)[1]["status"] == {"code": 0, "message": ""}


def test_logs_become_events() -> None:
    fields = [
        {"key": "event", "type": "string", "value": "exception"},
        {"key": "exception.type", "type": "string", "value": "ValueError"},
    ]
    _, span = converted(logs=[{"timestamp": 1_790_000_000_000_002, "fields": fields}])
    (event,) = span["events"]
    assert (event["name"], event["timeUnixNano"]) == ("exception", "1790000000000002000")
    assert attributes(event) == {"exception.type": {"stringValue": "ValueError"}}


def test_other_references_become_links() -> None:
    follows = {"refType": "FOLLOWS_FROM", "traceID": "99", "spanID": "cc"}
    _, span = converted(references=[follows])
    assert span["parentSpanId"] == ""
    assert span["links"] == [{"traceId": "99".zfill(32), "spanId": "cc".zfill(16)}]


def test_a_process_may_stand_in_the_span_itself() -> None:
    part, _ = converted(process={"serviceName": "inline"})
    assert attributes(part["resource"])["service.name"] == {"stringValue": "inline"}


def test_its_files_are_recognised(tmp_path: Path) -> None:
    text = orjson.dumps(exported())
    assert is_jaeger(text)
    assert not is_jaeger(b'{"resourceSpans": [{"traceID": 1}]}')
    file = tmp_path / "trace.json"
    file.write_bytes(text)
    (capture,) = read(file, "auto")
    assert capture.tree == to_otlp(exported())
