"""Whatever stands in the address of the list of spans, the answer is a list or says what is wrong with it."""

from __future__ import annotations

import json
import urllib.parse

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.filters import Filter, to_text
from tests.queries.made_filters import filters
from tests.support.otlp import ask, send, span
from tests.support.running import Flowglass

FIELDS = (
    "process", "value", "duration", "time", "memory", "is", "has", "kind", "data.x", "attr.", "trace",
)  # fmt: skip
ODD = ("1e999", "-0", "9" * 400, "*", "\\", "250ms", "2026-99-99", "0x10", "nan")
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
signs = st.text(st.sampled_from('ab:=<>-~()"* \\ORNDstatus.v0e%\n\x00é🙂'), max_size=60)
clauses = st.builds(
    "{}:{}{}".format,
    st.sampled_from(FIELDS),
    st.sampled_from(("", "=", ">", "<=")),
    st.one_of(st.sampled_from(ODD), anything),
)  # fmt: skip
queries = st.one_of(
    anything, signs, clauses, filters.map(to_text), st.lists(clauses, max_size=4).map(" OR ".join)
)


@pytest.fixture(scope="module")
def stored(shared_flowglass: Flowglass) -> Flowglass:
    attributes = {"flowglass.return": 12, "http.route": "/a b", "n": 1.5, "flag": True}
    spans = [span(f"fuzz {at}", attributes=attributes, error="bad gold" * (at % 2)) for at in range(20)]
    send(shared_flowglass.otlp, spans, "fuzz")
    return shared_flowglass


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=queries)
def test_no_filter_text_breaks_the_server(stored: Flowglass, q: str) -> None:
    fails_only_politely(stored, {"q": q})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tree=filters,
    rest=st.dictionaries(
        st.sampled_from(("from", "to", "limit", "cursor", "order", "colour")),
        st.one_of(anything, st.integers(-(2**70), 2**70).map(str)),
        max_size=3,
    ),
)
def test_no_other_parameter_does(stored: Flowglass, tree: Filter, rest: dict[str, str]) -> None:
    fails_only_politely(stored, {"q": to_text(tree), **rest})


def fails_only_politely(flowglass: Flowglass, parameters: dict[str, str]) -> None:
    answer = ask(f"{flowglass.page}/api/v1/traces?{urllib.parse.urlencode(parameters)}")
    said = json.loads(answer.body)
    assert answer.status in (200, 400, 422), (parameters, said)
    assert "rows" in said if answer.status == 200 else said["detail"]
