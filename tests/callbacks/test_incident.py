"""The incident view's handlers."""

from __future__ import annotations

from dash import no_update

from callbacks import incident
from dashboard import url
from dashboard.components.states import Failure
from dashboard.url import PageState
from queries.code_rank import RankedFunction, Ranking
from queries.kinds import ErrorKinds
from queries.limits import TimeRange
from tests.callbacks.conftest import MakeContext
from tests.support.page import HOUR, NOW, hrefs, kind, text
from tests.support.stored import Call

OPEN = url.as_data(PageState(extra={"view": "incident"}))
CLOSED = url.as_data(PageState())
RANGE = TimeRange(NOW - HOUR, NOW)


def changed(seen_ns: int) -> RankedFunction:
    return RankedFunction("pricing", "price_order", "shop", 9, 0, 0.0, 1, 1, 1, seen_ns, 2)


def test_the_grid_stands_until_the_url_asks_for_the_incident_view(context: MakeContext) -> None:
    figure, hidden, grid_hidden, _, switch = incident.show_incident(context(), 1, CLOSED, "dark")
    assert (figure, hidden, grid_hidden) == (no_update, True, False)
    assert hrefs(switch) == ["/?view=incident"]


def test_the_chart_takes_the_place_of_the_grid(context: MakeContext) -> None:
    ctx = context([Call(NOW - 10**9, exception="Boom")])
    figure, hidden, grid_hidden, _, switch = incident.show_incident(ctx, 1, OPEN, "light")
    assert (hidden, grid_hidden) == (False, True)
    assert sum(figure["data"][0]["y"]) == 1
    assert [shape["type"] for shape in figure["layout"]["shapes"]] == ["line"]
    assert hrefs(switch) == ["/"]


def test_new_errors_and_new_versions_inside_the_range_are_marked() -> None:
    kinds = ErrorKinds((kind(is_new=True, first_ns=NOW - 5), kind(is_new=False)), (), 2, False)
    ranked = Ranking(2, 1, (), (), (), (changed(NOW - 9), changed(NOW - 2 * HOUR)), ())
    marked = incident.marks(kinds, ranked, RANGE)
    assert [(mark.text, mark.kind) for mark in marked] == [
        ("price_order", "version"),
        ("CardDeclined", "error"),
    ]


def test_a_pressed_moment_becomes_the_range_of_every_tab(context: MakeContext) -> None:
    pressed = {"points": [{"customdata": str(NOW - HOUR // 2)}]}
    wish = incident.open_moment(context(), pressed, CLOSED)
    start, end = int(wish["start_ns"]), int(wish["end_ns"])
    assert end - start == HOUR // 12
    assert start < NOW - HOUR // 2 < end


def test_a_moment_of_a_short_range_opens_at_least_a_minute(context: MakeContext) -> None:
    pressed = {"points": [{"customdata": str(NOW)}]}
    wish = incident.open_moment(context(), pressed, url.as_data(PageState(range="5m")))
    assert int(wish["end_ns"]) - int(wish["start_ns"]) == 60 * 10**9


def test_a_press_beside_the_steps_opens_nothing(context: MakeContext) -> None:
    for pressed in (None, {}, {"points": []}, {"points": [{}]}, {"points": [{"customdata": "x"}]}):
        assert incident.open_moment(context(), pressed, CLOSED) is no_update


def test_a_failure_leaves_the_chart() -> None:
    *kept, meta, switch = incident.incident_failed(Failure("The store did not answer in 5 s.", "b"))
    assert {*kept, switch} == {no_update}
    assert text(meta) == "The store did not answer in 5 s."
