"""Whatever a handler raises is logged, counted and shown; nothing else catches it."""

from __future__ import annotations

import inspect
import logging
from typing import Any

import pytest
from dash._callback_context import context_value
from dash._utils import AttributeDict
from dash.exceptions import PreventUpdate

from callbacks import guard
from callbacks.context import Context
from dashboard.ids import Shell
from queries.errors import QueryTimeout
from tests.callbacks.conftest import MakeContext


def show_sum(ctx: Context, one: int, two: int) -> int:
    assert isinstance(ctx, Context)
    return one + two


@pytest.fixture
def ctx(context: MakeContext) -> Context:
    return context()


def show_slow(ctx: Context) -> None:
    raise QueryTimeout("The store did not answer in 5 s.")


def show_broken(ctx: Context) -> None:
    raise KeyError("secret-name")


def test_a_handler_gets_its_context_first(ctx: Context) -> None:
    assert guard.guard(show_sum, ctx)(1, 2) == 3


def test_dash_sees_the_name_but_not_the_context(ctx: Context) -> None:
    bound = guard.guard(show_sum, ctx)
    assert bound.__name__ == "show_sum"
    assert list(inspect.signature(bound).parameters) == ["inputs"]


def test_what_the_query_layer_raises_is_said_in_its_own_words(
    ctx: Context, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        shown = guard.guard(show_slow, ctx)()
    assert "The store did not answer in 5 s." in str(shown)
    assert "show_slow failed after" in caplog.text
    assert "QueryTimeout" in caplog.text


def test_a_mistake_of_ours_says_where_to_look(ctx: Context, caplog: pytest.LogCaptureFixture) -> None:
    shown = guard.guard(show_broken, ctx)()
    assert "This panel could not be drawn." in str(shown)
    assert "KeyError" in caplog.text


def test_failures_are_counted_by_handler(ctx: Context, caplog: pytest.LogCaptureFixture) -> None:
    before = guard.failures["show_broken"]
    guard.guard(show_broken, ctx)()
    assert guard.failures["show_broken"] == before + 1


def test_a_tab_says_what_its_outputs_show_then(ctx: Context, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Any] = []
    assert guard.guard(show_slow, ctx, on_failure=lambda failure: seen.append(failure) or "kept")() == "kept"
    assert seen[0].what == "The store did not answer in 5 s."


def test_a_wish_to_change_nothing_is_not_a_failure(ctx: Context) -> None:
    def show_nothing(ctx: Context) -> None:
        raise PreventUpdate

    with pytest.raises(PreventUpdate):
        guard.guard(show_nothing, ctx)()


def test_a_refresh_by_hand_passes_over_what_is_kept(ctx: Context) -> None:
    made: list[int] = []

    def show_count(ctx: Context) -> int:
        return ctx.cache.get("count", lambda: made.append(1) or len(made), 3600.0)

    bound = guard.guard(show_count, ctx)

    def called(cause: str, value: int) -> int:
        triggered = [{"prop_id": f"{cause}.data", "value": value}]
        token = context_value.set(AttributeDict(triggered_inputs=triggered))
        try:
            return int(bound())
        finally:
            context_value.reset(token)

    shown = [called(Shell.POLL, 1), called(Shell.POLL, 2), called(Shell.POLL, -5), called(Shell.REFRESH, -5)]
    assert shown == [1, 1, 2, 2]
    assert called(Shell.FILTER, -6) == 2
