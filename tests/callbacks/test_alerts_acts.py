"""What presses do: rules, silences, channels; and what comes back when they cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from alerting import edit
from callbacks import alerts_acts, alerts_board
from callbacks.context import Context
from callbacks.control import control_of
from config import AlertSettings
from dashboard import url
from dashboard.components.states import Failure
from dashboard.url import PageState
from data import control_silences
from data.control import Control
from data.control_silences import FOREVER_NS
from queries import alert_log
from tests.support import alerts as made
from tests.support.alerts import EPISODE, SLOW, STUCK
from tests.support.context import context_on
from tests.support.page import NOW, SECOND, text
from tests.support.sinks import http_sink
from tests.support.stored import Call, stored

NEW = {"new": "slow"}


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    directory = stored(tmp_path / "db", [Call(NOW - at * SECOND, ms=700.0) for at in range(30, 2, -1)], NOW)
    with context_on(directory, alerts=AlertSettings(allow_private_addresses=True)) as made:
        yield made


@pytest.fixture
def control(ctx: Context) -> Control:
    return control_of(ctx)


def press(ctx: Context, act: str, extra: dict[str, str] | None = None, **more: Any) -> tuple[Any, Any]:
    data = url.as_data(PageState("alerts", q='process:="price_order"', extra=extra or {}))
    return alerts_acts.act(ctx, {"act": act, "place": "list", **more}, data, None)


def form(values: dict[str, Any], extra: dict[str, str] = NEW, key: str = "") -> dict[str, Any]:
    return {"form": "rule", "for": key or 'new\nslow\nprocess:="price_order"\n\n\n\n', "values": values}


def test_a_rule_is_saved_from_its_form_and_opened(ctx: Context, control: Control) -> None:
    done, go = press(ctx, "save-rule", NEW, **form({"name": "slow orders", "warning": "900"}))
    (saved,) = edit.rules(control)
    assert (saved.rule.name, saved.rule.warning, saved.changed_by) == ("slow orders", 900.0, "local")
    assert (done["ok"], done["forget"], go["rule"], go["new"]) == (True, True, saved.rule.id, "")


def test_what_is_wrong_comes_back_by_field_and_nothing_is_kept(ctx: Context, control: Control) -> None:
    done, go = press(ctx, "save-rule", NEW, **form({"name": "", "warning": "many"}))
    assert (done["ok"], go) == (False, no_update)
    assert done["errors"] == {"warning": "write a number", "name": "give it a name"}
    assert edit.rules(control) == ()


def test_two_people_edit_the_same_rule(ctx: Context, control: Control) -> None:
    rule = made.saved(control, SLOW)
    edit.change_rule(control, rule.id, 1, made.plain(replace(SLOW, warning=150.0)), NOW - 20 * SECOND, "jon")
    mine = form({"warning": "120"}, key=f"edit\n{rule.id}\n1")
    place = {"rule": rule.id, "edit": "1"}
    done, go = press(ctx, "save-rule", place, **mine)
    assert (done["ok"], done["conflict"], go) == (False, True, no_update)
    assert done["said"].startswith("Not saved: jon changed this rule 20 s ago, to revision 2.")
    done, _ = press(ctx, "overwrite", place, rule=rule.id, **mine)
    assert done["ok"]
    assert edit.rule(control, rule.id).rule.warning == 120.0


def test_a_firing_is_acknowledged_snoozed_silenced_and_the_silence_ended(
    ctx: Context, control: Control
) -> None:
    rule = made.saved(control, SLOW)
    press(ctx, "acknowledge", rule=rule.id, key="", episode=str(EPISODE))
    assert control_silences.acknowledged(control)[rule.id, "", EPISODE].author == "local"
    done, _ = press(ctx, "snooze", rule=rule.id, key="")
    assert "quiet until" in done["said"]
    values = {"rule": rule.id, "key": "web*", "seconds": "900", "reason": "import"}
    press(ctx, "silence", form="silence", values=values)
    short, long = control_silences.silences(control, NOW)
    assert (short.key, short.reason, (short.ends_ns - NOW) // SECOND) == ("web*", "import", 900)
    press(ctx, "end-silence", id=long.id)
    assert [one.id for one in control_silences.silences(control, NOW)] == [short.id]
    again = values | {"seconds": "hours", "hours": "sat 22:00-04:00 Europe/Berlin", "severity": "warning"}
    done, _ = press(ctx, "silence", form="silence", values=again)
    assert done["said"] == "Silenced sat 22:00-04:00 Europe/Berlin"
    window = control_silences.silences(control, NOW)[-1]
    assert (window.hours, window.severity, window.ends_ns) == (again["hours"], "warning", FOREVER_NS)
    once = values | {
        "seconds": "between",
        "from": "2036-01-01T22:00",
        "to": "2036-01-02T04:00",
        "zone": "UTC",
    }
    for change, field in (
        ({"zone": "Europe/Berln"}, "zone"), ({"to": ""}, "ends"), ({"to": "2020-01-01T00:00"}, "ends"),
        ({"seconds": "hours", "hours": ""}, "hours"), ({"seconds": "hours", "hours": "mo UTC"}, "hours"),
    ):  # fmt: skip
        wrong, _ = press(ctx, "silence", form="silence", values=once | change)
        assert list(wrong["errors"]) == [field]
    soon = datetime.fromtimestamp(NOW / SECOND, UTC) + timedelta(days=1)
    times = {"from": f"{soon:%Y-%m-%dT22:00}", "to": f"{soon:%Y-%m-%dT23:00}", "zone": "Europe/Berlin"}
    done, _ = press(ctx, "silence", form="silence", values=once | times)
    assert done["said"].startswith("Silenced from ")
    wrong, _ = press(ctx, "silence", form="silence", values=values | {"reason": "", "seconds": "x"})
    assert set(wrong["errors"]) == {"reason", "ends"}
    shown = alerts_board.failed_fields(wrong, "silence")
    assert shown == wrong["errors"]


def test_a_rule_is_paused_activated_and_deleted(ctx: Context, control: Control) -> None:
    rule = made.saved(control, STUCK)
    press(ctx, "switch", rule=rule.id, on="0")
    assert not edit.rule(control, rule.id).rule.enabled
    done, _ = press(ctx, "switch", rule=rule.id, on="1")
    assert done["said"] == "fx_rate stopped is active"
    _, go = press(ctx, "delete-rule", rule=rule.id)
    assert (edit.rules(control), go["rule"]) == ((), "")
    gone, _ = press(ctx, "switch", rule=rule.id, on="0")
    assert "It is gone" in gone["said"]


def test_a_rule_is_judged_by_hand_and_nobody_is_told(ctx: Context, control: Control) -> None:
    done, _ = press(ctx, "evaluate", NEW, **form({"warning": "500", "min_samples": "1"}))
    assert done["said"] == "Judged now: it would fire."
    (line,) = done["lines"]  # percentiles are those of a histogram, within 1.1 %
    assert line.startswith("p95: 70")
    assert line.endswith(" ms → firing")
    calm, _ = press(ctx, "evaluate", NEW, **form({"warning": "900", "critical": "", "recovery": ""}))
    assert calm["said"] == "Judged now: it would not fire."
    each = form({"warning": "500", "group_by": "process", "min_samples": "1"})
    grouped, _ = press(ctx, "evaluate", NEW, **each)
    assert grouped["lines"][0].startswith("price_order: 70")
    wrong, _ = press(ctx, "evaluate", NEW, **form({"warning": "many"}))
    assert not wrong["ok"]
    assert alert_log.events(ctx.reader) == ()


def test_a_channel_is_kept_without_its_secret_and_a_test_message_truly_arrives(
    ctx: Context, control: Control
) -> None:
    with http_sink() as sink:
        values = {"kind": "webhook", "name": "ops", "url": sink.url, "secret": "s3cret"}
        done, go = press(ctx, "try-channel", form="channel", id="", values=values)
        assert done["said"].startswith("ops: delivered in")
        assert b'"status":"test"' in sink.requests[0][2]
        assert "X-Flowglass-Signature" in sink.requests[0][1]
        sink.answers[:] = [(500, {}, b"broken")]
        failed, _ = press(ctx, "test-channel", id=go["channel"])
        assert (failed["ok"], failed["said"]) == (False, "ops: not delivered, 500 broken")
        told = form({"channels": [go["channel"]]})
        rule, _ = press(ctx, "test-rule", NEW, **told)
        assert rule["said"] == "Not every test message arrived."
    (saved,) = edit.channels(control)
    assert saved.secret_from == "stored"
    shown = alerts_board.shown_channel(saved, 1)
    assert "s3cret" not in repr(shown)
    assert shown.secret == "kept encrypted"


def test_a_channel_is_changed_at_its_revision_and_taken_away(ctx: Context, control: Control) -> None:
    values = {
        "kind": "email",
        "name": "mail",
        "to": "a@b.c, d@e.f",
        "sender": "x@y.z",
        "host": "smtp",
        "port": "25",
    }
    _, go = press(ctx, "save-channel", form="channel", id="", values=values)
    change = {"form": "channel", "id": go["channel"], "revision": "1", "values": values | {"name": "on-call"}}
    del change["values"]["kind"]
    press(ctx, "save-channel", **change)
    channel = edit.channel(control, go["channel"]).channel
    assert (channel.name, channel.to, channel.port) == ("on-call", ("a@b.c", "d@e.f"), 25)
    late, _ = press(ctx, "save-channel", **change)
    assert "Somebody changed this channel" in late["said"]
    wrong, _ = press(
        ctx, "save-channel", form="channel", id="",
        values={"kind": "email", "name": "", "port": "many", "secret": "s3cret"},
    )  # fmt: skip
    assert {"name", "port"} & set(wrong["errors"])
    assert "secret" not in wrong["values"]
    press(ctx, "delete-channel", id=go["channel"])
    assert edit.channels(control) == ()
    gone, _ = press(ctx, "test-channel", id=go["channel"])
    assert "gone" in gone["said"]


def test_nobody_to_tell_no_form_and_no_press(ctx: Context) -> None:
    done, _ = press(ctx, "test-rule", NEW, **form({}))
    assert "tells nobody" in done["said"]
    for act in ("save-rule", "evaluate", "test-rule", "nonsense"):
        with pytest.raises(PreventUpdate):
            press(ctx, act)
    with pytest.raises(PreventUpdate):
        alerts_acts.act(ctx, None, None, None)
    assert press(ctx, "close")[0]["said"] == ""
    assert "No answer." in alerts_acts._failed(Failure("No answer.", ""))[0]["said"]


def test_the_form_of_an_open_channel_and_of_a_new_kind(ctx: Context, control: Control) -> None:
    _, go = press(ctx, "save-channel", form="channel", id="",
                  values={"kind": "webhook", "name": "ops", "url": "https://x.example.org"})  # fmt: skip
    for channel, said in ((go["channel"], "https://x.example.org"), ("slack", "Incoming webhook")):
        data = url.as_data(PageState("alerts", extra={"view": "channels", "channel": channel}))
        shown = alerts_board.show_board(ctx, data, None, None, {"form": "channel", "errors": {"url": "no"}})
        assert said in repr(shown[alerts_board.TOP.index("alerts-list")])
    assert "ops" in text(shown[alerts_board.TOP.index("alerts-list")])
