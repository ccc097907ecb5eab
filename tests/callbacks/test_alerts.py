from __future__ import annotations

import pytest
from dash.exceptions import PreventUpdate

from callbacks import alerts
from dashboard import url
from dashboard.components.states import Failure
from dashboard.url import PageState
from tests.callbacks.conftest import MakeContext
from tests.support.components import rows_of, texts
from tests.support.page import NOW, SECOND
from tests.support.stored import Call

OPEN = url.as_data(PageState("alerts"))


def test_values_that_repeat_are_listed_with_their_count(context: MakeContext) -> None:
    stuck = [Call(NOW - (20 - at) * SECOND, "fx_rate", value=1.0842) for at in range(8)]
    moving = [Call(NOW - (20 - at) * SECOND, "total", value=float(at)) for at in range(8)]
    shown, meta = alerts.show_stale(context([*stuck, *moving]), OPEN, None)
    (row,) = rows_of(shown)
    assert texts(row)[1:6] == ["fx_rate.return", "pricing", "float", "1.0842", "8"]
    assert meta == "1 now"


def test_an_empty_store_reassures(context: MakeContext) -> None:
    shown, meta = alerts.show_stale(context(), OPEN, None)
    assert "Every value is still changing" in texts(shown)
    assert meta == "0 now"


def test_more_values_than_are_shown_are_counted(
    context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "SHOWN", 2)
    calls = [Call(NOW - (90 - at) * SECOND, f"f{at % 3}", value=1.5) for at in range(24)]
    shown, meta = alerts.show_stale(context(calls), OPEN, None)
    assert len(rows_of(shown)) == 2
    assert meta == "2 of 3, the latest seen first"


def test_nothing_is_answered_while_another_tab_is_open(context: MakeContext) -> None:
    with pytest.raises(PreventUpdate):
        alerts.show_stale(context(), url.as_data(PageState("code")), None)


def test_a_failure_is_shown_where_the_values_were() -> None:
    assert "No answer." in texts(alerts._failed(Failure("No answer.", "")))
