"""What is pushed, computed over a real store."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from callbacks import pushed
from callbacks.context import Context
from config import Settings
from dashboard.app import encode
from dashboard.ids import Overview, Shell
from dashboard.url import PRESETS
from data.control import Control
from data.store import Store
from tests.callbacks.conftest import MakeContext
from tests.support import alerts as made
from tests.support.page import NOW, status, text
from tests.support.stored import Call, span_in


def arrive(ctx: Context, *calls: Call, first: int = 1000) -> None:
    """Commit calls into the store that the context reads."""
    settings: Settings = ctx.settings
    folder: Path = ctx.reader.directory
    store = Store.open(folder, settings.store, settings.staleness, lambda: NOW)
    store.write([span_in(call, number) for number, call in enumerate(calls, first)])
    store.close()


def test_vital_signs_are_four_figures_and_what_shows_them(context: MakeContext) -> None:
    payload = pushed.vital_signs(context([Call(NOW - 10**9, ms=80), Call(NOW - 10**9, exception="Boom")]))
    assert payload["error_rate"] == 0.5
    assert payload["latency_p95"] == pytest.approx(80, rel=0.05)
    assert payload["traffic_rate"] == pytest.approx(2 / 300)
    assert payload["saturation_pct"] == pytest.approx(0.256)
    assert [(id, list(properties)) for id, properties in payload["parts"]] == [
        (Shell.VITALS, ["view"]), (Shell.FRESH, ["data-taken"]), (Shell.BANNER, ["view", "hidden"]),
    ]  # fmt: skip


def test_an_hour_without_spans_has_no_latency(context: MakeContext) -> None:
    assert pushed.vital_signs(context())["latency_p95"] is None


@pytest.mark.parametrize("range", PRESETS)
def test_the_overview_is_pushed_for_each_preset(context: MakeContext, range: str) -> None:
    payload = pushed.now_of(context([Call(NOW - 10**9)]), range)
    assert payload["range"] == range
    assert "0 of 1 spans" in text(dict(payload["parts"])[Overview.TILES[0]]["view"])


def later(ctx: Context, seconds: float) -> Context:
    """The same store, read so many seconds after it was written."""
    return replace(ctx, now_ns=lambda: NOW + int(seconds * 1e9))


def test_errors_are_pushed_from_now_on_newest_first_and_once(context: MakeContext) -> None:
    ctx = later(context([Call(NOW - 5, exception="Old")]), 11)
    new_errors = pushed.NewErrors(ctx)
    assert new_errors("") is None
    arrive(ctx, Call(NOW - 4, exception="One"), Call(NOW - 3), Call(NOW - 2, exception="Two"))
    payload = new_errors("")
    assert payload is not None
    assert [event["exception"] for event in payload["errors"]] == ["Two", "One"]
    assert (payload["matched"], payload["gap"], len(payload["view"])) == (2, False, 2)
    assert new_errors("") is None


def test_an_error_that_came_while_the_page_was_loading_is_pushed(context: MakeContext) -> None:
    ctx = later(context([Call(NOW - 5, exception="While loading")]), 9)
    payload = pushed.NewErrors(ctx)("")
    assert payload is not None
    assert [event["exception"] for event in payload["errors"]] == ["While loading"]


def test_errors_that_came_while_nobody_looked_are_not_pushed(context: MakeContext) -> None:
    now = [NOW]
    ctx = replace(context([Call(NOW - 5)]), now_ns=lambda: now[0])
    new_errors = pushed.NewErrors(ctx)
    new_errors("")
    arrive(ctx, Call(NOW - 4, exception="Nobody looked"))
    now[0] += 11 * 10**9
    assert new_errors("") is None


def test_our_own_errors_are_not_pushed(context: MakeContext) -> None:
    ctx = context([Call(NOW - 5)])
    new_errors = pushed.NewErrors(ctx)
    new_errors("")
    arrive(ctx, Call(NOW - 4, group="flowglass", exception="Boom"))
    assert new_errors("") is None


def test_new_rows_are_told_once_per_commit(context: MakeContext) -> None:
    ctx = context([Call(NOW - 5)])
    new_rows = pushed.NewRows(ctx)
    first = new_rows("")
    assert first is not None
    assert new_rows("") is None
    arrive(ctx, Call(NOW - 4))
    second = new_rows("")
    assert second is not None
    assert second["batch"] > first["batch"]


def test_health_is_pushed_when_it_changes_with_what_has_changed(context: MakeContext) -> None:
    ctx = context([Call(NOW - 5)])
    now = [status()]
    ctx = replace(ctx, status=lambda: now[0])
    changes = pushed.HealthChanges(ctx)
    first = changes("")
    assert first is not None
    assert first["changes"] == []
    assert changes("") is None
    now[0] = status(writer="CIRCUIT_OPEN", writer_reason="disk full")
    second = changes("")
    assert second is not None
    assert second["changes"] == [{"service": "writer", "old_status": "healthy", "new_status": "down"}]
    assert "writer down" in text(dict(second["parts"])[Shell.SERVER_STATUS]["view"])


def test_alerts_are_pushed_when_something_has_happened_not_because_somebody_looks(
    context: MakeContext,
) -> None:
    ctx = context([Call(NOW - 5)])
    with closing(Control.open(ctx.reader.directory)) as control:
        rule = made.saved(control, made.SLOW, NOW - 10**12)
        made.happened(control, rule, "fired", NOW - 300 * 10**9)
        changes = pushed.AlertChanges(ctx)
        assert changes("") is None
        made.happened(control, rule, "resolved", NOW)
        payload = changes("")
        assert payload is not None
        assert [event["kind"] for event in payload["events"]] == ["resolved"]
        assert changes("") is None


def test_an_alert_that_fired_while_the_page_was_loading_is_pushed(context: MakeContext) -> None:
    ctx = context([Call(NOW - 5)])
    with closing(Control.open(ctx.reader.directory)) as control:
        rule = made.saved(control, made.SLOW, NOW - 10**12)
        made.happened(control, rule, "fired", NOW - 2 * 10**9)
        payload = pushed.AlertChanges(ctx)("")
    assert payload is not None
    assert [event["kind"] for event in payload["events"]] == ["fired"]


def test_every_payload_travels_as_json(context: MakeContext) -> None:
    ctx = context([Call(NOW - 5)])
    for feed in pushed.feeds(ctx):
        message = json.loads(encode({"type": feed.type, "payload": feed.compute(sorted(feed.arguments)[0])}))
        assert message["type"] == feed.type
