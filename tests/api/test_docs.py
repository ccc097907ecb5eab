"""The API's description covers every route, is valid, and is read without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3.models import APISpec

from config import Settings
from dashboard.app import build
from live.collector_status import CollectorStatus
from queries.base import Reader


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    reader = Reader.open(tmp_path)
    yield build(Settings(), reader, lambda: CollectorStatus(why="none")).server.test_client()
    reader.close()


def test_every_route_of_the_api_is_described_and_no_other(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    described = {(method, path) for path, found in document["paths"].items() for method in found}
    served = {
        (method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule))
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert described == served


def test_the_document_is_valid_and_every_reference_leads_somewhere(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    APISpec.model_validate(document)
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert named <= set(document["components"]["schemas"])
    rule = document["components"]["schemas"]["RuleFields"]["properties"]
    assert {"name", "metric", "operator", "threshold", "duration", "channels", "enabled"} <= set(rule)
    assert "for_" not in rule


def test_the_page_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.mimetype == "text/html"
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 3
    for address in loaded:
        assert address.startswith("/docs/")
        with client.get(address) as answer:
            assert (answer.status_code, len(answer.data) > 50) == (200, True)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
