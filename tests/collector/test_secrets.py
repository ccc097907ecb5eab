"""A secret that was sent is nowhere in what is stored, in no file and under no encoding that is used."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from tests.collector.making import as_json
from tests.support.collecting import RunningCollector
from tests.support.otlp import post, span

PASSWORD = "correct-horse-battery"  # a secret by the name of what holds it
NUMBER = 918273645546372  # likewise, as a number
BEARER = "Q7vX2mKp9sTz4wLrY8nB"
KEY = "AKIAIOSFODNN7EXAMPLE"
MAIL = "jane.doe@customer.example"
CARD = 4111111111111111
CARD_TEXT = "4111 1111 1111 1111"
OWN = "INTERNAL-55-7781"  # by a pattern of the settings
SESSION = "s3ss10nc00k1evalue"

SECRETS = [
    PASSWORD, str(NUMBER), BEARER, KEY, MAIL, str(CARD), CARD_TEXT, OWN, SESSION,
]  # fmt: skip


def value(content: object) -> AnyValue:
    if isinstance(content, dict):
        made = AnyValue()
        for key, inner in content.items():
            made.kvlist_value.values.add(key=key, value=value(inner))
        return made
    if isinstance(content, list):
        made = AnyValue()
        made.array_value.values.extend(value(inner) for inner in content)
        return made
    if isinstance(content, bytes):
        return AnyValue(bytes_value=content)
    return AnyValue(int_value=content) if isinstance(content, int) else AnyValue(string_value=str(content))


def put(attributes: object, pairs: dict[str, object]) -> None:
    for key, content in pairs.items():
        attributes.add(key=key, value=value(content))  # type: ignore[attr-defined]


def by_pattern() -> dict[str, object]:
    return {
        "text": f"Authorization: Bearer {BEARER}",
        "key": f"uses {KEY} for it",
        "mail": f"wrote to {MAIL} today",
        "card": CARD,
        "card text": f"paid with {CARD_TEXT}",
        "own": f"ticket {OWN}",
        "json": json.dumps({"user": "x", "password": PASSWORD}),
        "url": f"https://example.org/?password={PASSWORD}&x=1",
        "header": f"Cookie: session={SESSION}; theme=dark",
        "list": [f"mail {MAIL}", [CARD]],
        "map": {"deep": {"deeper": f"key {KEY}"}},
        "binary": f"password={PASSWORD}".encode(),
        MAIL: "the key is the secret",
        "map with such a key": {MAIL: 1},
    }


def by_name() -> dict[str, object]:
    return {
        "user.password": PASSWORD,
        "flowglass.arg.api_key": PASSWORD,
        "flowglass.arg.pin_token": NUMBER,
        "flowglass.observe.login": {"password": PASSWORD, "nested": [{"secret": NUMBER}]},
        "flowglass.return": {"access_token": PASSWORD},
        "flowglass.local.credentials": [PASSWORD, NUMBER],
        "http.request.header.cookie": [f"sid={SESSION}"],
        "db.secret": PASSWORD.encode(),
    }


def full_of_secrets() -> ExportTraceServiceRequest:
    """Each secret in each place that a sender can write to."""
    message = ExportTraceServiceRequest()
    group = message.resource_spans.add(schema_url=f"https://{MAIL}/")
    put(group.resource.attributes, {"service.name": f"shop of {MAIL}", **by_pattern(), **by_name()})
    entity = group.resource.entity_refs.add(schema_url=MAIL, type=MAIL)
    entity.id_keys.append(MAIL)
    batch = group.scope_spans.add(schema_url=f"https://{MAIL}/")
    batch.scope.name, batch.scope.version = f"lib {MAIL}", f"v {KEY}"
    put(batch.scope.attributes, {**by_pattern(), **by_name()})
    for repeat in range(3):  # the second and third time the collector remembers them
        made = span(
            f"GET /reset/{MAIL}", start_ns=None, error=f"cannot reach {MAIL} with password={PASSWORD}"
        )
        made.trace_state = f"vendor={MAIL}"
        made.status.message = f"card {CARD_TEXT} refused"
        put(made.attributes, {**by_pattern(), **by_name(), "n": repeat})
        put(
            made.events[0].attributes,
            {**by_pattern(), **by_name(), "exception.stacktrace": f"at x({MAIL})\n" * 99},
        )
        made.events.add(name=f"mail to {MAIL}")
        put(made.links.add(trace_id=bytes(16), span_id=bytes(8), trace_state=MAIL).attributes, by_pattern())
        put(
            made.attributes,
            {
                "flowglass.code.version": f"{repeat}abc",
                "flowglass.source": f'def f():\n    password = "{PASSWORD}"\n    use("{KEY}")\n',
                "code.function.name": f"f_{MAIL}",
                "code.file.path": f"/home/{MAIL}/f.py",
                "flowglass.types": f"arg.x={MAIL}",
                "flowglass.primary": "return",
            },
        )
        batch.spans.append(made)
    return message


def encodings(secret: str) -> list[bytes]:
    """As it would stand in a file: plain, as SQLite's integer, in base64 at each of its three offsets."""
    plain = secret.encode()
    whole = [int(secret).to_bytes(8, "big").lstrip(b"\0")] if secret.isdigit() else []
    return [plain, *whole, *(base64.b64encode(b"x" * pad + plain)[4:-4] for pad in range(3))]


def files_with(directory: Path, secret: str) -> list[str]:
    return [
        f"{file.name}: {secret}"
        for file in sorted(directory.iterdir())
        if any(form in file.read_bytes() for form in encodings(secret))
    ]


@pytest.mark.parametrize("content_type", ["application/x-protobuf", "application/json"])
def test_no_secret_reaches_the_disk(tmp_path: Path, content_type: str) -> None:
    message = full_of_secrets()
    body = message.SerializeToString()
    if content_type == "application/json":
        body = json.dumps(as_json(message)).encode()
    for secret in SECRETS:
        assert secret in json.dumps(as_json(message)), "the test sends what it looks for"
    with RunningCollector(tmp_path, FLOWGLASS_REDACTION__PATTERNS=r"INTERNAL-\d+-\d+") as running:
        assert post(running.traces, body, {"Content-Type": content_type}).status == 200
        report = {"service": f"shop of {MAIL}", "pid": 1}
        post(f"{running.url}/v1/flowglass/tracer", json.dumps(report).encode())
        status = running.status()
        assert status["stored"] == 3
        assert MAIL not in json.dumps(status)
        found = [hit for secret in SECRETS for hit in files_with(running.folder, secret)]
        assert found == []
        assert running.stop() == 0
    found = [hit for secret in SECRETS for hit in files_with(running.folder, secret)]
    assert found == [], "also not after the logs were moved into the files"
    assert not [line for line in running.lines if any(secret in line for secret in SECRETS)]


def test_masking_can_be_switched_off(tmp_path: Path) -> None:
    with RunningCollector(tmp_path, FLOWGLASS_REDACTION__ENABLED="false") as running:
        assert post(running.traces, full_of_secrets().SerializeToString()).status == 200
        assert running.stop() == 0
    assert files_with(running.folder, PASSWORD)
