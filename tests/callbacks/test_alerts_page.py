"""What the Alerts tab answers: cards, lists, the open rule, its chart, and the news on every tab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from dash.exceptions import PreventUpdate

from alerting import edit
from alerting.message import message
from alerting.rule_folder import RuleFolder
from callbacks import alerts_board, alerts_chart, alerts_news, alerts_rule, alerts_suggested, figures
from callbacks.context import Context
from callbacks.control import control_of
from dashboard import url
from dashboard.components.states import Failure
from dashboard.components.view import plain
from dashboard.ids import Alerts
from dashboard.url import PageState
from data import control_ties
from data.control import Control
from data.control_alerts import StoredEvent
from data.control_ties import Tie
from flowglass.redact import Redactor
from tests.support import alerts as made
from tests.support.alerts import EPISODE, MINUTE, SLOW, STUCK
from tests.support.components import rows_of, texts
from tests.support.context import context_on
from tests.support.page import NOW, SECOND, text
from tests.support.stored import Call, stored


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    calls = [
        Call(NOW - at * 10 * SECOND, "price_order", ms=400.0 if at < 30 else 20.0) for at in range(200, 0, -1)
    ]
    directory = stored(tmp_path / "db", calls, NOW)
    with context_on(directory) as made:
        yield made


@pytest.fixture
def control(ctx: Context) -> Control:
    return control_of(ctx)


def page(**extra: str) -> dict[str, Any]:
    return url.as_data(PageState("alerts", q=extra.pop("q", ""), extra=extra))


def board(ctx: Context, **extra: str) -> dict[str, Any]:
    shown = alerts_board.show_board(ctx, page(**extra), None, None, None)
    return dict(zip(alerts_board.TOP, shown, strict=True))


def words(node: Any) -> str:
    """Everything that a view says, components and plain elements alike."""
    return json.dumps(plain(node)) if node is not None else ""


def firing(control: Control) -> Any:
    rule = made.saved(control, SLOW)
    made.stands(control, rule)
    made.judged(control, rule)
    event = made.happened(control, rule, "fired", EPISODE)
    made.delivery(control, event)
    return rule


def test_what_fires_stands_on_the_page_with_its_delivery(ctx: Context, control: Control) -> None:
    firing(control)
    shown = board(ctx)
    (row,) = rows_of(shown["alerts-list"])
    assert {"price_order slow", "412 ms", "firing", "delivered 1"} <= set(texts(row))
    assert texts(shown["alerts-cards"][0])[0] == "1"
    assert "delivered to 1" in text(shown["alerts-feed"])
    assert "1 rule, judged 1 s ago" in text(shown["alerts-foot"])


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("rules", "Fires when p95 latency of price_order"), ("history", "1 firings"),
        ("review", "Nothing to mend"),
        ("silences", "Nothing is silenced"), ("channels", "No channel yet"), ("deliveries", "200 ok"),
    ],
)  # fmt: skip
def test_each_view_stands_in_the_url(ctx: Context, control: Control, view: str, said: str) -> None:
    firing(control)
    assert said in " ".join(texts(board(ctx, view=view)["alerts-list"])).replace("1  f", "1 f")


def test_an_empty_page_reassures_and_another_tab_is_not_answered(ctx: Context) -> None:
    assert "No active alerts" in text(board(ctx)["alerts-list"])
    with pytest.raises(PreventUpdate):
        alerts_board.show_board(ctx, url.as_data(PageState("code")), None, None, None)
    with pytest.raises(PreventUpdate):
        alerts_chart.show_chart(ctx, page(), None, None, None, "dark")
    failed = alerts_board._failed(Failure("No answer.", ""))
    assert "No answer." in text(failed[alerts_board.TOP.index("alerts-list")])


def test_the_open_rule_says_all_of_itself_and_its_message(ctx: Context, control: Control) -> None:
    rule = firing(control)
    head, body, message, meta, closed, hidden = alerts_rule.show_rule(
        ctx, page(rule=rule.id), None, None, None, None
    )
    assert (closed, hidden) == (False, True)
    assert "price_order slow" in words(head)
    assert "p95 latency of price_order" in words(body)
    assert "shop/fx.py:5" in words(message)
    assert "as told at" in meta


def test_a_rule_that_never_fired_and_one_that_is_gone(ctx: Context, control: Control) -> None:
    rule = made.saved(control, SLOW)
    shown = alerts_rule.show_rule(ctx, page(rule=rule.id), None, None, None, None)
    assert "It has not fired yet" in words(shown[2])
    gone = alerts_rule.show_rule(ctx, page(rule="nobody"), None, None, None, None)
    assert "no such rule" in words(gone[1])
    nothing = alerts_rule.show_rule(ctx, page(), None, None, None, None)
    assert nothing[4:] == (True, False)
    assert "No answer." in words(alerts_rule._failed(Failure("No answer.", ""))[1])


def test_a_rule_from_a_file_is_marked_and_not_written_here(
    ctx: Context, control: Control, tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "shop.toml").write_text('[[rule]]\nid = "filed"\nname = "Filed"\nwarning = 1.0\n')
    (rules / "typo.toml").write_text("[[rule]]\n")
    RuleFolder(control, rules).sync(NOW)
    listed = text(board(ctx, view="rules")["alerts-list"])
    assert "rules/shop.toml" in listed
    assert "rules/typo.toml line 1: name: give it a name" in listed
    assert "data-act" not in words(board(ctx, view="rules")["alerts-list"])  # no switch
    head, body, *_ = alerts_rule.show_rule(ctx, page(rule="filed"), None, None, None, None)
    assert "delete-rule" not in words(head)
    assert "Edit" not in words(head)
    assert "It stands in rules/shop.toml" in words(body)
    assert alerts_rule.writing(ctx, url.from_data(page(rule="filed", edit="1")), None) is None


def test_a_threshold_is_suggested_for_the_rule_that_is_written(ctx: Context) -> None:
    shown = alerts_suggested.show_suggested(ctx, page(new="slow", q='process:="price_order"'), None)
    assert "No suggestion yet: " in words(shown)
    assert "of 24 hours with calls" in words(shown)
    assert alerts_suggested.show_suggested(ctx, page(), None) is None
    with pytest.raises(PreventUpdate):
        alerts_suggested._failed(Failure("No answer.", ""))


def test_a_combination_is_written_from_the_rules_there_are_and_replayed(
    ctx: Context, control: Control
) -> None:
    slow = made.saved(control, replace(SLOW, warning=100.0, critical=None, recovery=None))
    data = page(new="combination")
    key = alerts_rule.writing(ctx, url.from_data(data), None).key  # type: ignore[union-attr]
    shown = alerts_rule.show_rule(ctx, data, None, None, None, None)
    assert "price_order slow" in words(shown[1])
    draft = {"for": key, "values": {"all_of": [slow.id], "none_of": ["gone"]}}
    _, above, slider, _ = alerts_chart.show_chart(ctx, data, draft, None, None, "dark")
    assert (slider, "never" in text(above)) == (None, True)
    draft = {"for": key, "values": {"all_of": [slow.id]}}
    _, above, *_ = alerts_chart.show_chart(ctx, data, draft, None, None, "dark")
    assert "would have fired once" in text(above)


def test_the_builder_begins_with_a_template_and_previews_it(ctx: Context) -> None:
    data = page(new="slow", q='process:="price_order"')
    head, body, message, meta, closed, hidden = alerts_rule.show_rule(ctx, data, None, None, None, None)
    assert (closed, hidden) == (False, True)
    assert "draft" in words(head)
    assert 'process:=\\"price_order\\"' in words(body)
    assert "Slow calls" in words(message)
    assert meta == "with what was seen last"
    figure, above, slider, table = alerts_chart.show_chart(ctx, data, None, None, None, "light")
    assert "never" in text(above)
    assert [one["y0"] for one in figure["layout"]["shapes"] if one["type"] == "line"] == [
        500.0,
        1000.0,
        400.0,
    ]
    assert "data-slider" in words(slider)
    assert rows_of(table)


def test_another_threshold_is_replayed_at_once(ctx: Context) -> None:
    data = page(new="slow", q='process:="price_order"')
    key = alerts_rule.writing(ctx, url.from_data(data), None).key  # type: ignore[union-attr]
    typed = {"warning": "100", "critical": "", "recovery": "", "for_": "0", "min_samples": "1"}
    draft = {"for": key, "values": typed}
    _, above, *_ = alerts_chart.show_chart(ctx, data, draft, None, None, "dark")
    assert "would have fired once" in text(above)
    shown = alerts_rule.show_rule(ctx, data, draft, None, None, None)
    assert "with the firing of" in shown[3]
    wrong = draft | {"values": typed | {"warning": "many", "data": ""}}
    assert "write a number" in words(alerts_rule.show_rule(ctx, data, wrong, None, None, None)[1])
    other = {"for": "another form", "values": {"warning": "many"}}
    assert "write a number" not in words(alerts_rule.show_rule(ctx, data, other, None, None, None)[1])


def test_a_rule_is_edited_at_the_revision_that_was_opened(ctx: Context, control: Control) -> None:
    rule = made.saved(control, STUCK)
    data = page(rule=rule.id, edit="1")
    draft = {"for": f"edit\n{rule.id}\n1", "values": {"repeats": "7"}}
    edit.change_rule(control, rule.id, 1, made.plain(replace(STUCK, repeats=50)), NOW, "jon")
    found = alerts_rule.writing(ctx, url.from_data(data), draft)
    assert found is not None
    assert (found.revision, found.theirs, found.rule.repeats) == (1, 2, 7)
    fresh = alerts_rule.writing(ctx, url.from_data(data), None)
    assert fresh is not None
    assert (fresh.revision, fresh.rule.repeats, fresh.touched) == (2, 50, False)
    assert alerts_rule.writing(ctx, url.from_data(page(rule="nobody", edit="1")), None) is None


def test_the_chart_shows_what_the_scheduler_measured(ctx: Context, control: Control) -> None:
    rule = firing(control)
    figure, head, slider, table = alerts_chart.show_chart(ctx, page(rule=rule.id), None, None, None, "dark")
    assert len(figure["data"][0]["y"]) == 20
    assert "20 evaluations, fired once" in text(head)
    assert slider is None
    assert len(rows_of(table)) == 20
    assert any(shape["type"] == "rect" for shape in figure["layout"]["shapes"])


def test_a_grouped_rule_shows_the_group_that_was_judged_last(ctx: Context, control: Control) -> None:
    rule = made.saved(control, replace(SLOW, group_by="process"))
    made.judged(control, rule, key="web")
    _, head, *_ = alerts_chart.show_chart(ctx, page(rule=rule.id), None, None, None, "dark")
    assert "20 evaluations" in text(head)
    fresh = made.saved(control, STUCK)
    figure, *_ = alerts_chart.show_chart(ctx, page(rule=fresh.id), None, None, None, "dark")
    assert "Not judged in this range" in figure["layout"]["annotations"][0]["text"]
    with pytest.raises(PreventUpdate):
        alerts_chart.show_chart(ctx, page(rule="nobody"), None, None, None, "dark")
    assert "No answer." in text(alerts_chart._failed(Failure("No answer.", ""))[1])


def test_long_charts_are_thinned_and_keep_their_peaks() -> None:
    seen = [alerts_chart.Seen(at, 900.0 if at == 4321 else 1.0, "ok") for at in range(21_600)]
    thin = alerts_chart._thinned(seen)
    assert len(thin) <= alerts_chart.POINTS
    assert max(one.value or 0 for one in thin) == 900.0


def test_news_reach_every_tab(ctx: Context, control: Control) -> None:
    rule = made.saved(control, SLOW)
    made.stands(control, rule)
    made.happened(control, rule, "fired", NOW - SECOND)
    made.happened(control, rule, "fired", NOW - 5 * MINUTE)
    news = alerts_news.show_news(ctx, None)
    assert news["counts"]["critical"] == 1
    (one,) = news["events"]
    assert one["code"] == "/code?fn=pricing/shop.fx/fx_rate#L5"
    assert one["href"] == f"/alerts?rule={rule.id}"
    assert one["said"] == "p95 412 ms against 300 ms"


def test_what_is_told_with_its_cause_makes_no_news_and_no_verdict_of_its_own(
    ctx: Context, control: Control
) -> None:
    effect, cause = made.saved(control, SLOW), made.saved(control, made.STUCK)
    for rule in (effect, cause):
        made.stands(control, rule)
        made.happened(control, rule, "fired", NOW - SECOND)
    tie = Tie(
        effect.id, "", made.EPISODE, effect.name, "critical", cause.id, "", made.EPISODE, cause.name, 1, NOW,
        0, 0,
    )  # fmt: skip
    with control.write() as connection:
        control_ties.save(connection, [tie])
    news = {one["rule"]: one for one in alerts_news.show_news(ctx, None)["events"]}
    assert (news[effect.name]["announced"], news[cause.name]["announced"]) == (False, True)
    assert news[cause.name]["said"].endswith(", 1 affected")
    rows = rows_of(board(ctx)["alerts-list"])
    assert [row.className or "" for row in rows] == ["", "child"]
    assert [one.rule_name for one in figures.firing(ctx) if one.cause is None] == [cause.name]


def test_the_link_of_a_message_opens_the_silence_form_filled_in(ctx: Context, control: Control) -> None:
    rule = made.saved(control, SLOW)
    event = StoredEvent(
        "e1", rule.id, rule.name, "eu", "fired", NOW, "critical", 412.0, "", NOW - SECOND, 1, "{}"
    )  # fmt: skip
    link = urlsplit(dict(message(event, "http://here", Redactor()).links)["Silence"])
    state = url.parse(link.path, link.query)
    shown = alerts_board.show_board(ctx, url.as_data(state), None, None, None)
    form = dict(zip(alerts_board.TOP, shown, strict=True))[Alerts.LIST]
    assert fields(form) | {"rule": rule.id, "key": "eu"} == fields(form)


def fields(node: Any) -> dict[str, Any]:
    """The fields of a form and what stands in them."""
    if isinstance(node, list):
        return {name: value for child in node for name, value in fields(child).items()}
    props = node.get("props", {}) if isinstance(node, dict) else {}
    own = {props["name"]: props.get("defaultValue")} if "name" in props else {}
    return own | fields(props.get("children") or [])
