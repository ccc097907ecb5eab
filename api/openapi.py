"""The OpenAPI description of every route under /api/v1, made from one table and the records themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from alerting.channels import KINDS, Channel
from alerting.rule import Rule
from api.export_formats import FORMATS
from api.problems import MEDIA_TYPE

Json = dict[str, Any]
ALERTS = "/api/v1/alerts"
TEXT, NUMBER, WHOLE, FLAG = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))
TIME = {"type": "string", "format": "date-time"}
NULLABLE_TIME = {"anyOf": [TIME, {"type": "null"}]}
NULLABLE_TEXT = {"anyOf": [TEXT, {"type": "null"}]}
LIMIT, CURSOR = ("limit", WHOLE, "rows of a page"), ("cursor", TEXT, "next_cursor of the page before")
RANGE = (("from", TEXT, "RFC 3339, or nanoseconds since 1970"), ("to", TEXT, "the same"))
FILTER = ("q", TEXT, "a filter in the search language")
Parameter = tuple[str, Json, str]


@dataclass(frozen=True)
class Operation:
    """One route. `body` and `answer` name schemas; an answer "" is empty, or a file with `media`."""

    method: str
    path: str
    summary: str
    answer: str = ""
    body: str = ""
    parameters: tuple[Parameter, ...] = ()
    status: int = 200
    problems: tuple[int, ...] = field(default=(400, 503))
    media: str = "application/json"
    takes: str = "application/json"

    @property
    def tag(self) -> str:
        return "alerts" if self.path.startswith(ALERTS) else "telemetry"


EDIT, CHANGE = (400, 403, 415, 422), (400, 403, 404, 409, 415, 422)
OPERATIONS = (
    Operation("get", "/api/v1/traces", "Every span that matches, newest first", "Spans", parameters=(
        FILTER, *RANGE, LIMIT, CURSOR, ("order", {"enum": ["newest", "oldest"]}, "newest by default"))),
    Operation("get", "/api/v1/traces/{trace_id}", "One trace in start order", "Trace",
              parameters=(LIMIT, CURSOR), problems=(400, 404, 503)),
    Operation("get", "/api/v1/export", "The spans of a filter as a file", media="application/octet-stream",
              parameters=(FILTER, *RANGE, LIMIT, ("format", {"enum": list(FORMATS)}, "json by default"),
                          ("name", TEXT, "the file's name"), ("order", {"enum": ["newest", "oldest"]}, ""))),
    Operation("get", "/api/v1/search", "Processes, exceptions, values and trace ids that contain a text",
              "Found", parameters=(("q", TEXT, "at least two characters"), ("kind", TEXT, "all by default"),
                                   *RANGE, LIMIT), problems=(400, 422, 503)),
    Operation("get", "/api/v1/summary", "Vital signs, health of groups, collector, firing alerts", "Any"),
    Operation("get", "/api/v1/top/processes", "The slowest or the most failing processes", "Any",
              parameters=(*RANGE, LIMIT, ("sort", {"enum": ["latency", "errors"]}, "latency by default"))),
    Operation("get", "/api/v1/top/errors", "How often each type of exception was raised", "Any",
              parameters=(*RANGE, LIMIT)),
    Operation("get", "/api/v1/staleness", "Values that are judged for staleness their own way", "Judgings"),
    Operation("put", "/api/v1/staleness", "Say when one value is stale", "Judging", "JudgingFields",
              problems=EDIT),
    Operation("get", "/api/v1/openapi.json", "This description", "Any", problems=()),
    Operation("get", ALERTS, "What is not ok now, worst first, and the summary", "Active",
              parameters=(LIMIT,)),
    Operation("get", f"{ALERTS}/rules", "Every rule", "Rules", parameters=(
        ("state", {"enum": ["all", "active", "paused"]}, "all by default"),)),
    Operation("post", f"{ALERTS}/rules", "A new rule", "Rule", "RuleFields", status=201, problems=EDIT),
    Operation("get", f"{ALERTS}/rules.toml", "The rules that stand in no file, as TOML",
              media="application/toml", problems=(400, 403)),
    Operation("post", f"{ALERTS}/rules/import", "Take in rules as TOML, all or none", "Imported", "RuleFile",
              problems=EDIT, takes="application/toml"),
    Operation("post", f"{ALERTS}/rules/replay", "What a rule would have done", "Replay", "RuleFields",
              (("range", {"enum": ["24h", "7d", "30d"]}, "24h by default"),), problems=(*EDIT, 503)),
    Operation("get", f"{ALERTS}/rules/{{id}}", "One rule", "Rule", problems=(404,)),
    Operation("put", f"{ALERTS}/rules/{{id}}", "Replace a rule", "Rule", "RuleFields", problems=CHANGE),
    Operation("delete", f"{ALERTS}/rules/{{id}}", "Take a rule away", status=204,
              problems=(403, 404, 409)),
    Operation("post", f"{ALERTS}/rules/{{id}}/test", "Try a channel of the rule", "Trial", "TrialFields",
              problems=(400, 403, 404, 415, 422)),
    Operation("get", f"{ALERTS}/rules/{{id}}/evaluations", "The newest evaluations", "Evaluations",
              parameters=(("key", TEXT, "one group key"), LIMIT), problems=(400, 404, 503)),
    Operation("get", f"{ALERTS}/channels", "Every channel, without its secret", "Channels"),
    Operation("post", f"{ALERTS}/channels", "A new channel", "Channel", "ChannelFields", status=201,
              problems=EDIT),
    Operation("get", f"{ALERTS}/channels/{{id}}", "One channel", "Channel", problems=(404,)),
    Operation("put", f"{ALERTS}/channels/{{id}}", "Replace a channel", "Channel", "ChannelFields",
              problems=CHANGE),
    Operation("delete", f"{ALERTS}/channels/{{id}}", "Take a channel away", status=204, problems=(403, 404)),
    Operation("post", f"{ALERTS}/channels/{{id}}/test", "Send a message marked TEST", "Trial",
              problems=(403, 404)),
    Operation("get", f"{ALERTS}/silences", "Silences that have not ended", "Silences"),
    Operation("post", f"{ALERTS}/silences", "Keep messages back for a while", "Silence", "SilenceFields",
              status=201, problems=EDIT),
    Operation("delete", f"{ALERTS}/silences/{{id}}", "End a silence now", status=204, problems=(403, 404)),
    Operation("post", f"{ALERTS}/acknowledgements", "Look after what fires", "Acknowledged",
              "AcknowledgeFields", problems=EDIT),
    Operation("get", f"{ALERTS}/events", "What happened, newest first, with its deliveries", "Events",
              parameters=(("rule", TEXT, "id of a rule"), ("severity", TEXT, ""), ("kind", TEXT, ""),
                          RANGE[0], LIMIT, CURSOR)),
    Operation("get", f"{ALERTS}/edits", "Who changed which rule, with before and after", "Edits",
              parameters=(("rule", TEXT, "id of a rule"), RANGE[0], LIMIT, CURSOR)),
    Operation("get", f"{ALERTS}/review", "Rules that fire unattended, never fire, flap or overlap", "Review",
              parameters=(("range", {"enum": ["7d", "24h", "30d"]}, "7d by default"),)),
)  # fmt: skip


def _object(required: bool = True, /, **properties: Json) -> Json:
    found: Json = {"type": "object", "properties": properties}
    return found | ({"required": list(properties)} if required else {})


def _list(name: str) -> Json:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _rule_fields() -> Json:
    """Straight from the record, under the names that travel."""
    made = TypeAdapter(Rule).json_schema()
    properties = {("for" if key == "for_" else key): value for key, value in made["properties"].items()}
    del properties["id"]
    properties["escalation"] = {
        "type": "array", "description": "who is told later, while nobody acknowledges",
        "items": _object(
            after={**WHOLE, "description": "seconds"}, channels={"type": "array", "items": TEXT}
        ),
    }  # fmt: skip
    properties["threshold"] = {**NUMBER, "description": "short for the first threshold"}
    properties["duration"] = {**WHOLE, "description": "short for `for`, seconds"}
    return {"type": "object", "properties": properties, "required": ["name"]}


def _channel_fields() -> Json:
    properties = TypeAdapter(Channel).json_schema()["properties"]
    del properties["id"]
    properties["kind"] = {"enum": list(KINDS)}
    properties["secret"] = {**TEXT, "description": "encrypted at rest, or env:NAME; never answered"}
    properties["revision"] = WHOLE
    return {"type": "object", "properties": properties, "required": ["kind", "name"]}


def schemas() -> Json:
    """What bodies and answers look like."""
    rule, channel = _rule_fields(), _channel_fields()
    texts: Json = {"type": "array", "items": TEXT}
    fields: Json = {"type": "array", "items": _object(field=TEXT, before={}, after={})}
    ratio: Json = {"anyOf": [NUMBER, {"type": "null"}]}
    about = {"unit": TEXT, "source": TEXT}
    wrong = {**_object(field=TEXT, message=TEXT, line=WHOLE, rule=TEXT), "required": ["field", "message"]}
    kept = {"id": TEXT, "created": TIME, "changed": TIME, "changed_by": TEXT}
    shown = {key: value for key, value in channel["properties"].items() if key != "secret"}
    silence = {
        "rule_id": TEXT,
        "key": TEXT,
        "severity": TEXT,
        "reason": TEXT,
        "hours": {
            **TEXT,
            "description": "when it holds, such as sat 22:00-04:00 Europe/Berlin; empty all the time",
        },
    }
    series = {"group": TEXT, "scope": TEXT, "process": TEXT, "data": TEXT}
    numbers = {"repeats": WHOLE, "min_seconds": NUMBER, "tolerance": NUMBER}
    own: Json = {name: {"anyOf": [kind, {"type": "null"}]} for name, kind in numbers.items()}
    own["judged"] = {"enum": ["usual", "always", "never"]}
    value: Json = {"value": {"anyOf": [NUMBER, {"type": "null"}]}, "text": TEXT}
    link = {"rule_id": TEXT, "rule": TEXT, "key": TEXT, "began": TIME}
    cause = {"anyOf": [_object(**link, over=NULLABLE_TIME), {"type": "null"}]}
    delivery = _object(
        channel=TEXT, channel_name=TEXT, state=TEXT, attempts=WHOLE, answer=TEXT, latency_ms=NUMBER,
        finished=NULLABLE_TIME, maybe_sent_twice=FLAG,
    )  # fmt: skip
    return {
        "Any": {"type": "object"},
        "RuleFile": TEXT,
        "Imported": _object(added=texts, changed=texts, same=texts),
        "RuleFields": rule,
        "Rule": {"type": "object", "properties": {**rule["properties"], **kept, **about}},
        "Rules": _object(rules=_list("Rule")),
        "ChannelFields": channel,
        "Channel": {"type": "object", "properties": {**shown, **kept, "secret_from": TEXT}},
        "Channels": _object(channels=_list("Channel")),
        "TrialFields": _object(False, channel=TEXT),
        "Trial": {
            **_object(success=FLAG, channel=TEXT, message=TEXT, error=TEXT),
            "required": ["success", "channel"],
        },
        "SilenceFields": {
            **_object(False, **silence, starts=TIME, ends=TIME, seconds=WHOLE), "required": ["reason"],
        },
        "Silence": _object(id=TEXT, **silence, author=TEXT, starts=TIME, ends=NULLABLE_TIME),
        "Silences": _object(silences=_list("Silence")),
        "AcknowledgeFields": {**_object(rule_id=TEXT, key=TEXT), "required": ["rule_id"]},
        "Acknowledged": _object(rule_id=TEXT, key=TEXT, acknowledged_by=TEXT),
        "Alert": _object(
            rule_id=TEXT, rule=TEXT, key=TEXT, status=TEXT, severity=TEXT, since=TIME, began=NULLABLE_TIME,
            flapping=FLAG, suppressed=FLAG, off_hours=FLAG, cause=cause,
            affected=_list("Affected"), acknowledged_by=TEXT, event_id=TEXT, **value,
        ),
        "Affected": _object(**link, severity=TEXT, told=NULLABLE_TIME),
        "Active": _object(counts={"type": "object"}, alerts=_list("Alert")),
        "Delivery": delivery,
        "Event": _object(
            id=TEXT, rule_id=TEXT, rule=TEXT, key=TEXT, kind=TEXT, at=TIME, severity=TEXT, status=TEXT,
            message=TEXT, unit=TEXT, began=NULLABLE_TIME, announced=FLAG, cause=cause,
            affected=_list("Affected"),
            deliveries=_list("Delivery"), **value,
        ),
        "Events": _object(events=_list("Event"), next_cursor=NULLABLE_TEXT),
        "Edit": _object(
            id=TEXT, rule_id=TEXT, rule=TEXT, at=TIME, who=TEXT, done=TEXT, subject=TEXT, changes=fields,
        ),
        "Edits": _object(edits=_list("Edit"), next_cursor=NULLABLE_TEXT),
        "Finding": _object(
            kind={"enum": ["flaps", "unattended", "overlaps", "never"]}, rule_id=TEXT, rule=TEXT, count=WHOLE,
            fired_seconds=NUMBER, last=NULLABLE_TIME, overlaps_with=NULLABLE_TEXT, alike=ratio,
        ),
        "Review": _object(findings=_list("Finding")),
        "JudgingFields": {**_object(False, **series, **own), "required": ["group", "process", "data"]},
        "Judging": _object(**series, **own, changed=NULLABLE_TIME, changed_by=TEXT),
        "Judgings": _object(settings=_object(**numbers), series=_list("Judging")),
        "Evaluation": _object(key=TEXT, at=TIME, samples=WHOLE, state=TEXT, query_ms=NUMBER, **value),
        "Evaluations": _object(evaluations=_list("Evaluation"), known_from=NULLABLE_TIME),
        "Replay": _object(
            fired=WHOLE, untold=WHOLE, longest_seconds=NUMBER, flaps=WHOLE, groups=WHOLE, step_seconds=NUMBER,
            known_from=TIME, episodes={"type": "array", "items": {"type": "object"}},
        ),
        "Span": {"type": "object"},
        "Spans": _object(rows=_list("Span"), next_cursor=NULLABLE_TEXT),
        "Trace": _object(spans=_list("Span"), next_cursor=NULLABLE_TEXT),
        "Found": _object(results={"type": "array", "items": {"type": "object"}}),
        "Problem": {
            **_object(
                type=TEXT, title=TEXT, status=WHOLE, detail=TEXT, parameter=TEXT,
                errors={"type": "array", "items": wrong},
            ),
            "required": ["type", "title", "status", "detail"],
        },
    }  # fmt: skip


def description() -> Json:
    """The whole document, OpenAPI 3.1."""
    paths: dict[str, Json] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Flowglass", "version": "1", "description": "What is stored, and alerts on it."},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas()},
    }


def _operation(one: Operation) -> Json:
    in_path = [part[1:-1] for part in one.path.split("/") if part.startswith("{")]
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": TEXT} for name in in_path
    ]
    parameters += [
        {"name": name, "in": "query", "schema": schema, "description": words}
        for name, schema, words in one.parameters
    ]
    answer: Json = {"description": "done" if one.status == 204 else "found"}
    if one.answer or one.media != "application/json":
        schema = {"$ref": f"#/components/schemas/{one.answer}"} if one.answer else TEXT
        answer["content"] = {one.media: {"schema": schema}}
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers = {str(one.status): answer} | {
        str(status): {"description": "a problem", "content": problem} for status in one.problems
    }
    found: Json = {
        "tags": [one.tag], "summary": one.summary, "parameters": parameters, "responses": answers,
        "operationId": f"{one.method} {one.path.removeprefix('/api/v1/')}",
    }  # fmt: skip
    if one.body:
        schema = {"$ref": f"#/components/schemas/{one.body}"}
        found["requestBody"] = {"content": {one.takes: {"schema": schema}}}
    return found
