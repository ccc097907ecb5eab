"""The builder's sentence, its slots, the slider, and the forms of channels and silences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from alerting.replay import Episode, Point, Replay
from alerting.rule import Rule
from alerting.steps import Step
from dashboard.alert_place import Place
from dashboard.components import alert_builder, alert_channels, alert_replay, alert_silences
from dashboard.components.alert_builder import Choices
from dashboard.components.alert_channels import Shown
from dashboard.components.view import plain
from dashboard.url import PageState
from tests.support.alerts import MINUTE, SECOND, SLOW, STUCK
from tests.support.page import NOW, hrefs, text

STATE = PageState("alerts", extra={"new": "slow"})
CHOICES = Choices((("c1", "ops"), ("c2", "mail"), ("c3", "sms")), ('process:="a"',))


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every element of a form."""
    if isinstance(node, dict):
        yield node
        yield from nodes(node["props"].get("children"))
    elif isinstance(node, list | tuple):
        for child in node:
            yield from nodes(child)


def words(node: Any) -> str:
    """What the form reads as, its slots by name."""
    if isinstance(node, str):
        return node
    if isinstance(node, list | tuple):
        return "".join(map(words, node))
    if not isinstance(node, dict):
        return ""
    props = node["props"]
    if node["type"] == "details":
        return f"[{props.get('key') or 'channels'}]"
    if "name" in props:
        return f"[{props['name']}]"
    return words(props.get("children"))


def form(rule: Rule, typed: dict[str, Any] | None = None, errors: dict[str, str] | None = None) -> Any:
    return plain(alert_builder.form(rule, typed or {}, errors or {}, CHOICES, STATE, "k"))


def by_name(node: Any) -> dict[str, dict[str, Any]]:
    return {one["props"]["name"]: one["props"] for one in nodes(node) if "name" in one["props"]}


START = "Tell [channels] when [kind]: "
THRESHOLD = (
    " of [filter], for [group_by], over [window] is [operator] [warning]{unit} for [for_], as a warning, "
    "and as critical {side} [critical]{unit}. It is over {other} [recovery]{unit} for [keep_firing]. "
    "With fewer than [min_samples]calls or no data, [no_data]."
)


@pytest.mark.parametrize(
    ("rule", "reads"),
    [
        (SLOW, "[metric]" + THRESHOLD.format(unit="ms", side="above", other="below")),
        (
            Rule("v", metric="value", data="total", operator="below", warning=1),
            "[metric] [statistic] [data]" + THRESHOLD.format(unit="", side="below", other="above"),
        ),
        (
            STUCK,
            "[data] of [filter], for [group_by], repeats more than [repeats]times in a row and stays so for "
            "at least [min_seconds]s, numbers within [tolerance] counting as equal, as [severity].",
        ),
        (
            Rule("n", kind="no calls"),
            "nothing of [filter], for [group_by], was called for [window], as [severity].",
        ),
        (
            Rule("e", kind="new exception"),
            "[filter], for [group_by], raises, within [window], what it did not raise in the seven days "
            "before, as [severity].",
        ),
        (
            Rule("t", kind="type change"),
            "[data] of [filter], for [group_by], has, within [window], another type than usual, "
            "as [severity].",
        ),
        (
            Rule("s", kind="error spike", warning=3),
            "the error rate of [filter], for [group_by], over [window], against the median of [days]days at "
            "this hour, which counts as at least [floor]%, is above [warning]times for [for_], as a warning",
        ),
        (
            Rule("g", kind="memory growth", warning=3),
            "the median memory delta of [filter], for [group_by], has grown from one [window] to the next by "
            "more than [warning]MB for [for_], as a warning, and as critical by more than [critical]MB.",
        ),
        (
            Rule("w", kind="regression"),
            "a new version of [filter], for [group_by], is slower or fails more than the one before, as Code "
            "Inspector judges it, as [severity].",
        ),
        (
            Rule("c", kind="combination"),
            "[all_of] all fire, and at least one of [any_of], but none of [none_of], for [group_by], for "
            "[for_], as [severity].",
        ),
    ],
    ids=lambda one: one.kind if isinstance(one, Rule) else "",
)
def test_each_kind_is_a_sentence_of_slots(rule: Rule, reads: str) -> None:
    assert words(form(rule)).startswith(START + reads)


def test_slots_hold_what_is_typed_and_say_what_is_wrong() -> None:
    made = form(SLOW, {"warning": "many", "channels": ["c1", "c3", "c2"]}, {"warning": "write a number"})
    fields = by_name(made)
    assert fields["warning"]["defaultValue"] == "many"
    assert (fields["warning"]["aria-invalid"], fields["warning"]["title"]) == ("true", "write a number")
    assert "Warning: write a number" in words(made)
    boxes = [one["props"] for one in nodes(made) if one["props"].get("type") == "checkbox"]
    assert [box["defaultChecked"] for box in boxes] == [True, True, True]
    said = next(one for one in nodes(made) if one["type"] == "summary")
    assert said["props"]["children"] == "ops, mail and 1 more"
    assert all(one.get("aria-label") for name, one in fields.items() if name != "channels")


def test_a_window_that_is_not_offered_is_added() -> None:
    options = by_name(form(Rule("w", metric="p95", warning=1, window=45)))["window"]["children"]
    assert [one["props"]["value"] for one in options][:3] == ["30", "45", "60"]
    nobody = plain(alert_builder.form(SLOW, {}, {}, Choices(), STATE, "k"))
    assert "There is no channel yet" in json.dumps(nobody)


def test_the_head_offers_templates_for_a_new_rule_alone() -> None:
    assert "Error rate" in json.dumps(plain(alert_builder.head(Rule(""), STATE)))
    known = json.dumps(plain(alert_builder.head(Rule("x", id="r", revision=3), STATE)))
    assert "revision 3" in known
    assert "Error rate" not in known


def replayed(**changes: Any) -> Replay:
    points = tuple(
        Point(NOW - at * MINUTE, 100.0 + at, 9, "firing" if at < 3 else "ok", "") for at in range(60, -1, -1)
    )
    made = {"points": points, "key": "", "keys": 1, "flaps": 1, "step_ns": MINUTE, "known_from_ns": 0,
            "episodes": (Episode("", NOW - 9 * MINUTE, NOW - 4 * MINUTE, "warning", 300.0),),
            "longest_ns": 5 * MINUTE} | changes  # fmt: skip
    return Replay(**made)  # type: ignore[arg-type]


def test_a_replay_says_how_often_how_long_and_how_sure_it_is() -> None:
    begin = NOW - 60 * MINUTE
    said = text(alert_replay.head(replayed(), begin, NOW, STATE, Place()))
    assert "would have fired once, longest 5 min, 1 flap" in said
    twice = replayed(episodes=replayed().episodes * 2, flaps=0, keys=3, key="web", step_ns=7 * MINUTE,
                     known_from_ns=NOW - 20 * MINUTE)  # fmt: skip
    more = text(alert_replay.head(twice, begin, NOW, STATE, Place()))
    for part in ("2 times", "in 3 groups", "judged every 7 min", "could not be read in time", "shown: web"):
        assert part in more
    never = replayed(episodes=(), flaps=0)
    assert "would never have fired" in text(alert_replay.head(never, begin, NOW, STATE, Place()))
    assert "No call matched" in text(alert_replay.head(replayed(points=()), begin, NOW, STATE, Place()))
    links = hrefs(alert_replay.lengths(STATE, Place(replay="7d")))
    assert [link.split("?")[1] for link in links] == ["new=slow", "new=slow&replay=7d", "new=slow&replay=30d"]


def test_the_slider_moves_the_first_threshold_over_what_was_measured() -> None:
    slow = alert_replay.slider_of(SLOW, [20.0, 480.0])
    assert slow is not None
    assert (slow.field, slow.value, slow.low) == ("warning", 100.0, 0.0)
    assert slow.high >= 480.0
    critical = alert_replay.slider_of(Rule("c", metric="value", data="t", critical=-3.0), [-9.0, -5.0])
    assert critical is not None
    assert (critical.field, critical.low <= -9.0, critical.high >= -3.0) == ("critical", True, True)
    stale = alert_replay.slider_of(STUCK, [539.0])
    assert stale is not None
    assert (stale.field, stale.high, stale.step) == ("repeats", 539.0, 1.0)
    assert alert_replay.slider_of(Rule("n", kind="no calls"), []) is None
    assert alert_replay.slider(None) is None
    drawn = [one["props"] for one in nodes(plain(alert_replay.slider(slow)))]
    assert next(one for one in drawn if one.get("type") == "range")["data-slider"] == "warning"


def test_moments_are_a_table_newest_first() -> None:
    shown = alert_replay.evaluations(SLOW, replayed().points)
    assert shown is not None
    assert "100 ms" in text(shown)
    assert alert_replay.evaluations(SLOW, ()) is None
    rules = (Rule("n", kind="no calls"), Rule("t", kind="type change"), SLOW)
    seen = [alert_replay.point_text(rule, 1.0, "str, was int") for rule in rules]
    assert seen == ["none", "str, was int", "1 ms"]
    assert alert_replay.point_text(SLOW, None, "") == "–"  # noqa: RUF001


@pytest.mark.parametrize("kind", [one.key for one in alert_channels.KINDS])
def test_every_kind_of_channel_has_a_form_that_keeps_its_secret(kind: str) -> None:
    chosen = Shown("c1", kind, "ops", {"to": ("a@b.c",), "url": "https://x"}, "kept encrypted", 1, NOW, 4)
    made = plain(alert_channels.form(chosen, "", {"url": "no address"}, {}, STATE))
    fields = by_name(made)
    assert fields["secret"]["type"] == "password"
    assert fields["secret"]["defaultValue"] == ""
    assert "leave empty to keep it" in fields["secret"]["placeholder"]
    save = next(one["props"] for one in nodes(made) if one["props"].get("data-act") == "save-channel")
    assert (save["data-id"], save["data-revision"]) == ("c1", "4")


def test_a_new_channel_chooses_its_kind_and_keeps_what_was_typed() -> None:
    made = plain(alert_channels.form(None, "email", {"to": "one or more"}, {"host": "smtp.x"}, STATE))
    fields = by_name(made)
    assert fields["kind"]["defaultValue"] == "email"
    assert fields["host"]["defaultValue"] == "smtp.x"
    assert fields["to"]["aria-invalid"] == "true"
    assert "one or more" in words(made)


def test_the_silence_is_a_sentence_too() -> None:
    made = plain(alert_silences.form([("r1", "slow")], Place(rule="r1", key="web"), {"reason": "say why"}))
    assert words(made).startswith("Tell nobody about [rule] for [key] as [severity] during [seconds]")
    assert "[from] to [to] in [zone] [hours], because [reason]" in words(made)
    wrong = plain(alert_silences.form([], Place(), {"hours": "no day", "ends": "late", "starts": "early"}))
    fields = by_name(wrong)
    assert [fields[name]["title"] for name in ("hours", "to", "from")] == ["no day", "late", "early"]
    assert by_name(made)["rule"]["defaultValue"] == "r1"
    assert "say why" in words(made)
    assert SECOND < MINUTE


def test_the_escalation_says_who_is_told_when_before_it_is_saved() -> None:
    bare = form(SLOW)
    assert (
        "If nobody acknowledges it, [after_1]. A message may wait [group_wait] for what belongs to it."
        in words(bare)
    )
    rule = replace(SLOW, channels=("c2",), escalation=(Step(600, ("c3",)),), hours="mon-fri UTC")
    stepped = form(rule)
    assert "Who is told: nobody" in words(bare)
    assert "[after_1] also [also_1], then [after_2]. A message" in words(stepped)
    assert "Who is told: at once: mail · after 10 min without acknowledgement: sms" in words(stepped)
    fields = by_name(stepped)
    assert (fields["after_1"]["defaultValue"], fields["after_2"]["defaultValue"]) == ("600", "0")
    assert fields["hours"]["defaultValue"] == "mon-fri UTC"
    wrong = form(SLOW, {"after_1": "60"}, {"escalation": "choose whom each step tells", "hours": "no zone"})
    marked = [
        one["props"]["aria-label"]
        for one in nodes(wrong)
        if one["type"] == "summary" and "bad" in one["props"]["className"]
    ]
    assert marked == ["Step 1 tells: nobody"]
    assert "Escalation: choose whom each step tells" in words(wrong)
    assert "bad" in by_name(wrong)["hours"]["className"]
