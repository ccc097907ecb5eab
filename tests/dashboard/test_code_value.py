"""One value in detail: what was seen of it, and the ways to its calls."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from dashboard.components import code_value
from dashboard.fn import Fn
from dashboard.url import PageState
from queries.code_stale import StaleHere
from queries.code_values import Seen, Unusual, ValueSeries
from tests.support.components import texts
from tests.support.page import hrefs, text

FN = Fn("pricing", "shop.core", "price_order")
STATE = PageState("code", range="6h", extra={"h": "calls", "value": "arg.amount"})
SERIES = ValueSeries(
    "arg", "amount", (("float", 995), ("NoneType", 5)), 1000, 5, 300,
    (Seen(2.5, "float"),), 1.0, 9.5, 9.0, (1,),
    ((Seen(2.5, "float"), 400), (Seen(None, "NoneType"), 5)),
    (
        Unusual("above", 9.0, Seen(9.5, "float"), 10), Unusual("below", 1.5, Seen(1.0, "float"), 3),
        Unusual("type", None, Seen(None, "NoneType"), 1), Unusual("value", None, Seen('a "b"', "str"), 2),
    ),
)  # fmt: skip


def queries(series: ValueSeries) -> list[str]:
    """The filter texts of all links to calls."""
    found = hrefs(code_value.detail(series, None, FN, STATE))
    return [parse_qs(urlsplit(href).query)["q"][0] for href in found if href.startswith("/traces")]


def test_every_figure_of_a_value_is_said() -> None:
    shown = texts(code_value.detail(SERIES, None, FN, STATE))
    for words in (
        "float 995, NoneType 5",
        "300 in 1,000 calls",
        "0.5 %",
        "1 to 9.5",
        "400, 40 %",
        "argument",
    ):
        assert words in shown
    run = StaleHere(("pricing", "price_order", "shop.core"), "amount", "float", 2.5, 12, 0)
    assert "the same for 12 calls, since 1 Jan 00:00" in texts(code_value.detail(SERIES, run, FN, STATE))


def test_common_and_unusual_values_lead_to_their_calls() -> None:
    of = 'process:="price_order" group:="pricing" '
    assert queries(SERIES) == [
        of + "data.amount:*",
        of + 'data.amount:="2.5"',
        of + "data.amount:>9",
        of + "data.amount:<1.5",
        of + 'data.amount:="a \\"b\\""',
    ]
    assert "above 9" in texts(code_value.detail(SERIES, None, FN, STATE))
    assert "1 call" in texts(code_value.detail(SERIES, None, FN, STATE))


def test_a_return_and_a_long_text_are_asked_for_in_their_own_way() -> None:
    long = "x" * 199 + "…"
    series = replace(SERIES, source="return", name="return", common=((Seen(long, "str"), 1),), unusual=())
    assert queries(series)[1].endswith('return:"' + "x" * 199 + '"')
    assert "No call stands out" in text(code_value.detail(series, None, FN, STATE))


def test_the_way_in_and_the_way_back_keep_the_rest_of_the_page() -> None:
    assert "value=arg.amount" in code_value.href(SERIES, FN, STATE)
    assert "h=calls" in code_value.href(SERIES, FN, STATE)
    back = hrefs(code_value.detail(SERIES, None, FN, STATE))[0]
    assert "value=" not in back
    assert "h=calls" in back
    assert code_value.chosen([SERIES], "arg.amount") is SERIES
    assert code_value.chosen([SERIES], "return.amount") is None
