"""The Overview's handlers over a real store."""

from __future__ import annotations

from dash import no_update

from callbacks import overview
from dashboard import url
from dashboard.components.states import Failure
from dashboard.figures.groups import OTHERS
from dashboard.url import PageState
from tests.callbacks.conftest import MakeContext
from tests.support.page import HOUR, NOW, every, hrefs, status, text
from tests.support.stored import Call

MINUTE = 60 * 10**9
HERE = url.as_data(PageState())


def calls() -> list[Call]:
    """An hour with two groups: one well, one failing half of the time; each call returns something new."""
    well = [Call(NOW - at * MINUTE, "load", "catalog", value=at) for at in range(1, 40)]
    failing = [
        Call(
            NOW - at * MINUTE - 7,
            "charge",
            "payments",
            ms=30,
            exception="Timeout" if at % 2 else "",
            value=-at,
        )
        for at in range(1, 40)
    ]
    return well + failing


def test_before_the_first_span_the_page_says_how_to_send_one(context: MakeContext) -> None:
    first, first_hidden, body_hidden, still, sender = overview.show_first(context(), 1, 0)
    assert "Waiting for the first span" in text(first)
    assert (first_hidden, body_hidden, still, sender) == (False, True, False, "")


def test_the_first_span_of_others_opens_the_page(context: MakeContext) -> None:
    assert overview.show_first(context([Call(NOW)]), 1, 0) == (None, True, False, True, "pricing")


def test_our_own_spans_are_not_the_first(context: MakeContext) -> None:
    _, first_hidden, *_ = overview.show_first(context([Call(NOW, group="flowglass")]), 1, 0)
    assert first_hidden is False


def test_the_verdict_names_the_group_that_fails(context: MakeContext) -> None:
    verdict, *_ = overview.show_now(context(calls()), 1, HERE)
    assert "payments 51.3 % of calls fail, red above 5 %" in text(verdict)


def test_the_four_readings_are_of_the_range(context: MakeContext) -> None:
    _, rate, through, queue, writer, meta, notice = overview.show_now(context(calls()), 1, HERE)
    assert "20 of 78 spans" in text(rate)
    assert "traces/s" in text(through)
    assert "128spans" in text(queue)
    assert "OKsince" in text(writer)
    assert text(meta).startswith("20 in this range · ")
    assert notice is None


def test_another_range_shows_other_figures(context: MakeContext) -> None:
    here = url.as_data(PageState(range="5m"))
    _, rate, *_ = overview.show_now(context(calls()), 1, here)
    assert "of 8 spans" in text(rate)


def test_our_own_spans_are_in_no_figure(context: MakeContext) -> None:
    ctx = context([*calls(), *[Call(NOW - at, "poll", "flowglass", exception="Boom") for at in range(1, 50)]])
    _, rate, *_ = overview.show_now(ctx, 1, HERE)
    _, rows, *_ = overview.show_errors(ctx, 1, 1, HERE)
    assert "20 of 78 spans" in text(rate)
    assert "poll" not in text(rows)


def test_a_collector_that_is_down_is_the_first_cause(context: MakeContext) -> None:
    ctx = context(calls(), collector=status(reachable=False, why="nothing is listening on its port"))
    verdict, *_ = overview.show_now(ctx, 1, HERE)
    assert "collector is down: nothing is listening on its port" in text(verdict)


def test_groups_stale_values_and_foot(context: MakeContext) -> None:
    same = [Call(NOW - (30 - at) * MINUTE - 11, "fx_rate", "pricing", value=1.0842) for at in range(20)]
    ctx = context(calls() + same)
    figure, total = overview.show_pie(ctx, 1, HERE, "light")
    groups, meta = overview.show_groups(ctx, 1, HERE)
    stale, stale_meta, foot = overview.show_kept(ctx, 1, HERE)
    assert figure["data"][0]["labels"] == ["catalog", "payments", "pricing"]
    assert text(total).endswith("spans/s")
    assert "payments" in text(groups)
    assert text(meta).startswith("3 groups · ")
    assert "fx_ratereturn1.084220" in text(stale)
    assert text(stale_meta).startswith("1")
    assert "98 spans" in text(foot)


def test_an_empty_range_is_shown_as_empty(context: MakeContext) -> None:
    here = url.as_data(url.custom(PageState(), NOW - 30 * HOUR, NOW - 29 * HOUR))
    verdict, *_ = overview.show_now(context(calls()), 1, here)
    _, rows, instead, rows_hidden, _ = overview.show_errors(context(calls()), 1, 1, here)
    figure, _ = overview.show_pie(context(calls()), 1, here, None)
    groups, _ = overview.show_groups(context(calls()), 1, here)
    assert "Nothing was traced in this range" in text(verdict)
    assert (rows, rows_hidden) == ([], True)
    assert figure["data"][0]["values"] == []
    _, ranked, _ = overview.show_processes(context(calls()), 1, here)
    for panel in (instead, groups, ranked):
        assert "Nothing was traced in this range" in text(panel)
        assert hrefs(panel) == ["/?range=24h"]


def test_the_longest_range_offers_no_longer_one(context: MakeContext) -> None:
    here = url.as_data(PageState(range="30d"))
    _, ranked, _ = overview.show_processes(context(), 1, here)
    assert "Nothing was traced in the last 30 days" in text(ranked)
    _, ranked, _ = overview.show_processes(context(), 1, url.as_data(PageState(range="24h")))
    assert hrefs(ranked) == ["/?range=30d"]


def test_the_first_minute_says_that_data_is_being_collected(context: MakeContext) -> None:
    young = status(started_ns=NOW - 59 * 10**9)
    ctx = context(collector=young)
    verdict, *_ = overview.show_now(ctx, 1, HERE)
    _, _, instead, *_ = overview.show_errors(ctx, 1, 1, HERE)
    groups, meta = overview.show_groups(ctx, 1, HERE)
    for panel in (verdict, instead, groups):
        assert "Collecting data…" in text(panel)
    assert text(meta) == "0 groups · collecting data… updated 0 s ago"
    _, old = overview.show_groups(context(), 1, HERE)
    assert text(old) == "0 groups · updated 0 s ago"


def test_a_range_without_errors_is_good_news(context: MakeContext) -> None:
    _, _, instead, *_ = overview.show_errors(context([Call(NOW - MINUTE)]), 1, 1, HERE)
    assert "No error in this range" in text(instead)


def test_a_slice_opens_its_group(context: MakeContext) -> None:
    pressed = {"points": [{"label": 'the "best" one'}]}
    assert overview.open_group(context(), pressed, HERE) == {
        "tab": "traces",
        "q": 'group:="the \\"best\\" one"',
    }


def test_the_slice_of_all_others_and_no_slice_open_nothing(context: MakeContext) -> None:
    assert overview.open_group(context(), {"points": [{"label": OTHERS}]}, HERE) is no_update
    assert overview.open_group(context(), None, HERE) is no_update
    assert overview.open_group(context(), {"points": []}, HERE) is no_update


def test_a_failure_leaves_the_numbers_and_says_why_above_them() -> None:
    *kept, notice = overview.now_failed(Failure("The store did not answer in 5 s.", "It is tried again."))
    assert set(map(id, kept)) == {id(no_update)}
    assert "The store did not answer in 5 s." in text(notice)
    assert every(notice, type="Button")


def test_a_panel_that_cannot_be_renewed_keeps_its_numbers_and_says_why() -> None:
    table, head, foot = overview.head_failed(1)(Failure("The store did not answer in 5 s.", "Again soon."))
    assert (table, text(head), foot) == (no_update, "The store did not answer in 5 s.", no_update)


def test_an_error_leads_to_its_trace(context: MakeContext) -> None:
    _, rows, *_ = overview.show_errors(context(calls()), 1, 1, HERE)
    assert len(rows) == 10
    assert all(href.startswith("/traces?q=trace:") for href in hrefs(rows))


def test_more_shows_more_errors_and_fewer_again(context: MakeContext) -> None:
    here = url.as_data(PageState(extra={"more": "1"}))
    views, rows, *_ = overview.show_errors(context(calls()), 1, 1, here)
    assert len(rows) == 20
    assert hrefs(views) == ["/?more=1", "/?errors=kinds&more=1", "/"]


def test_errors_by_kind_stand_in_place_of_the_last(context: MakeContext) -> None:
    here = url.as_data(PageState(extra={"errors": "kinds"}))
    _, rows, kinds, rows_hidden, kinds_hidden = overview.show_errors(context(calls()), 1, 1, here)
    assert (rows, rows_hidden, kinds_hidden) == ([], True, False)
    assert "Timeoutnewcharge" in text(kinds)
    assert text(kinds).endswith("last 1 min ago20")


def test_the_slowest_and_the_most_failing_processes(context: MakeContext) -> None:
    views, slow, meta = overview.show_processes(context(calls()), 1, HERE)
    assert text(meta).startswith("2 called · ")
    assert [view.className for view in views] == ["on", "", "", ""]
    assert [text(row) for row in every(slow, type="Tr")[1:]] == [
        "chargepayments0.0112051.330.0",
        "loadcatalog0.01100.020.0",
    ]
    _, failing, _ = overview.show_processes(
        context(calls()), 1, url.as_data(PageState(extra={"top": "failing"}))
    )
    assert [text(row)[:6] for row in every(failing, type="Tr")[1:]] == ["charge"]


def test_error_types_are_counted(context: MakeContext) -> None:
    here = url.as_data(PageState(extra={"top": "types"}))
    _, types, _ = overview.show_processes(context(calls()), 1, here)
    assert [text(row) for row in every(types, type="Tr")[1:]] == ["Timeout20100.0"]
