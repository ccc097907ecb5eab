"""The URL is the state: what is set goes into the link, and comes out of it the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import url
from dashboard.url import PageState
from queries.filters import Filter, parse, to_text
from tests.queries.made_filters import filters

NOW = 1_795_258_800 * 10**9
HOUR = 3600 * 10**9
TEXT = st.text(max_size=40)
TIMES = st.tuples(st.integers(1, 2 * 10**15), st.integers(1, 10**15)).map(
    lambda pair: (pair[0] * 1000, (pair[0] + pair[1] % (url.MAX_RANGE_NS // 1000) + 1) * 1000)
)
KEYS = st.from_regex(r"[a-z_]{1,12}", fullmatch=True).filter(
    lambda key: key not in {"range", "from", "to", "q", "trace", "span", "fn"}
)
STATES = st.builds(
    PageState,
    tab=st.sampled_from(list(url.PATHS)),
    range=st.sampled_from(list(url.PRESETS)),
    q=TEXT,
    trace=TEXT,
    span=TEXT,
    fn=TEXT,
    extra=st.dictionaries(KEYS, TEXT.filter(bool), max_size=4),
)


@given(STATES)
def test_every_state_survives_its_link(state: PageState) -> None:
    assert url.parse(*url.format(state)) == state


@given(STATES, TIMES)
def test_custom_ranges_survive_to_the_microsecond(state: PageState, times: tuple[int, int]) -> None:
    chosen = url.custom(state, *times)
    assert url.parse(*url.format(chosen)) == chosen


@given(STATES)
def test_the_filter_store_holds_the_whole_state(state: PageState) -> None:
    assert url.from_data(url.as_data(state)) == state


@given(filters, STATES)
def test_every_filter_survives_the_link(tree: Filter, state: PageState) -> None:
    again = url.parse(*url.format(replace(state, q=to_text(tree))))
    assert parse(again.q) == tree


def test_nanoseconds_travel_as_text_because_javascript_cannot_hold_them() -> None:
    data = url.as_data(url.custom(PageState(), NOW - HOUR, NOW))
    assert (data["start_ns"], data["end_ns"]) == (str(NOW - HOUR), str(NOW))


def test_the_first_page_needs_no_query() -> None:
    assert url.format(PageState()) == ("/", "")


@pytest.mark.parametrize(
    ("pathname", "tab"),
    [("/", "overview"), (None, "overview"), ("/traces", "traces"), ("/traces/", "traces"), ("/nowhere", "")],
)
def test_paths_name_tabs(pathname: str | None, tab: str) -> None:
    assert url.parse(pathname, "").tab == tab


@pytest.mark.parametrize(
    "search",
    [
        "?range=99y",
        "?from=yesterday&to=today",
        "?from=2026-11-21T10:00&to=2026-11-21T09:00",
        "?from=2026-11-21",
    ],
)
def test_what_cannot_be_read_falls_back_to_the_last_hour(search: str) -> None:
    assert url.parse("/", search) == PageState()


def test_times_without_an_offset_are_utc_and_others_are_converted() -> None:
    assert url.parse_time("2026-11-21T13:00") == url.parse_time("2026-11-21T14:00+01:00")


def test_times_before_1970_are_no_times() -> None:
    assert url.parse_time("1969-12-31T23:59") is None


def test_a_key_given_twice_counts_once_the_first_time() -> None:
    assert url.parse("/", "?q=one&q=two").q == "one"


def test_texts_are_bounded() -> None:
    state = url.parse("/", "?" + "&".join(f"k{n}={'x' * 5000}" for n in range(60)))
    assert len(state.extra) == url.MAX_EXTRA
    assert all(len(value) == url.MAX_TEXT for value in state.extra.values())


def test_a_custom_range_is_cut_to_30_days_at_its_start() -> None:
    state = url.custom(PageState(), 0, NOW)
    assert (state.start_ns, state.end_ns) == (NOW - url.MAX_RANGE_NS, NOW)


def test_earlier_shows_the_range_just_before() -> None:
    state = url.shifted(PageState(), -1, NOW)
    assert url.window_ns(state, NOW) == (NOW - 2 * HOUR, NOW - HOUR)


def test_earlier_then_later_is_where_one_began() -> None:
    assert url.shifted(url.shifted(PageState(), -1, NOW), 1, NOW) == PageState()


def test_later_stays_when_the_range_already_ends_now() -> None:
    assert url.shifted(PageState(range="6h"), 1, NOW) == PageState(range="6h")


def test_later_moves_a_past_range_by_its_width() -> None:
    state = url.custom(PageState(), NOW - 5 * HOUR, NOW - 4 * HOUR)
    assert url.window_ns(url.shifted(state, 1, NOW), NOW) == (NOW - 4 * HOUR, NOW - 3 * HOUR)


def test_another_tab_keeps_the_range_and_drops_the_rest() -> None:
    here = PageState("traces", "6h", q="group:a", trace="t", extra={"sort": "d"})
    assert url.changed(here, {"tab": "code"}, NOW) == PageState("code", "6h")


def test_changes_go_over_what_is_there() -> None:
    here = PageState("traces", q="group:a", trace="t", extra={"sort": "d", "view": "x"})
    there = url.changed(here, {"q": "group:b", "trace": None, "sort": "t", "view": None}, NOW)
    assert there == PageState("traces", q="group:b", extra={"sort": "t"})


def test_a_preset_takes_the_place_of_a_custom_range() -> None:
    here = url.custom(PageState(), NOW - HOUR, NOW)
    assert url.changed(here, {"range": "24h"}, NOW) == PageState(range="24h")


def test_a_range_that_ends_before_it_starts_changes_nothing() -> None:
    assert url.changed(PageState(), {"start_ns": str(NOW), "end_ns": "5"}, NOW) == PageState()


def test_a_link_changes_only_what_it_says() -> None:
    assert url.href(PageState("traces", "6h"), q="a b") == "/traces?range=6h&q=a+b"


def test_a_whole_address_is_a_wish_too_and_others_come_after_it() -> None:
    here = PageState("code", "6h", fn="a/b/c")
    assert url.changed(here, {"to": "/traces?q=x&range=24h#L3"}) == PageState("traces", "24h", q="x")
    assert url.changed(here, {"to": "/traces?range=24h", "range": "5m"}) == PageState("traces", "5m")


def test_what_is_wished_for_is_what_its_address_says() -> None:
    start = NOW - HOUR + 123
    wish = {"start_ns": str(start), "end_ns": str(NOW), "_": 3}
    data = url.wished(url.as_data(PageState("code")), wish, NOW)
    assert data["start_ns"] == str(start // 1000 * 1000)
    assert data["wish"] == 3
    assert url.wished(None, {"to": "/nowhere", "_": 1}, NOW)["tab"] == ""
