"""The list's handlers over a real store: pages, calls of a row, and why there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import no_update

from callbacks import traces_empty, traces_list
from callbacks.context import Context
from callbacks.shared import SharedResults
from config import Settings
from dashboard import url
from dashboard.components.states import Failure
from dashboard.url import PageState
from queries.base import Reader
from tests.support import shop
from tests.support.components import find, texts
from tests.support.page import HOUR, NOW, SECOND, status, text
from tests.support.stored import Call, stored

ORDER_NS = NOW - 60 * SECOND


def open_context(directory: Path) -> Context:
    return Context(Settings(), Reader.open(directory), status, SharedResults(), lambda: NOW)


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """A shop with one failing order and 250 calls before it."""
    spans = [*shop.failing_order(ORDER_NS), *shop.steady(NOW - HOUR + SECOND, 250)]
    ours = shop.span("ee" * 16, "ee", "", "show_list", "flowglass", ORDER_NS, 1)
    context = open_context(shop.shop(tmp_path_factory.mktemp("shop"), [*spans, ours], NOW))
    yield context
    context.reader.close()


def query(q: str = "", serial: int = 1, **state: Any) -> dict[str, Any]:
    """What the page's script makes of a URL."""
    return {**url.as_data(PageState("traces", q=q, **state)), "order": "newest", "serial": serial}


def processes(page: dict[str, Any]) -> list[str]:
    return [row["process"] for row in page["rows"]]


def test_the_first_page_has_the_newest_spans_and_says_where_to_go_on(ctx: Context) -> None:
    page = traces_list.show_first(ctx, query(serial=7))
    assert processes(page)[:5] == ["acquirer.post", "charge_card", "fx_rate", "price_order", "create_order"]
    assert len(page["rows"]) == 100
    assert page["cursor"]
    assert page["serial"] == 7
    assert (page["start_ns"], page["end_ns"]) == (str(NOW - HOUR), str(NOW))


def test_the_pages_after_it_hold_every_other_span_once(ctx: Context) -> None:
    page = traces_list.show_first(ctx, query())
    keys = [row["key"] for row in page["rows"]]
    while page["cursor"]:
        page = traces_list.show_next(ctx, page)
        keys += [row["key"] for row in page["rows"]]
    assert len(keys) == len(set(keys)) == 255


def test_the_oldest_come_first_when_asked_for(ctx: Context) -> None:
    page = traces_list.show_first(ctx, {**query(), "order": "oldest"})
    stamps = [int(row["ts"]) for row in page["rows"]]
    assert stamps == sorted(stamps)
    assert page["order"] == "oldest"
    assert int(traces_list.show_next(ctx, page)["rows"][0]["ts"]) >= stamps[-1]


def test_the_filter_of_the_url_decides(ctx: Context) -> None:
    page = traces_list.show_first(ctx, query("status:error group:=payments"))
    assert processes(page) == ["acquirer.post", "charge_card"]
    assert page["cursor"] is None


def test_edits_of_the_filter_are_answered_with_the_text_after_them_and_its_rows(ctx: Context) -> None:
    edits = [{"do": "errors"}, {"do": "group", "value": "payments"}]
    page = traces_list.show_first(ctx, {**query(), "edits": edits})
    assert page["q"] == "status:error group:=payments"
    assert processes(page) == ["acquirer.post", "charge_card"]


def test_an_edit_that_cannot_be_done_is_refused_with_the_reason(ctx: Context) -> None:
    wrong = {"do": "add", "field": "durtion", "op": ">", "value": "1s"}
    page = traces_list.show_first(ctx, {**query(serial=4), "edits": [wrong]})
    assert page["serial"] == 4
    assert "did you mean duration" in page["refused"]


def test_our_own_spans_are_hidden_until_their_group_is_named(ctx: Context) -> None:
    assert processes(traces_list.show_first(ctx, query("process:=show_list"))) == []
    named = traces_list.show_first(ctx, query("group:=flowglass"))
    assert processes(named) == ["show_list"]
    switched_off = traces_list.show_first(ctx, query("~group:=flowglass process:=show_list"))
    assert processes(switched_off) == []


def test_a_custom_range_is_taken_as_it_is(ctx: Context) -> None:
    page = traces_list.show_first(ctx, query(range="", start_ns=ORDER_NS, end_ns=ORDER_NS + SECOND))
    assert len(page["rows"]) == 5
    assert page["start_ns"] == str(ORDER_NS)


def test_a_filter_that_cannot_be_read_is_a_problem_and_no_page(ctx: Context) -> None:
    page = traces_list.show_first(ctx, query("proces:x"))
    assert page["rows"] == []
    assert page["problem"]["error"]["suggestion"] == "process"


def test_a_row_opens_to_the_calls_it_made_in_start_order(ctx: Context) -> None:
    wish = {"row": "some/row", "trace": shop.TRACE, "span": shop.ROOT.zfill(16), "cursor": None}
    answer = traces_list.show_calls(ctx, wish)
    assert answer["row"] == "some/row"
    assert processes(answer) == ["price_order", "charge_card"]
    assert [row["kids"] for row in answer["rows"]] == [True, True]


def test_the_calls_of_a_busy_row_come_page_by_page(tmp_path: Path) -> None:
    kids = [
        shop.span(shop.TRACE, f"{at + 1:x}", "ffff", "line", "orders", ORDER_NS + at, 1) for at in range(130)
    ]
    context = open_context(shop.shop(tmp_path, kids, NOW))
    wish = {"row": "r", "trace": shop.TRACE, "span": "ffff".zfill(16), "cursor": None}
    first = traces_list.show_calls(context, wish)
    second = traces_list.show_calls(context, {**wish, "cursor": first["cursor"]})
    assert (len(first["rows"]), len(second["rows"]), second["cursor"]) == (100, 30, None)


def test_nothing_asked_is_nothing_done(ctx: Context) -> None:
    assert traces_list.show_first(ctx, None) is no_update
    assert traces_list.show_next(ctx, None) is no_update
    assert traces_list.show_calls(ctx, None) is no_update
    assert traces_empty.show_why(ctx, None, query()) is no_update


def test_a_failure_reaches_the_page_in_words(ctx: Context) -> None:
    failure = Failure("The store did not answer.", "It is tried again.", "why")
    page = traces_list.first_failed(failure)
    shown = traces_empty.show_why(ctx, {"problem": page["problem"]}, query())
    assert "The store did not answer." in texts(shown)
    assert traces_list.said(failure) == {"error": "The store did not answer. It is tried again."}


def why(context: Context, data: dict[str, Any]) -> Any:
    return traces_empty.show_why(context, {"problem": None}, data)


def test_an_empty_list_names_the_part_of_the_filter_that_emptied_it(ctx: Context) -> None:
    shown = why(ctx, query("group:=payments duration:>1h status:error"))
    assert "duration above 1h" in text(shown)
    drops = [button.to_plotly_json()["props"] for button in find(shown, "Button")]
    assert [(drop["data-edit"], drop["data-part"]) for drop in drops] == [("remove", "duration:>1h")]


def test_when_no_single_part_is_to_blame_the_whole_filter_can_go(ctx: Context) -> None:
    shown = why(ctx, query("process:nobody group:=nowhere"))
    assert "More than one part" in text(shown)
    assert find(shown, "Button")[0].to_plotly_json()["props"]["data-edit"] == "clear"


def test_a_part_that_is_switched_off_is_never_blamed(ctx: Context) -> None:
    shown = why(ctx, query("~status:error process:nobody"))
    assert [button.to_plotly_json()["props"]["data-part"] for button in find(shown, "Button")] == [
        "process:nobody"
    ]


def test_a_range_without_spans_offers_one_that_has_some(tmp_path: Path) -> None:
    context = open_context(stored(tmp_path, [Call(NOW - 5 * HOUR)], NOW))
    shown = why(context, query())
    assert "No spans in this range" in text(shown)
    assert "5 h ago" in text(shown)
    assert find(shown, "Button")[0].to_plotly_json()["props"]["data-range"] == "6h"


def test_a_store_without_spans_says_so(tmp_path: Path) -> None:
    assert "No span has come yet" in text(why(open_context(tmp_path), query("status:error")))


def test_a_filter_that_cannot_be_read_offers_what_was_meant(ctx: Context) -> None:
    page = traces_list.show_first(ctx, query("proces:x"))
    shown = traces_empty.show_why(ctx, {"problem": page["problem"]}, query("proces:x"))
    assert "cannot be read" in text(shown)
    assert find(shown, "Button")[0].to_plotly_json()["props"]["data-suggest"] == "process"


def test_a_page_says_after_which_commit_it_was_searched(ctx: Context) -> None:
    assert traces_list.show_first(ctx, query())["batch"] > 0
