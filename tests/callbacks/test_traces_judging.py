"""When the open series is stale: the sentence below its head, what is saved, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash.exceptions import PreventUpdate

from callbacks import traces_judging, traces_series
from callbacks.context import Context
from callbacks.shared import SharedResults
from config import Settings
from dashboard import url
from dashboard.components import stale_values
from dashboard.components.states import Failure
from dashboard.url import PageState
from queries.base import Reader
from queries.series_rules import series_rules
from tests.support.page import NOW, SECOND, hrefs, stale, status, text
from tests.support.stored import Call, stored

OPEN = {"fn": "pricing/shop/price_order", "data": "return"}
HERE = url.as_data(PageState("traces"))


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    folder = stored(tmp_path / "db", [Call(NOW - SECOND, value=at / 7) for at in range(9)], NOW)
    settings = Settings()
    store = settings.store.model_copy(update={"data_dir": folder})
    reader = Reader.open(folder)
    context = Context(
        settings.model_copy(update={"store": store}), reader, status, SharedResults(), lambda: NOW
    )  # fmt: skip
    yield context
    reader.close()


def panel(ctx: Context, done: dict[str, Any] | None = None, judge: str = "1") -> str:
    shown = traces_series.show_series(ctx, {**OPEN, "judge": judge}, "dark", done, HERE)
    return json.dumps(shown.to_plotly_json(), default=lambda one: one.to_plotly_json())


def test_the_sentence_says_what_is_in_force_and_who_said_it(ctx: Context) -> None:
    assert '"data-form"' not in panel(ctx, judge="")
    before = panel(ctx)
    assert "Stale after more than 5 equal values in a row" in before
    assert "Nobody has changed it" in before
    values = {"judged": "always", "repeats": "12", "min_seconds": "2", "tolerance": "0.5"}
    done = traces_judging.set_judging(ctx, {**OPEN, "values": values})
    assert (done["ok"], done["said"]) == (
        True,
        "price_order.return: Stale after more than 12 equal values in a row, for at least 2 s, "
        "numbers within 0.5 counting as equal, whatever its type and name",
    )
    after = panel(ctx, done)
    assert "Judged its own way" in after
    assert "Set by local, 21 Nov 14:02" in after
    (rule,) = series_rules(ctx.reader)
    assert (rule.judged, rule.repeats, rule.min_seconds, rule.float_tolerance) == ("in", 12, 2.0, 0.5)
    usual = traces_judging.set_judging(ctx, {**OPEN, "values": {}})
    assert "more than 5 equal" in usual["said"]
    never = traces_judging.set_judging(ctx, {**OPEN, "values": {"judged": "never"}})
    assert never["said"].endswith("Never called stale")


def test_what_is_wrong_stands_at_its_slot_and_nothing_is_lost(ctx: Context) -> None:
    done = traces_judging.set_judging(ctx, {**OPEN, "values": {"repeats": "often", "min_seconds": "3"}})
    assert (done["ok"], done["errors"]) == (False, {"repeats": "a number from 1 on"})
    shown = panel(ctx, done)
    assert "a number from 1 on" in shown
    assert '"often"' in shown
    assert series_rules(ctx.reader) == ()


def test_a_stale_value_leads_to_its_sentence(ctx: Context) -> None:
    table = stale_values.listed([stale()], PageState("alerts"), NOW, 5)
    (there,) = [href for href in hrefs(table) if "judge=1" in href]
    path, _, query = there.partition("?")
    state = url.parse(path, f"?{query}")
    assert (state.tab, state.extra["judge"]) == ("traces", "1")
    assert "#" in state.extra["series"]


def test_a_series_without_a_name_is_left_alone(ctx: Context) -> None:
    with pytest.raises(PreventUpdate):
        traces_judging.set_judging(ctx, {"fn": "x", "data": ""})
    assert text(traces_judging._failed(Failure("Gone.", "Try again."))["said"]) == "Gone. Try again."
