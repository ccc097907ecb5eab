"""The open span and the open trace, over a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from dash import no_update

from callbacks import traces_detail, traces_outline
from callbacks.context import Context
from callbacks.shared import SharedResults
from config import LinkSettings, Settings
from dashboard import url
from dashboard.components.states import Failure
from dashboard.url import PageState
from queries.base import Reader
from tests.support import shop
from tests.support.components import by_class, find, texts
from tests.support.page import NOW, SECOND, hrefs, status, text

HERE = url.as_data(PageState("traces", range="6h"))
PICK = {"trace": shop.TRACE, "span": shop.FAILED}


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    directory = shop.shop(tmp_path_factory.mktemp("shop"), shop.failing_order(NOW - 60 * SECOND), NOW)
    context = Context(Settings(), Reader.open(directory), status, SharedResults(), lambda: NOW)
    yield context
    context.reader.close()


def part(lower: list[Any], key: str) -> Any:
    return next(one for one in lower if one.to_plotly_json()["props"].get("data-body") == key)


def tabs(lower: list[Any]) -> list[str]:
    return [text(button) for button in find(lower[0], "Button")]


def test_a_trace_opens_in_the_tool_that_the_settings_name(ctx: Context) -> None:
    address = "https://jaeger.example.com/trace/{trace_id}?uiFind={span_id}"
    outside = replace(ctx, settings=Settings(links=LinkSettings(external_trace=address)))
    head, _, _ = traces_detail.show_span(outside, PICK, HERE)
    (link,) = [
        one.to_plotly_json()["props"] for one in find(head, "A") if getattr(one, "target", "") == "_blank"
    ]
    assert link["href"] == f"https://jaeger.example.com/trace/{shop.TRACE}?uiFind={shop.FAILED}"
    assert (link["rel"], link["aria-label"]) == (
        "noopener noreferrer",
        "Open this trace on jaeger.example.com",
    )
    plain, _, _ = traces_detail.show_span(ctx, PICK, HERE)
    assert not any(getattr(one, "target", "") == "_blank" for one in find(plain, "A"))


def test_the_head_says_what_the_span_is_and_what_went_wrong(ctx: Context) -> None:
    head, _, shown = traces_detail.show_span(ctx, PICK, HERE)
    said = text(head)
    for words in (
        "charge_card",
        "ERROR",
        "payments",
        "14:01:36.170",
        "3.00 s",
        "+8.19 kB",
        "GatewayTimeout: no answer",
    ):
        assert words in said
    assert "/code?range=6h&fn=payments/shop.payments/charge_card" in hrefs(head)
    assert shown == PICK


def test_every_value_stands_in_the_table_as_it_was_seen(ctx: Context) -> None:
    _, lower, _ = traces_detail.show_span(ctx, PICK, HERE)
    said = [texts(row) for row in find(find(part(lower, "values"), "Tbody"), "Tr")]
    assert said[1] == ["amount", "Decimal", "140.84"]
    assert said[2] == ["currency", "str", "'USD'"]
    assert "A-1043 B-220 C-991 " * 30 in said[5][2]
    assert text(find(part(lower, "values"), "B")) == "amount"


def test_there_is_a_tab_for_each_thing_the_span_has(ctx: Context) -> None:
    _, lower, _ = traces_detail.show_span(ctx, PICK, HERE)
    assert tabs(lower) == ["Values6", "Exception", "Attributes2", "Events", "Links", "Resource2"]
    _, lower, _ = traces_detail.show_span(ctx, {"trace": shop.TRACE, "span": shop.FX.zfill(16)}, HERE)
    assert tabs(lower) == ["Values1", "Resource2"]


def test_frames_of_the_traceback_lead_to_the_functions_that_are_traced(ctx: Context) -> None:
    _, lower, _ = traces_detail.show_span(ctx, PICK, HERE)
    frames = find(part(lower, "exception"), "Li")
    assert next(text(find(frame, "Code")) for frame in frames).startswith("raise GatewayTimeout")
    assert [hrefs(frame) for frame in frames] == [
        [],
        ["/code?range=6h&fn=payments/shop.payments/charge_card"],
        ["/code?range=6h&fn=orders/shop.orders/create_order"],
    ]


def test_events_links_and_resource_are_there(ctx: Context) -> None:
    _, lower, _ = traces_detail.show_span(ctx, PICK, HERE)
    assert "+1.00 ms retry" in " ".join(texts(part(lower, "events")))
    assert hrefs(part(lower, "links")) == [f"/traces?range=6h&trace={shop.TRACE}&span={shop.PRICE.zfill(16)}"]
    resource = text(part(lower, "resource"))
    assert "till-1" in resource
    assert "shop.payments" in resource


def test_an_attribute_can_become_a_filter(ctx: Context) -> None:
    _, lower, _ = traces_detail.show_span(ctx, PICK, HERE)
    names = by_class(part(lower, "attributes"), "as-filter")
    props = names[0].to_plotly_json()["props"]
    assert (props["data-field"], props["data-op"], props["data-value"]) == (
        "attr.http.request.method",
        "equals",
        "POST",
    )


def test_a_trace_without_a_span_opens_at_its_first(ctx: Context) -> None:
    head, _, shown = traces_detail.show_span(ctx, {"trace": shop.TRACE, "span": ""}, HERE)
    assert "create_order" in text(head)
    assert shown["span"] == shop.ROOT.zfill(16)


@pytest.mark.parametrize("pick", [{"trace": "00" * 16, "span": ""}, {"trace": "nonsense", "span": "zz"}])
def test_a_span_that_is_not_stored_is_said_to_be_gone(ctx: Context, pick: dict[str, str]) -> None:
    head, lower, _ = traces_detail.show_span(ctx, pick, HERE)
    assert "This span is not here" in text(head)
    assert lower is None


def test_no_open_span_shows_nothing(ctx: Context) -> None:
    assert traces_detail.show_span(ctx, {"trace": "", "span": ""}, HERE) == (None, None, None)
    assert traces_detail.show_span(ctx, None, None) == (None, None, None)


def test_the_outline_has_each_call_with_its_caller_relative_to_the_first(ctx: Context) -> None:
    data = traces_outline.show_outline(ctx, {"trace": shop.TRACE, "cursor": None})
    assert data["first"] is True
    assert (data["spans"], data["cursor"]) == (5, None)
    assert data["base"] == str(NOW - 60 * SECOND)
    ids = [(row[0][-2:], row[1][-2:], data["names"][row[2]][0]) for row in data["rows"]]
    assert ids[0] == ("a1", "", "create_order")
    assert ids[4] == ("a5", "a4", "acquirer.post")
    assert [row[3] for row in data["rows"]][:3] == [0, 6_000_000, 119_000_000]
    assert [row[5] for row in data["rows"]] == [1, 0, 0, 1, 1]
    assert data["rows"][4][6] == "ReadTimeout"


def test_a_trace_that_is_not_stored_has_an_empty_outline(ctx: Context) -> None:
    data = traces_outline.show_outline(ctx, {"trace": "no such id", "cursor": None})
    assert (data["rows"], data["spans"]) == ([], 0)


def test_the_raw_span_is_otlp_json(ctx: Context) -> None:
    shown = traces_outline.show_raw(ctx, PICK)
    sent = json.loads(find(shown, "Pre")[0].children)
    assert sent["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"] == "charge_card"
    assert traces_outline.show_raw(ctx, {"trace": shop.TRACE, "span": "00" * 8}) is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("process:charge*", ["a4"]),
        ("status:error", ["a1", "a4", "a5"]),
        ("1.0842", ["a3", "a4"]),
        ("answer", ["a1", "a4"]),
    ],
)
def test_a_trace_is_searched_with_the_filter_s_own_language(
    ctx: Context, wanted: str, found: list[str]
) -> None:
    answer = traces_outline.find_in_trace(
        ctx, {"trace": shop.TRACE, "base": str(NOW - 60 * SECOND), "text": wanted}
    )
    assert [each[-2:] for each in answer["ids"]] == found
    assert answer["more"] is False


def test_a_search_that_cannot_be_read_finds_nothing_and_says_why(ctx: Context) -> None:
    answer = traces_outline.find_in_trace(ctx, {"trace": shop.TRACE, "base": "1", "text": "statu:x"})
    assert answer["ids"] == []
    assert "no field statu" in answer["problem"]


def test_nothing_asked_is_nothing_done(ctx: Context) -> None:
    for handler in (traces_outline.show_outline, traces_outline.show_raw, traces_outline.find_in_trace):
        assert handler(ctx, None) is no_update


def test_failures_are_said_where_they_belong() -> None:
    failure = Failure("It broke.", "Try again.")
    head, lower, shown = traces_detail.span_failed(failure)
    assert "It broke." in text(head)
    assert (lower, shown) == (None, no_update)
    assert traces_outline.outline_failed(failure) == {"error": "It broke. Try again."}
