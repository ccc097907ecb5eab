"""When single values are stale, over HTTP: kept with who said it, refused by field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from config import Settings
from dashboard.app import build
from live.collector_status import CollectorStatus
from queries.base import Reader
from tests.support.page import NOW
from tests.support.stored import Call, stored

PATH = "/api/v1/staleness"
SERIES = {"group": "pricing", "scope": "shop", "process": "price_order", "data": "return"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    folder = stored(tmp_path / "db", [Call(NOW)], NOW)
    settings = Settings()
    store = settings.store.model_copy(update={"data_dir": folder})
    reader = Reader.open(folder)
    settings = settings.model_copy(update={"store": store})
    yield build(settings, reader, lambda: CollectorStatus(why="none"), lambda: NOW).server.test_client()
    reader.close()


def test_a_series_is_judged_its_own_way_until_nothing_is_said_of_it(client: FlaskClient) -> None:
    assert client.get(PATH).get_json() == {
        "settings": {"repeats": 5, "min_seconds": 0.0, "tolerance": 0.0}, "series": [],
    }  # fmt: skip
    own = {"repeats": 12, "min_seconds": 1.5, "tolerance": 0.01, "judged": "always"}
    made = client.put(PATH, json=SERIES | own)
    assert made.status_code == 200, made.text
    changed = {"changed": "2026-11-21T14:02:35.900123456Z", "changed_by": "local"}
    assert made.get_json() == SERIES | own | changed
    assert client.get(PATH).get_json()["series"] == [made.get_json()]
    again = client.put(PATH, json=made.get_json() | {"repeats": None, "judged": "never"}).get_json()
    assert (again["repeats"], again["min_seconds"], again["judged"]) == (None, 1.5, "never")
    usual = client.put(PATH, json=SERIES).get_json()
    assert [usual[name] for name in own] == [None, None, None, "usual"]


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"repeats": 0}, ["repeats"]),
        ({"repeats": 2.5, "min_seconds": -1, "tolerance": "much"}, ["repeats", "min_seconds", "tolerance"]),
        ({"tolerance": 1e999}, ["tolerance"]),
        ({"repeats": True}, ["repeats"]),
        ({"judged": "often"}, ["judged"]),
        ({"process": "nobody"}, ["process"]),
        ({"data": "nothing"}, ["data"]),
        ({"data": "", "group": 5}, ["group", "data"]),
        ({"often": 1}, ["often"]),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(
    client: FlaskClient, given: dict[str, Any], fields: list[str]
) -> None:
    answer = client.put(PATH, json=SERIES | given)
    assert (answer.status_code, [one["field"] for one in answer.get_json()["errors"]]) == (422, fields)
    assert client.get(PATH).get_json()["series"] == []


def test_data_that_is_only_looked_into_is_not_changed(tmp_path: Path) -> None:
    reader = Reader.open(stored(tmp_path / "backup", [Call(NOW)], NOW))
    client = build(Settings(), reader, lambda: CollectorStatus(why="none")).server.test_client()
    assert client.put(PATH, json=SERIES).status_code == 403
    reader.close()
