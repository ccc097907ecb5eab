from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from dashboard import fn, links, url
from dashboard.url import PageState

HERE = PageState(tab="alerts", range="6h", q="left behind", extra={"rule": "4"})


def opened(href: str) -> PageState:
    parts = urlsplit(href)
    return url.parse(parts.path, parts.query)


def test_a_link_to_code_keeps_the_range_and_drops_what_belonged_to_the_tab() -> None:
    state = opened(links.code(HERE, "shop", "shop.core", "GET /a b&c", v="abc"))
    assert (state.tab, state.range, state.q, state.extra) == ("code", "6h", "", {"v": "abc"})
    assert fn.read(state.fn) == fn.Fn("shop", "shop.core", "GET /a b&c")


def test_a_link_to_calls_quotes_what_it_filters_by() -> None:
    href = links.calls_of(HERE, "shop", 'say "hi"', "is:stale")
    assert parse_qs(urlsplit(href).query)["q"] == ['process:="say \\"hi\\"" group:="shop" is:stale']
    assert opened(href).tab == "traces"


def test_a_custom_range_goes_with_the_link() -> None:
    state = url.custom(HERE, 10**18, 10**18 + 10**9)
    assert opened(links.calls(state, "x")).start_ns == 10**18


def test_a_link_outward_carries_escaped_ids() -> None:
    assert links.external("", "ab", "cd") == ""
    assert links.external("https://x/{trace_id}#{span_id}", "a/b?", "c&d") == "https://x/a%2Fb%3F#c%26d"
