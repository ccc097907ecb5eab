"""GET /api/v1/export: the list as a file, whole or cut at the cap, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import export, problems
from api.export_formats import CSV_COLUMNS, harmless
from queries.base import Reader
from tests.support import shop

NOW = 1_795_269_755_900_000_000
SECOND = 10**9


def client_of(directory: Path) -> FlaskClient:
    server = Flask("test")
    server.register_blueprint(export.blueprint(Reader.open(directory), lambda: NOW))
    problems.install(server)
    return server.test_client()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    spans = [*shop.failing_order(NOW - 60 * SECOND), *shop.steady(NOW - 3000 * SECOND, 250)]
    yield client_of(shop.shop(tmp_path_factory.mktemp("shop"), spans, NOW))


def test_json_holds_every_matching_row_and_says_that_it_is_whole(client: FlaskClient) -> None:
    answer = client.get("/api/v1/export")
    found = json.loads(answer.data)
    assert (len(found["rows"]), found["count"], found["truncated"]) == (255, 255, False)
    assert len({(row["trace_id"], row["span_id"]) for row in found["rows"]}) == 255
    assert found["rows"][0]["process"] == "acquirer.post"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="traces.json"'


def test_the_filter_range_and_order_are_those_of_the_list(client: FlaskClient) -> None:
    query = {"q": "status:error", "order": "oldest", "from": str(NOW - 120 * SECOND), "to": str(NOW)}
    rows = json.loads(client.get("/api/v1/export", query_string=query).data)["rows"]
    assert [row["process"] for row in rows] == ["create_order", "charge_card", "acquirer.post"]


@pytest.mark.parametrize(("most", "cut"), [(1, True), (100, True), (101, True), (255, False)])
def test_a_file_that_was_cut_says_so(client: FlaskClient, most: int, cut: bool) -> None:
    found = json.loads(client.get(f"/api/v1/export?limit={most}").data)
    assert (len(found["rows"]), found["truncated"]) == (most, cut)


def test_json_lines_are_one_row_a_line(client: FlaskClient) -> None:
    lines = client.get("/api/v1/export?format=jsonl&q=status:error").data.splitlines()
    assert [json.loads(line)["process"] for line in lines] == ["acquirer.post", "charge_card", "create_order"]


def test_csv_has_the_seven_columns_first(client: FlaskClient) -> None:
    answer = client.get("/api/v1/export?format=csv&q=status:error&name=failed.orders")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(rows[0])[:7] == list(CSV_COLUMNS[:7])
    assert rows[1]["data_value"] == "140.84"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="failed.orders.csv"'


def test_nothing_found_is_a_header_only(client: FlaskClient) -> None:
    nobody = "q=process:nobody"
    assert client.get(f"/api/v1/export?format=csv&{nobody}").text.strip() == ",".join(CSV_COLUMNS)
    assert client.get(f"/api/v1/export?format=jsonl&{nobody}").data == b""
    assert json.loads(client.get(f"/api/v1/export?{nobody}").data)["rows"] == []
    assert json.loads(client.get(f"/api/v1/export?format=otlp&{nobody}").data) == {"resourceSpans": []}


def test_otlp_json_is_what_the_sender_sent(client: FlaskClient) -> None:
    answer = client.get("/api/v1/export", query_string={"format": "otlp", "q": f"trace:{shop.TRACE}"})
    spans = [
        span
        for resource in json.loads(answer.data)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    assert {span["name"] for span in spans} == {
        "create_order", "price_order", "fx_rate", "charge_card", "acquirer.post",
    }  # fmt: skip
    assert answer.headers["Content-Disposition"].endswith('.otlp.json"')


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(tmp_path: Path, begin: str) -> None:
    value = f"{begin}cmd|' /C calc'!A0"
    span = shop.span("ab" * 16, "ab", "", "load", "shop", NOW - SECOND, 1, primary=0,
                     observations=(shop.seen("text", value),))  # fmt: skip
    client = client_of(shop.shop(tmp_path, [span], NOW))
    (row,) = csv.DictReader(io.StringIO(client.get("/api/v1/export?format=csv").text, newline=""))
    assert row["data_value"] == f"'{value}"


@pytest.mark.parametrize("value", ["-4.5", "+3", -7, 1.5, None, "plain"])
def test_numbers_and_plain_text_stay_as_they_are(value: object) -> None:
    assert harmless(value) == value


@pytest.mark.parametrize(
    "wrong",
    [
        "format=xlsx",
        "q=proces:x",
        "name=../../etc",
        "limit=10001",
        "colour=red",
        "from=yesterday",
        "order=best",
    ],
)
def test_what_is_wrong_is_said_before_the_first_byte(client: FlaskClient, wrong: str) -> None:
    answer = client.get(f"/api/v1/export?{wrong}")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
