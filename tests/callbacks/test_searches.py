"""A newer search of a page ends the older ones, wherever they are; other pages are left alone."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from dash.exceptions import PreventUpdate

from callbacks import guard, traces_list, traces_survey
from callbacks.context import Context
from callbacks.searches import Searches, newest_only
from dashboard import url
from dashboard.url import PageState
from queries.errors import QueryGivenUp
from tests.callbacks.conftest import MakeContext
from tests.queries.test_base import ENDLESS
from tests.support.page import NOW, SECOND
from tests.support.stored import Call

FOREVER_SECONDS = 3_600.0


def query(serial: int, page: str = "one", **state: Any) -> dict[str, Any]:
    return {**url.as_data(PageState("traces", **state)), "order": "newest", "serial": serial, "page": page}


@pytest.fixture
def ctx(context: MakeContext) -> Context:
    return context([Call(NOW - SECOND)])


class Endless:
    """A handler whose one statement never ends by itself."""

    def __init__(self) -> None:
        self.began = Event()

    def __call__(self, ctx: Context, data: dict[str, Any]) -> Any:
        with ctx.reader.session(FOREVER_SECONDS) as session:
            self.began.set()
            return session.main(ENDLESS)

    __name__ = "show_endless"


def begin(pool: ThreadPoolExecutor, ctx: Context, data: dict[str, Any]) -> Future[Any]:
    """An endless search that is under way."""
    endless = Endless()
    running = pool.submit(newest_only(endless), ctx, data)
    assert endless.began.wait(30)
    return running


def test_a_newer_search_of_the_page_interrupts_the_one_that_runs(ctx: Context) -> None:
    with ThreadPoolExecutor(2) as pool:
        old, other = begin(pool, ctx, query(1)), begin(pool, ctx, query(1, "other"))
        page = newest_only(traces_list.show_first)(ctx, query(2))
        assert len(page["rows"]) == 1
        assert isinstance(old.exception(60), QueryGivenUp)
        assert not other.done()
        newest_only(traces_survey.show_survey)(ctx, query(2, "other"))
        assert isinstance(other.exception(60), QueryGivenUp)


def test_a_search_that_comes_late_does_not_even_begin(ctx: Context) -> None:
    newest_only(traces_list.show_first)(ctx, query(5))
    with pytest.raises(QueryGivenUp):
        newest_only(traces_list.show_first)(ctx, query(4))
    page = newest_only(traces_list.show_first)(ctx, query(5))
    assert (page["page"], page["serial"], len(page["rows"])) == ("one", 5, 1)


def test_what_was_given_up_changes_nothing_on_the_page_and_is_no_failure(ctx: Context) -> None:
    newest_only(traces_list.show_first)(ctx, query(5))
    before = guard.failures.copy()
    with pytest.raises(PreventUpdate):
        guard.guard(newest_only(traces_list.show_first), ctx)(query(4))
    assert guard.failures == before


def test_who_waits_for_a_search_that_is_given_up_makes_it_anew(ctx: Context) -> None:
    """Two pages ask for the same survey, and the one that computes it goes on to another."""
    endless, computed = Endless(), []

    def compute() -> int:
        computed.append(1)
        if len(computed) == 1:
            endless(ctx, {})
        return 7

    def ask(data: dict[str, Any]) -> int:
        with ctx.searches.of(data):
            return ctx.cache.get("survey", compute, 60.0)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, query(1))
        assert endless.began.wait(30)
        second = pool.submit(ask, query(1, "other"))
        newest_only(traces_list.show_first)(ctx, query(2))
        assert isinstance(first.exception(60), QueryGivenUp)
        assert second.result(60) == 7


def test_pages_without_a_name_are_never_given_up(ctx: Context) -> None:
    searches = Searches()
    with (
        searches.of({"serial": 1}),
        searches.of({"serial": 9}),
        searches.of(None),
        ctx.reader.session() as one,
    ):
        assert one.main("SELECT 1") == [(1,)]


def test_the_pages_that_are_remembered_are_bounded() -> None:
    searches = Searches(max_pages=2)
    for page in ("a", "b", "c"):
        with searches.of(query(3, page)):
            pass
    assert list(searches._newest) == ["b", "c"]
