"""Code Inspector over a real store: what each handler shows of a function with two versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from callbacks import code, code_figures, code_values
from callbacks.context import Context
from callbacks.shared import SharedResults
from config import CodeSettings, Settings
from dashboard import url
from dashboard.components.states import Failure
from dashboard.url import PageState
from data.control import Control
from data.control_depths import Depth, note
from data.store import Store
from flowglass.redact import Redactor
from queries.base import Reader
from tests.support import pricing
from tests.support.components import by_class, find, rows_of, texts
from tests.support.functions import FunctionCall, span_in, traceback_event
from tests.support.page import NOW, hrefs, status, text, tracer

STATE = PageState("code", range="6h", fn=pricing.FN)
OPEN = url.as_data(STATE)
START = url.as_data(replace(STATE, fn=""))


def with_extra(**extra: str) -> dict[str, Any]:
    return url.as_data(replace(STATE, extra=extra))


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    directory = pricing.stored(tmp_path_factory.mktemp("pricing"), NOW)
    reader = Reader.open(directory)
    collector = status(tracers=(tracer(service="pricing", ns_per_call=2100),))
    yield Context(Settings(), reader, lambda: collector, SharedResults(), lambda: NOW)
    reader.close()


@pytest.fixture
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    reader = Reader.open(tmp_path_factory.mktemp("nothing"))
    yield Context(Settings(), reader, status, SharedResults(), lambda: NOW)
    reader.close()


def test_the_head_says_where_the_function_stands_and_leads_to_its_calls(ctx: Context) -> None:
    hidden, placeholder, place, out, no_tools = code.show_function(ctx, OPEN, None)
    assert (hidden, placeholder, no_tools) == (False, "price_order", False)
    assert texts(place)[:2] == [f"shop/core.py:{pricing.LINE} · group pricing", "v2 since 12:02"]
    assert find(place, "Span")[0].title == f"{pricing.FILE}:{pricing.LINE} · group pricing"
    assert hrefs(out)[0].startswith("/traces?range=6h&q=process:")
    assert [button.to_plotly_json()["props"].get("data-editor-line") for button in find(out, "Button")] == [
        "112"
    ]


def test_while_no_function_is_chosen_the_lists_are_on(ctx: Context) -> None:
    assert code.show_function(ctx, START, None)[0] is True
    shown, hidden = code.show_start(ctx, START, None)
    assert hidden is False
    assert {"Hot", "Slow", "Failing", "Changed", "New"} <= set(texts(find(shown, "H2")))
    assert texts(rows_of(shown)[0])[:2] == ["price_order", "pricing"]
    assert f"/code?range=6h&fn={pricing.FN}" in hrefs(shown)
    assert code.show_start(ctx, OPEN, None) == (no_update, True)


def test_an_unknown_function_says_so_and_offers_the_way_back(ctx: Context) -> None:
    data = url.as_data(replace(STATE, fn="web/app/nobody"))
    assert code.show_function(ctx, data, None)[0] is True
    shown, hidden = code.show_start(ctx, data, None)
    assert hidden is False
    assert "nobody" in texts(shown)
    assert hrefs(shown) == ["/code?range=6h"]


def test_an_empty_store_says_how_to_trace_the_first_function(nothing: Context) -> None:
    shown, hidden = code.show_start(nothing, START, None)
    assert hidden is False
    assert "from flowglass import trace" in texts(shown)


def test_the_source_is_the_one_that_ran_with_its_new_lines_marked(ctx: Context) -> None:
    head, note, data, key = code.show_source(ctx, OPEN, None, None)
    assert note is None
    drawn = ["".join(part for _, part in line["t"]) for line in data["lines"]]
    assert drawn == pricing.NEW_SOURCE.split("\n")[:-1]
    assert [line["n"] for line in data["lines"] if line.get("c") == "newl"] == [119, 120]
    assert data["lines"][0]["n"] == pricing.LINE
    assert "Compare with v1" in texts(head)
    assert code.show_source(ctx, OPEN, None, key)[2] is no_update


def test_an_older_version_and_a_difference_are_reached_by_the_address(ctx: Context) -> None:
    _, _, old, _ = code.show_source(ctx, with_extra(v="c6"), None, None)
    assert len(old["lines"]) == len(pricing.OLD_SOURCE.split("\n")) - 1
    head, _, both, _ = code.show_source(ctx, with_extra(v="c7", **{"with": "c6"}), None, None)
    assert [line.get("c") for line in both["lines"]].count("add") == 2
    assert "v1 to v2" in texts(head)


def test_a_function_of_another_sdk_has_no_source_and_says_why(ctx: Context) -> None:
    data = url.as_data(replace(STATE, fn="web/flask/GET /orders/{id}"))
    head, note, lines, _ = code.show_source(ctx, data, None, None)
    assert (head, lines) == ([], None)
    assert "No source for this function" in texts(note)


def test_completion_finds_functions_by_any_part_of_where_they_stand(ctx: Context) -> None:
    for typed in ("price", "shop.core", "core.py", "PRICING", ""):
        found = code.show_choices(ctx, typed, OPEN)
        assert f"/code?range=6h&fn={pricing.FN}" in hrefs(found), typed
    assert "p95" in text(code.show_choices(ctx, "price_order", OPEN))
    assert "No function fits " in texts(code.show_choices(ctx, "zzz", OPEN))


def test_the_verdict_names_the_version_that_became_slower(ctx: Context) -> None:
    shown = code_figures.show_verdict(ctx, OPEN, None)
    assert text(shown).startswith("v2 is ")
    assert "% slower than v1" in text(shown)
    assert by_class(shown, "bad")
    first = code_figures.show_verdict(ctx, with_extra(v="c6"), None)
    assert text(first).startswith("The first version seen")


def test_the_readouts_count_every_call_of_the_range(ctx: Context) -> None:
    shown = code_figures.show_numbers(ctx, OPEN, None)
    labels = [texts(cell)[0] for cell in by_class(shown, "num")]
    assert labels == [
        "Calls", "p50", "p95", "p99", "Max", "Error rate", "Mean", "Self time", "Memory p50", "Memory p95",
        "Concurrency", "Tracing cost",
    ]  # fmt: skip
    assert texts(by_class(shown, "num")[0])[1] == "719"
    assert texts(by_class(shown, "num")[-1])[1:3] == ["2.10", "µs, 0.003 %"]


def test_the_tracing_cost_stands_against_that_of_the_range_before(ctx: Context) -> None:
    assert (
        texts(by_class(code_figures.show_numbers(ctx, OPEN, None), "num")[-1])[-1] == "\u00a0"
    )  # nobody knows
    control = Control.open(ctx.reader.directory)
    for hours, cost in ((1, 2400.0), (2, 2000.0), (7, 1100.0), (1, 9e9)):
        group = "pricing" if cost < 9e9 else "shop"
        note(control, NOW - hours * pricing.HOUR, {group: Depth(0, cost), "": Depth(4)})
    control.close()
    later = replace(ctx, cache=SharedResults())
    shown = texts(by_class(code_figures.show_numbers(later, OPEN, None), "num")[-1])
    assert shown[1:] == ["2.20", "µs, 0.003 %", "+100 %"]


def test_a_range_without_calls_is_insufficient_data(ctx: Context) -> None:
    past = url.as_data(url.custom(STATE, NOW - 100 * pricing.HOUR, NOW - 99 * pricing.HOUR))
    assert texts(code_figures.show_numbers(ctx, past, None))[0] == "Insufficient data"
    told = status(
        tracers=tuple(tracer(service="pricing", counted={"shop.core.price_order": 600}) for _ in "ab")
    )
    counting = code_figures.show_numbers(replace(ctx, status=lambda: told), past, None)
    assert "its programs count it only, 1,200 calls since they started" in text(counting)


def test_a_function_called_once_has_numbers_but_no_percentiles(ctx: Context) -> None:
    once = url.as_data(replace(STATE, fn="web/app/once"))
    shown = code_figures.show_numbers(ctx, once, None)
    poor = [texts(cell)[0] for cell in by_class(shown, "num") if by_class(cell, "poor")]
    assert poor == ["p50", "p95", "p99", "Memory p50", "Memory p95", "Tracing cost"]
    assert "1 of 100 calls" in texts(shown)


@pytest.mark.parametrize(
    ("view", "title"),
    [("", "Last 24 h"), ("memory", "Last 24 h"), ("histogram", "Durations, 08:03 \u2013 14:03")],
)
def test_the_history_can_show_latency_memory_and_durations(ctx: Context, view: str, title: str) -> None:
    data = with_extra(h=view) if view else OPEN
    shown, tabs, figure, hidden, relations, no_relations = code_figures.show_history(ctx, data, None, "light")
    assert (shown, hidden, relations, no_relations) == (title, False, None, True)
    assert [tab.className for tab in tabs].count("on") == 1
    counts = [curve["y"] for curve in figure["data"] if curve["name"] in ("calls", "errors")]
    assert sum(map(sum, counts)) > 700


def test_callers_and_callees_take_the_place_of_the_figure(ctx: Context) -> None:
    _, _, figure, hidden, shown, no_relations = code_figures.show_history(
        ctx, with_extra(h="calls"), None, "dark"
    )
    assert (figure, hidden, no_relations) == (no_update, True, False)
    assert {"tax_for", "fx_rate", "audit_line"} <= set(texts(shown))
    assert "/code?range=6h&fn=pricing/shop.tax/tax_for" in hrefs(shown)


def test_a_press_on_a_point_opens_the_calls_of_its_bucket(ctx: Context) -> None:
    def pressed(state: Mapping[str, Any], name: str) -> Any:
        curves = [curve["name"] for curve in code_figures.show_history(ctx, state, None, "dark")[2]["data"]]
        point = {"x": "2026-11-21T12:10:00.000", "curveNumber": curves.index(name)}
        return code_figures.open_point(ctx, {"points": [point]}, state)

    wish = pressed(OPEN, "calls")
    assert wish["tab"] == "traces"
    assert "status" not in wish["q"]
    assert "status" not in pressed(OPEN, "p95")["q"]
    assert pressed(OPEN, "errors")["q"].endswith('status:"error"')
    assert pressed(with_extra(h="memory"), "errors")["q"].endswith('status:"error"')
    assert int(wish["end_ns"]) - int(wish["start_ns"]) == 600 * 10**9
    assert url.time_text(int(wish["start_ns"])) == "2026-11-21T12:10:00Z"
    bar = {"points": [{"x": 3.2, "customdata": [1e6, 2e6]}]}
    assert "duration:>=1000000ns" in code_figures.open_point(ctx, bar, with_extra(h="histogram"))["q"]
    assert code_figures.open_point(ctx, None, OPEN) is no_update
    assert code_figures.open_point(ctx, {"points": [{"x": "gibberish"}]}, OPEN) is no_update


def test_versions_are_listed_with_their_own_figures(ctx: Context) -> None:
    shown, meta = code_figures.show_versions(ctx, OPEN, None)
    young, old = (texts(row) for row in rows_of(shown))
    assert (young[0], old[0], meta) == ("v2", "v1", "2 seen")
    assert int(young[2]) + int(old[2]) == 719
    assert float(young[4]) > 1.2 * float(old[4])


def test_values_show_what_was_seen_and_what_went_stale(ctx: Context) -> None:
    shown, tabs, meta = code_values.show_values(ctx, OPEN, None)
    rows = {texts(row)[0]: row for row in rows_of(shown)}
    assert list(rows) == ["currency", "tax", "return"]
    assert texts(rows["currency"])[3] == "2"
    assert by_class(rows["tax"], "rep")
    assert (meta, texts(tabs)) == ("last 719 calls", ["Seen", "With slow calls"])


def test_one_value_is_opened_by_the_address_with_all_that_was_seen_of_it(ctx: Context) -> None:
    shown, _, _ = code_values.show_values(ctx, with_extra(value="arg.currency"), None)
    assert {"Types", "str 719", "Distinct", "2 in 719 calls", "None", "never"} <= set(texts(shown))
    assert any("data.currency" in href and "GBP" in href for href in hrefs(shown))
    stale, _, _ = code_values.show_values(ctx, with_extra(value="observe.tax"), None)
    assert any(word.startswith("the same for 719 calls, since ") for word in texts(stale))
    gone, _, _ = code_values.show_values(ctx, with_extra(value="arg.nobody"), None)
    assert "Not seen in this range" in texts(gone)
    assert hrefs(gone) == [f"/code?range=6h&fn={pricing.FN}"]


def test_values_that_go_with_slow_calls_are_ranked(ctx: Context) -> None:
    shown, _, _ = code_values.show_values(ctx, with_extra(values="slow"), None)
    first = texts(rows_of(shown)[0])
    assert first[:2] == ["currency", "'GBP'"]
    assert "slow" in first[3]


def test_lines_carry_what_they_raised_called_and_what_is_stale(ctx: Context) -> None:
    notes = code_values.show_notes(ctx, OPEN, None)
    raised = notes[str(pricing.RAISED_AT)]
    assert raised["c"] == "raised"
    assert raised["m"][0][1].startswith("PriceMissing ")
    tax, rate, audit = notes["117"], notes["118"], notes["120"]
    assert (tax["c"], rate["c"]) == ("stl", "stl")
    assert rate["m"][0][1:3] == ["1.0842", "for 719 calls"]
    assert tax["a"] == [["tax_for", "/code?range=6h&fn=pricing/shop.tax/tax_for"]]
    assert audit["m"][0][1] == "audit_line"
    assert 0.1 < audit["h"] < 0.4
    assert json.loads(json.dumps(notes)) == notes


def test_a_difference_carries_no_notes(ctx: Context) -> None:
    assert code_values.show_notes(ctx, with_extra(v="c7", **{"with": "c6"}), None) == {}


@pytest.mark.parametrize(
    "handler",
    [
        code_figures.show_verdict,
        code_figures.show_numbers,
        code_figures.show_versions,
        code_values.show_values,
    ],
)
def test_nothing_is_answered_while_no_function_or_another_tab_is_open(ctx: Context, handler: Any) -> None:
    for data in (
        START,
        url.as_data(replace(STATE, tab="traces")),
        url.as_data(replace(STATE, fn="a/b/nobody")),
    ):
        with pytest.raises(PreventUpdate):
            handler(ctx, data, None)


def test_failures_are_shown_in_the_part_that_failed() -> None:
    failure = Failure("The store did not answer.", "Again.")
    assert "The store did not answer." in texts(code._head_failed(failure)[2])
    assert "The store did not answer." in texts(code._source_failed(failure)[1])
    assert "The store did not answer." in texts(code_figures._history_failed(failure)[4])


def test_source_below_a_configured_root_is_read_from_disk(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("roots")
    (folder / "web.py").write_text(
        'def index():\n    api_key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"\n', encoding="utf-8"
    )
    settings = Settings(code=CodeSettings(source_roots=(str(folder),)))
    store = Store.open(folder / "db", settings.store, settings.staleness, lambda: NOW)
    call = FunctionCall(NOW - 10**9, "GET /", "web", "flask", exception="KeyError", message="id")
    call = replace(call, events=(traceback_event(call, ("web.py", 2, "index")),))
    span = span_in(call, 1)
    store.write([span._replace(attributes={"code.file.path": "web.py", "code.line.number": 2})])
    store.close()
    context = Context(
        settings, Reader.open(folder / "db"), status, SharedResults(), lambda: NOW, mask_code=Redactor().code
    )
    data = url.as_data(replace(STATE, fn="web/flask/GET /"))
    head, note, drawn, _ = code.show_source(context, data, None, None)
    assert [line["n"] for line in drawn["lines"]] == [1, 2]
    assert "read from disk" in texts(head)
    assert [one.to_plotly_json()["props"]["data-editor-file"] for one in find(head, "Button")] == [
        str(folder / "web.py")
    ]
    assert "sk_live" not in json.dumps(drawn)
    raised = code_values.show_notes(context, data, None)["2"]
    assert (raised["c"], raised["m"][0][1]) == ("raised", "KeyError 1")
    assert (note is not None) == ((folder / "web.py").stat().st_mtime_ns > NOW - 10**9)
