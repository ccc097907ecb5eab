from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from dashboard import url
from dashboard.components import stale_values
from dashboard.url import PageState
from tests.support.components import by_class, rows_of, texts
from tests.support.page import HOUR, NOW, SECOND, hrefs, stale

STATE = PageState("alerts", range="1h")


def opened(href: str) -> tuple[PageState, str]:
    parts = urlsplit(href)
    return url.parse(parts.path, parts.query), parse_qs(parts.query)["q"][0]


def test_a_row_says_what_how_often_for_how_long_and_since_when() -> None:
    shown = stale_values.listed([stale(last_ns=NOW - 3 * SECOND)], STATE, NOW, 5)
    (row,) = rows_of(shown)
    assert texts(row) == [
        "stale: ", "fx_rate.return", "pricing", "float", "1.0842", "412", "59 min 57 s", "21 Nov 13:02",
        "3 s ago",
    ]  # fmt: skip


def test_the_longest_run_has_the_longest_hatch() -> None:
    shown = stale_values.listed([stale(run=412), stale(run=6, data="tax")], STATE, NOW, 5)
    widths = [int(bar.style["width"].removesuffix("px")) for bar in by_class(shown, "rep")]
    assert widths[0] == stale_values.BAR_PX
    assert stale_values.MIN_BAR_PX <= widths[1] < widths[0] / 2


def test_the_calls_of_the_run_open_from_its_start() -> None:
    value = stale(since_ns=NOW - 5 * HOUR)
    state, q = opened(stale_values.calls_href(value, STATE, NOW))
    assert state.tab == "traces"
    assert q == 'process:="fx_rate" group:="pricing" data.return:="1.0842"'
    assert state.start_ns is not None
    assert state.start_ns <= value.since_ns


def test_a_run_inside_the_range_keeps_the_range() -> None:
    state, _ = opened(stale_values.calls_href(stale(since_ns=NOW - HOUR // 2), STATE, NOW))
    assert (state.range, state.start_ns) == ("1h", None)


def test_values_and_names_that_cannot_stand_in_a_filter_are_left_out() -> None:
    _, long = opened(stale_values.calls_href(stale(data_value="x" * 500), STATE, NOW))
    _, odd = opened(stale_values.calls_href(stale(data="a b"), STATE, NOW))
    assert long.endswith("data.return:*")
    assert odd == 'process:="fx_rate" group:="pricing"'


def test_the_code_that_made_it_is_a_click_away() -> None:
    shown = stale_values.listed([stale()], STATE, NOW, 5)
    assert "/code?fn=pricing/shop.fx/fx_rate" in hrefs(shown)


def test_a_very_long_value_is_cut_in_the_cell_and_whole_in_its_title() -> None:
    shown = stale_values.listed([stale(data_value="y" * 900, data_type="str")], STATE, NOW, 5)
    (cell,) = by_class(shown, "v")
    assert len(cell.children) == stale_values.MAX_VALUE
    assert len(cell.title) == 902


def test_without_stale_values_the_page_reassures() -> None:
    shown = stale_values.listed([], STATE, NOW, 5)
    assert "Every value is still changing" in texts(shown)
    assert "more than 5 times in a row" in " ".join(texts(shown))


def test_a_rule_about_it_begins_where_it_stands() -> None:
    parts = urlsplit(stale_values.alert_href(stale(), STATE))
    state = url.parse(parts.path, parts.query)
    assert (state.tab, state.q) == ("alerts", 'process:="fx_rate" group:="pricing"')
    assert dict(state.extra) == {"new": "stale", "data": "return", "name": "fx_rate.return"}
