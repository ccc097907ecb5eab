"""Search over HTTP, asked of a real Flowglass."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.otlp import Answer, ask, send, span
from tests.support.running import Flowglass


def search(flowglass: Flowglass, **parameters: str) -> Answer:
    return ask(f"{flowglass.page}/api/v1/search?{urllib.parse.urlencode(parameters)}")


def results(flowglass: Flowglass, **parameters: str) -> list[dict[str, Any]]:
    answer = search(flowglass, **parameters)
    assert answer.status == 200, answer
    return list(json.loads(answer.body)["results"])


@pytest.fixture(scope="module")
def stored(shared_flowglass: Flowglass) -> Iterator[Flowglass]:
    names = ["zebra_total", "count_zebras", "zebra%like", "x" * 150 + "zebra"]
    send(shared_flowglass.otlp, [span(name) for name in names], group="zoo")
    yield shared_flowglass


def test_processes_are_found_by_any_part_of_their_name_those_that_begin_with_it_first(
    stored: Flowglass,
) -> None:
    found = [one["title"] for one in results(stored, q="Zebra", kind="process")]
    assert found[:2] == ["zebra%like", "zebra_total"]
    assert "count_zebras" in found
    assert all(len(title) <= 100 for title in found)


def test_the_text_is_taken_literally(stored: Flowglass) -> None:
    assert [one["title"] for one in results(stored, q="a%l", kind="process")] == ["zebra%like"]
    assert results(stored, q='"no such" OR *', kind="value") == []


def test_the_limit_holds_for_each_kind(stored: Flowglass) -> None:
    assert len(results(stored, q="zebra", kind="process", limit="1")) == 1


def test_a_result_leads_to_the_spans_it_stands_for(stored: Flowglass) -> None:
    first = results(stored, q="zebra_total", kind="process")[0]
    rows = json.loads(ask(f"{stored.page}/api/v1/traces?{urllib.parse.urlencode({'q': first['q']})}").body)[
        "rows"
    ]
    assert {row["process"] for row in rows} == {"zebra_total"}
    assert first["to"]["tab"] == "traces"


def test_a_trace_is_found_by_its_id(stored: Flowglass) -> None:
    rows = json.loads(ask(f"{stored.page}/api/v1/traces?q=zebra_total").body)["rows"]
    found = results(stored, q=rows[0]["trace_id"])
    assert [one["title"] for one in found if one["kind"] == "trace"] == [rows[0]["trace_id"]]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [({"q": "a"}, 422), ({}, 422), ({"q": "ab", "kind": "colour"}, 400), ({"q": "ab", "limit": "0"}, 400)],
)
def test_a_search_that_cannot_be_made_is_refused(
    stored: Flowglass, parameters: dict[str, str], status: int
) -> None:
    answer = search(stored, **parameters)
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
