"""Charts, facets and differences over a real store; arrivals, series and comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import no_update

from callbacks import (
    traces_arrivals,
    traces_compare,
    traces_detail,
    traces_empty,
    traces_list,
    traces_query,
    traces_series,
    traces_survey,
)
from callbacks.context import Context
from callbacks.shared import SharedResults
from config import Settings, TraceSettings
from dashboard import url
from dashboard.components.states import Failure
from dashboard.url import PageState
from data.store import Store
from queries import survey_scan
from queries.base import Reader
from tests.support import shop
from tests.support.components import by_class, find, texts
from tests.support.page import HOUR, NOW, SECOND, hrefs, status, text

ORDER_NS = NOW - 60 * SECOND
HERE = url.as_data(PageState("traces"))


def open_context(directory: Path) -> Context:
    return Context(Settings(), Reader.open(directory), status, SharedResults(), lambda: NOW)


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """A failing order, 60 ordinary calls of the exchange rate that then stood still, and 250 other calls."""
    rates = [
        shop.span(f"{at + 9000:032x}", f"{at + 9000:016x}", "", "fx_rate", "pricing",
                  NOW - HOUR // 2 + at * SECOND, 1, primary=0,
                  observations=(shop.seen("return", rate(at), source="return"),))
        for at in range(60)
    ]  # fmt: skip
    spans = [*rates, *shop.failing_order(ORDER_NS), *shop.steady(NOW - HOUR + SECOND, 250)]
    context = open_context(shop.shop(tmp_path_factory.mktemp("shop"), spans, NOW))
    yield context
    context.reader.close()


def rate(at: int) -> float:
    """Another one each time, the same from the 40th on."""
    return 1.07 + at / 1000 if at < 40 else 1.0842


def query(q: str = "", **more: Any) -> dict[str, Any]:
    return {**url.as_data(PageState("traces", q=q)), "order": "newest", "serial": 3, **more}


def values(facets: list[Any], field: str) -> dict[str, str]:
    """Value → count of one facet."""
    facet = next(one for one in facets if one.to_plotly_json()["props"]["data-facet"] == field)
    return {find(line, "Button")[0].title: text(by_class(line, "ct")) for line in by_class(facet, "fv")}


def test_the_charts_count_every_matching_span(ctx: Context) -> None:
    data, _ = traces_survey.show_survey(ctx, query("status:error"))
    assert (data["spans"], data["exact"], data["serial"]) == (3, True, 3)
    assert sum(data["errors"]) == 3
    assert sum(map(sum, data["heat"])) == 3
    assert len(data["lows"]) == len(data["heat"]) + 1 >= 12


def test_a_facet_counts_as_if_its_own_choice_were_not_made(ctx: Context) -> None:
    _, facets = traces_survey.show_survey(ctx, query("status:error group:=payments"))
    assert values(facets, "group") == {"payments": "2", "orders": "1"}
    assert values(facets, "process") == {"acquirer.post": "1", "charge_card": "1"}
    assert [find(line, "Button")[0].title for line in by_class(facets, "on")] == ["payments", "error"]


def test_a_facet_that_is_estimated_says_so_beside_others_that_are_counted(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit, value in (("FEW", 50), ("ROUND_ROWS", 50), ("SECONDS", 0.0)):
        monkeypatch.setattr(survey_scan, limit, value)
    fresh = Context(Settings(), ctx.reader, status, SharedResults(), lambda: NOW)
    _, facets = traces_survey.show_survey(fresh, query("status:error"))
    assert all(count.startswith("≈") for count in values(facets, "status").values())
    assert values(facets, "group") == {"payments": "2", "orders": "1"}


def test_a_value_that_is_left_out_stands_first_and_struck_through(ctx: Context) -> None:
    _, facets = traces_survey.show_survey(ctx, query("-process:=fx_rate"))
    lines = by_class(facets, "ex")
    assert [find(line, "Button")[0].title for line in lines] == ["fx_rate"]
    assert next(iter(values(facets, "process"))) == "fx_rate"


def test_a_filter_that_cannot_be_read_has_no_charts(ctx: Context) -> None:
    assert traces_survey.show_survey(ctx, query("proces:x")) == (None, None)
    assert traces_survey.show_survey(ctx, None) == (no_update, no_update)


def test_a_selection_says_what_sets_it_apart(ctx: Context) -> None:
    wish = {
        "start_ns": str(NOW - HOUR),
        "end_ns": str(NOW),
        "low_ns": "1000000000",
        "high_ns": "1000000000000000",
    }
    shown = traces_survey.show_difference(ctx, wish, query())
    assert "in the selection of 3 spans" in text(shown)
    assert "status" in texts(shown)
    edits = [button.to_plotly_json()["props"] for button in by_class(shown, "share")]
    assert {
        "data-edit": "add",
        "data-field": "status",
        "data-op": "equals",
        "data-value": "error",
    }.items() <= next(edit for edit in edits if edit["data-field"] == "status").items()
    assert traces_survey.show_difference(ctx, {"start_ns": ""}, query()) is None


def test_a_selection_without_spans_says_so(ctx: Context) -> None:
    wish = {
        "start_ns": str(NOW - HOUR),
        "end_ns": str(NOW),
        "low_ns": "900000000000",
        "high_ns": "1000000000000",
    }
    assert "No span lies in the selection" in text(traces_survey.show_difference(ctx, wish, query()))


def test_the_longest_come_first_and_the_page_says_what_it_is(ctx: Context) -> None:
    page = traces_list.show_first(ctx, query(order="longest"))
    assert [row["process"] for row in page["rows"][:3]] == ["create_order", "charge_card", "acquirer.post"]
    assert page["top"] == "longest"
    after = traces_list.show_next(ctx, page)
    assert len({row["key"] for row in (*page["rows"], *after["rows"])}) == 200


@pytest.mark.parametrize(
    ("order", "first"), [("shortest", "fx_rate"), ("most-memory", "charge_card"), ("largest", "audit_line")]
)
def test_every_order_has_its_first(ctx: Context, order: str, first: str) -> None:
    page = traces_list.show_first(ctx, query(order=order))
    expected = {"largest": ("audit_line", "load_catalog")}.get(order, (first,))
    assert page["rows"][0]["process"] in expected


def test_the_slowest_are_those_above_their_own_usual(ctx: Context) -> None:
    page = traces_list.show_first(ctx, query(order="slowest"))
    assert page["rows"]
    assert all(row["process"] in ("audit_line", "load_catalog", "fx_rate") for row in page["rows"])


def test_further_columns_carry_their_values(ctx: Context) -> None:
    page = traces_list.show_first(
        ctx, query("status:error", cols="duration,attr.http.request.method,data.attempt,nonsense")
    )
    assert page["cols"] == "duration,attr.http.request.method,data.attempt"
    charge = next(row for row in page["rows"] if row["process"] == "charge_card")
    assert charge["extra"] == {"attr.http.request.method": "'POST'", "data.attempt": "3"}


def test_columns_follow_the_link_and_times_get_their_day_when_they_need_it(ctx: Context) -> None:
    shown = lambda range: traces_list.show_first(ctx, {**query(cols="duration"), "range": range})["columns"]  # noqa: E731
    heads = [column["head"] for column in shown("7d")]
    assert heads[-1] == "Duration"
    assert shown("7d")[4]["field"] == "when"
    assert shown("5m")[4]["field"] == "time"


def test_what_arrives_after_a_batch_is_counted_and_handed_over(tmp_path: Path) -> None:
    settings = Settings()
    store = Store.open(tmp_path, settings.store, settings.staleness, lambda: NOW)
    store.write(shop.steady(NOW - HOUR // 2, 3))
    context = open_context(tmp_path)
    wish = {"serial": 3, "q": "status:error", "batch": None}
    begun = traces_arrivals.show_arrived(context, wish)
    assert (begun["rows"], begun["matched"]) == ([], 0)
    store.write(shop.failing_order(ORDER_NS))
    store.close()
    found = traces_arrivals.show_arrived(context, {**wish, "batch": begun["batch"]})
    assert [row["process"] for row in found["rows"]] == ["acquirer.post", "charge_card", "create_order"]
    assert (found["matched"], found["gap"], found["serial"]) == (3, False, 3)
    assert traces_arrivals.show_arrived(context, None) is no_update


def test_a_number_over_time_has_its_stale_run(ctx: Context) -> None:
    wish = {"fn": "pricing/shop.pricing/fx_rate", "data": "return"}
    shown = traces_series.show_series(ctx, wish, "dark", None, HERE)
    said = text(shown)
    assert "61 values" in said
    assert "stale: same for 21 calls" in said
    figure = find(shown, "Chart")[0].figure
    assert [trace.get("fill") for trace in figure["data"]] == ["toself", None]
    assert figure["data"][1]["customdata"][-1] == [shop.TRACE, shop.FX.zfill(16)]


def test_a_text_over_time_is_a_strip_of_states_that_lead_to_their_calls(ctx: Context) -> None:
    shown = traces_series.show_series(
        ctx, {"fn": "orders/shop.orders/create_order", "data": "order_id"}, "dark", None, HERE
    )
    fields = by_class(shown, "state")
    assert [text(field) for field in fields] == ["ord_8F21C0"]
    assert f"trace={shop.TRACE}" in hrefs(shown)[0]


def test_a_series_that_is_not_there_says_so(ctx: Context) -> None:
    shown = traces_series.show_series(
        ctx, {"fn": "orders/shop.orders/create_order", "data": "colour"}, "light", None, HERE
    )
    assert "saw no colour in this range" in text(shown)
    assert traces_series.show_series(ctx, None, "dark", None, HERE) is None
    assert traces_series.show_series(ctx, {"fn": "nonsense", "data": "x"}, "dark", None, HERE) is None


def test_the_first_bad_value_is_told_with_its_path(ctx: Context) -> None:
    shown = traces_detail.show_first_bad(ctx, {"trace": shop.TRACE, "span": shop.FAILED}, HERE)
    said = text(shown)
    assert "First bad value fx_rate return 1.0842, stale: same for 21 calls" in said
    assert "reached rate" in said
    assert [link.children for link in find(shown, "Link")] == [
        "fx_rate",
        "price_order",
        "create_order",
        "charge_card",
    ]
    assert traces_detail.show_first_bad(ctx, {"trace": "00" * 16, "span": shop.FAILED}, HERE) is None
    assert traces_detail.show_first_bad(ctx, None, HERE) is None


def test_two_calls_stand_side_by_side(ctx: Context) -> None:
    pin = f"{shop.TRACE}:{shop.CHARGE.zfill(16)}"
    shown = traces_compare.show_comparison(
        ctx, {"pin": pin, "trace": shop.TRACE, "span": shop.ROOT.zfill(16)}
    )
    said = text(shown)
    assert "pinned only" in said
    assert "open only" in said
    same = traces_compare.show_comparison(ctx, {"pin": pin, "trace": shop.TRACE, "span": shop.FAILED})
    assert "the same calls on both sides" in text(same)
    assert "every value is equal" in text(same)


def test_comparing_needs_a_pin_that_is_still_there(ctx: Context) -> None:
    here = {"trace": shop.TRACE, "span": shop.FAILED}
    assert "Nothing is pinned" in text(traces_compare.show_comparison(ctx, {"pin": "", **here}))
    assert "not here any more" in text(
        traces_compare.show_comparison(ctx, {"pin": f"{'0' * 32}:{'0' * 16}", **here})
    )
    assert traces_compare.show_comparison(ctx, None) is no_update


def test_failures_reach_the_page_in_words() -> None:
    failure = Failure("It broke.", "Try again.")
    data, facets, _ = traces_survey.counts_failed(failure)
    assert data == {"error": "It broke."}
    assert "It broke." in text(facets)
    assert traces_arrivals.said(failure) == {"error": "It broke."}
    assert traces_detail.nothing(failure) is None


def test_own_spans_are_left_out_counted_and_one_press_away(tmp_path: Path) -> None:
    own = [
        shop.span(
            f"{at + 1:032x}", f"{at + 1:016x}", "", "find_spans", "flowglass", NOW - SECOND * (at + 1), 1
        )
        for at in range(7)
    ]
    context = open_context(shop.shop(tmp_path, [*own, *shop.failing_order(ORDER_NS)], NOW))
    shown = traces_survey.show_hidden(context, query())
    assert "7 of Flowglass' own hidden" in text(shown)
    assert "flowglass" in hrefs(shown)[0]
    assert traces_survey.show_hidden(context, query("group:=flowglass")) is None
    assert traces_survey.show_hidden(context, query("process:=price_order")) is None
    assert all(row["process"] != "find_spans" for row in traces_list.show_first(context, query())["rows"])
    context.reader.close()


def probes(count: int) -> list[Any]:
    return [
        shop.span(f"{at + 500:032x}", f"{at + 500:016x}", "", f"GET /api{at % 2}/health", "orders",
                  NOW - SECOND * (at + 1), 1)
        for at in range(count)
    ]  # fmt: skip


def test_health_probes_are_left_out_counted_and_shown_when_asked_for(tmp_path: Path) -> None:
    context = open_context(shop.shop(tmp_path, [*probes(6), *shop.failing_order(ORDER_NS)], NOW))
    listed = lambda **more: {row["process"] for row in traces_list.show_first(context, query(**more))["rows"]}  # noqa: E731
    assert "6 probes and other noise hidden" in text(traces_survey.show_hidden(context, query()))
    assert listed() == {"acquirer.post", "charge_card", "fx_rate", "price_order", "create_order"}
    assert "GET /api0/health" in listed(noise="1")
    shown = traces_survey.show_hidden(context, query(noise="1"))
    assert "6 probes and other noise shown" in text(shown)
    assert find(shown[0], "Button")[0].to_plotly_json()["props"]["data-noise"] == ""
    own_name = 'process:="GET /api1/health"'
    assert listed(q=own_name) == {"GET /api1/health"}
    assert traces_survey.show_hidden(context, query(own_name)) is None
    assert listed(q=f"-{own_name}") == listed()
    facets = texts(traces_survey.show_survey(context, query())[1])
    assert "GET /api0/health" not in facets
    context.reader.close()


def test_a_list_that_only_noise_would_fill_says_so(tmp_path: Path) -> None:
    context = open_context(shop.shop(tmp_path, probes(6), NOW))
    found = traces_empty.show_why(context, {"problem": None}, query("group:=orders"))
    assert "Only hidden spans are here" in text(found)
    assert traces_empty.look(context, traces_query.of_url(context, query(noise="1"))).hidden is False
    context.reader.close()


def test_no_pattern_is_no_noise(tmp_path: Path) -> None:
    directory = shop.shop(tmp_path, probes(2), NOW)
    settings = Settings(traces=TraceSettings(noise=()))
    context = Context(settings, Reader.open(directory), status, SharedResults(), lambda: NOW)
    assert len(traces_list.show_first(context, query())["rows"]) == 2
    assert traces_survey.show_hidden(context, query()) is None
    context.reader.close()


def test_a_time_that_is_jumped_to_begins_the_list_in_its_order(ctx: Context) -> None:
    at = NOW - HOUR + 101 * SECOND
    down = traces_list.show_first(ctx, query(at=str(at)))
    assert [int(row["ts"]) for row in down["rows"][:2]] == [at, at - SECOND]
    assert down["at"] == str(at)
    following = traces_list.show_next(ctx, {**down, "cursor": down["cursor"]}) if down["cursor"] else None
    assert following is None or all(int(row["ts"]) < at for row in following["rows"])
    up = traces_list.show_first(ctx, query(at=str(at), order="oldest"))
    assert [int(row["ts"]) for row in up["rows"][:2]] == [at, at + SECOND]
    whole = traces_list.show_first(ctx, query())["rows"][0]["ts"]
    for outside in ("5", str(NOW + HOUR), "soon"):
        assert traces_list.show_first(ctx, query(at=outside))["rows"][0]["ts"] == whole
    longest = traces_list.show_first(ctx, query(at=str(at), order="longest"))["rows"]
    assert longest[0]["process"] == "create_order"
