"""One message per cause: a chain of calls that breaks at its end, over a real store and a real receiver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerting import alertmanager, edit
from alerting.channels import Channel, email_message, slack_payload
from alerting.message import message
from alerting.rule import Rule, as_dict
from alerting.state import NS
from alerting.steps import Step
from data import control_alerts, control_outbox, control_silences, control_ties
from data.control_alerts import StoredEvent
from data.control_ties import Kin, Tie
from flowglass.redact import Redactor
from queries import alert_log, alerts
from tests.support.functions import MS, FunctionCall
from tests.support.sinks import Sink
from tests.support.watching import Living, told_each

CHAIN = ("checkout", "pay_order", "charge")  # each calls the next
ERRORS = Rule("", metric="errors", warning=1.0, window=20, no_data="ok")


def rule_of(process: str, **more: Any) -> Rule:
    """Fires when the process fails more than once in 20 s; its channel is named like itself."""
    made = replace(ERRORS, name=f"{process} fails", filter=f'process:="{process}"', channels=(process,))
    return replace(made, **more)


class Shop(Living):
    """Orders whose innermost call may fail, and every call above it with it."""

    def order(self, fails: str = "", widths: tuple[float, ...] = (30, 20, 10), top: str = "") -> None:
        """One trace; `fails` is the deepest call that fails, `top` the outermost call there is."""
        trace = (1 << 70) + self.number
        chain = CHAIN[CHAIN.index(top) if top else 0 :]
        above = CHAIN.index(fails) if fails else -1
        for at, name in enumerate(chain):
            width = widths[at]
            self.write(
                FunctionCall(
                    self.now - round(width * MS), name=name, group="shop", ms=width, trace=trace,
                    span=1_000_000 + self.number, parent=1_000_000 + self.number - 1 if at else 0,
                    exception="Declined" if CHAIN.index(name) <= above else "",
                )
            )  # fmt: skip

    def tick(self, fails: str = "", seconds: float = 4, **more: Any) -> None:
        """Two orders, some time, one pass, and what is due is sent."""
        for _ in range(2):
            self.order(fails, **more)
        self.step(seconds)
        self.outbox().run_pass(self.now)

    def ties(self) -> list[tuple[str, str, int, bool, bool]]:
        """Effect, cause, calls between, whether told before, whether over."""
        return [
            (one.rule_name, one.cause_name, one.calls, bool(one.told_ns), bool(one.ended_ns))
            for one in control_ties.ties(self.control)
        ]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


@pytest.fixture
def sink(shop: Shop) -> Iterator[Sink]:
    with told_each(shop, CHAIN) as receiver:
        yield receiver


def told(sink: Sink) -> list[tuple[str, str, str]]:
    """Channel, rule and kind of each message, in order."""
    found = [(path.removeprefix("/"), json.loads(body)) for path, _, body in sink.requests]
    return [(path, payload["rule"]["name"], payload["kind"]) for path, payload in found]


def bodies(sink: Sink) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, body in sink.requests]


def test_a_chain_that_breaks_at_its_end_makes_one_message_for_all_who_are_affected(
    shop: Shop, sink: Sink
) -> None:
    for process in CHAIN:
        shop.rule(rule_of(process), process)
    shop.tick()
    shop.tick("charge")
    assert shop.kinds() == ["fired", "fired", "fired"]
    assert shop.ties() == [
        ("checkout fails", "charge fails", 2, False, False),
        ("pay_order fails", "charge fails", 1, False, False),
    ]
    assert sorted(told(sink)) == [(channel, "charge fails", "fired") for channel in sorted(CHAIN)]
    body = bodies(sink)[0]
    assert [(one["rule"]["name"], one["told"]) for one in body["affected"]] == [
        ("pay_order fails", None),
        ("checkout fails", None),
    ]
    assert (body["title"], body["cause"]) == ("charge fails: firing, 2 errors, 2 affected", None)
    shop.tick("charge")
    shop.restart()  # knows the ties again
    shop.tick("charge")
    assert len(told(sink)) == 3
    for _ in range(8):
        shop.tick()
    assert [kind for kind in shop.kinds() if kind == "resolved"] == ["resolved"] * 3
    assert sorted(told(sink)[3:]) == [(channel, "charge fails", "resolved") for channel in sorted(CHAIN)]
    assert all(over for *_, over in shop.ties())


def test_a_caller_that_fires_first_waits_for_what_it_calls(shop: Shop, sink: Sink) -> None:
    shop.rule(rule_of("checkout"), "checkout")
    shop.rule(rule_of("charge", warning=4.0), "charge")
    shop.tick()
    shop.tick("charge")
    assert (shop.kinds(), told(sink)) == (["fired"], [])
    shop.restart()
    shop.tick("charge", 2)
    shop.tick("charge", 2)
    assert sorted(told(sink)) == [("charge", "charge fails", "fired"), ("checkout", "charge fails", "fired")]
    dropped = [row for row in control_outbox.log(shop.control) if row.state == "dropped"]
    assert [(row.channel_id, row.answer) for row in dropped] == [("checkout", "told with its cause")]


def test_a_caller_that_waited_in_vain_is_told_after_its_group_wait(shop: Shop, sink: Sink) -> None:
    shop.rule(rule_of("checkout"), "checkout")
    shop.rule(rule_of("charge", warning=1_000.0), "charge")
    shop.tick()
    for _ in range(2):
        shop.tick("charge")
    assert told(sink) == []
    for _ in range(2):
        shop.tick("charge")
    assert told(sink) == [("checkout", "checkout fails", "fired")]


def test_nobody_waits_for_calls_that_no_rule_watches(shop: Shop, sink: Sink) -> None:
    shop.rule(rule_of("checkout"), "checkout")
    shop.rule(rule_of("charge", metric="traffic"), "charge")
    shop.tick()
    shop.tick("charge")
    assert told(sink) == [("checkout", "checkout fails", "fired")]


def test_a_caller_that_was_told_already_is_linked_and_ends_for_those_who_know(shop: Shop, sink: Sink) -> None:
    shop.rule(rule_of("checkout", group_wait=0), "checkout")
    shop.rule(rule_of("charge", for_=10), "charge")
    shop.tick()
    for _ in range(5):
        shop.tick("charge")
    assert told(sink)[0] == ("checkout", "checkout fails", "fired")
    assert sorted(told(sink)[1:]) == [
        ("charge", "charge fails", "fired"),
        ("checkout", "charge fails", "fired"),
    ]
    assert shop.ties() == [("checkout fails", "charge fails", 2, True, False)]
    (affected,) = bodies(sink)[1]["affected"]
    assert affected["told"] == bodies(sink)[0]["at"]
    effect, cause = alerts.active(shop.reader, shop.now)
    assert cause.affected == (effect.cause,)
    assert (effect.affected, cause.cause) == ((), None)
    for _ in range(8):
        shop.tick()
    assert sorted(told(sink)[3:]) == [
        ("charge", "charge fails", "resolved"), ("checkout", "charge fails", "resolved"),
        ("checkout", "checkout fails", "resolved"),
    ]  # fmt: skip


def test_an_effect_that_goes_on_alone_is_told_then(shop: Shop, sink: Sink) -> None:
    for process in ("checkout", "charge"):
        shop.rule(rule_of(process), process)
    shop.tick()
    shop.tick("charge")
    assert len(told(sink)) == 2
    for _ in range(6):
        shop.tick("checkout")  # fails by itself now
    assert [kind for *_, kind in told(sink)[2:]].count("resolved") == 2
    assert ("checkout", "checkout fails", "still firing") not in told(sink)  # within its group wait
    shop.restart()
    for _ in range(4):
        shop.tick("checkout")
    assert told(sink)[4:] == [("checkout", "checkout fails", "still firing")]
    cause = bodies(sink)[4]["cause"]
    assert cause["rule"]["name"] == "charge fails"
    assert cause["over"] > cause["since"]
    newest = alert_log.events(shop.reader, "checkout")[0]
    assert newest.kin.cause is not None
    (fired,) = (one for one in alert_log.events(shop.reader, "charge") if one.kind == "fired")
    assert [one.rule_name for one in fired.kin.affected] == ["checkout fails"]


def test_what_is_left_in_a_longer_window_is_not_told_alone(shop: Shop, sink: Sink) -> None:
    shop.rule(rule_of("checkout", window=120), "checkout")
    shop.rule(rule_of("charge"), "charge")
    shop.tick()
    shop.tick("charge")
    for _ in range(14):
        shop.tick(seconds=12)
    assert shop.kinds()[-1] == "resolved"
    assert {name for _, name, _ in told(sink)} == {"charge fails"}


def test_a_deeper_cause_takes_over_and_gives_back(shop: Shop, sink: Sink) -> None:
    shop.rule(rule_of("checkout"), "checkout")
    shop.rule(rule_of("pay_order"), "pay_order")
    shop.tick()
    shop.tick("charge")
    assert shop.ties() == [("checkout fails", "pay_order fails", 1, False, False)]
    shop.rule(rule_of("charge"), "charge")
    shop.tick("charge")
    shop.tick("charge")
    assert [one[:2] for one in shop.ties() if not one[4]] == [
        ("checkout fails", "charge fails"), ("pay_order fails", "charge fails"),
    ]  # fmt: skip
    for _ in range(6):
        shop.tick("pay_order")
    assert [one[:2] for one in shop.ties() if not one[4]] == [("checkout fails", "pay_order fails")]
    assert not [one for one in told(sink) if one[1] == "checkout fails"]


@pytest.mark.parametrize(
    ("widths", "ties"),
    [
        ((300, 200, 150), {("checkout fails", "charge fails"), ("pay_order fails", "charge fails")}),
        ((300, 200, 70), {("checkout fails", "pay_order fails")}),  # charge takes too little of it
    ],
)
def test_what_is_slow_passes_it_on_by_its_time(
    shop: Shop, sink: Sink, widths: tuple[float, ...], ties: set[tuple[str, str]]
) -> None:
    for process in CHAIN:
        shop.rule(rule_of(process, metric="p50", warning=60.0), process)
    shop.tick()
    for _ in range(3):
        shop.tick(widths=widths)
    assert {one[:2] for one in shop.ties()} == ties
    effects = {effect for effect, _ in ties}
    assert {name for _, name, _ in told(sink)} == {f"{one} fails" for one in CHAIN} - effects


def test_two_that_fail_in_traces_of_their_own_are_two_messages(shop: Shop, sink: Sink) -> None:
    for process in ("checkout", "charge"):
        shop.rule(rule_of(process), process)
    shop.tick()
    for _ in range(2):
        shop.order("checkout")
        shop.order("charge", top="charge")
    shop.step(4)
    shop.outbox().run_pass(shop.now)
    assert shop.ties() == []
    assert sorted(name for _, name, _ in told(sink)) == ["charge fails", "checkout fails"]


def test_groups_of_one_rule_are_tied_too(shop: Shop, sink: Sink) -> None:
    shop.rule(rule_of("charge", name="any fails", filter="", group_by="process", group_wait=0), "any")
    shop.tick()
    shop.tick("charge")
    assert len(shop.ties()) == 2
    (body,) = bodies(sink)
    assert body["group"] == "charge"


def test_a_silenced_cause_keeps_its_effects_quiet_and_one_off_hours_does_not(shop: Shop, sink: Sink) -> None:
    edit.add_silence(
        shop.control, shop.now, "mia", ends_ns=shop.now + 30 * NS, reason="move", key="", rule_id=""
    )
    for process in ("checkout", "charge"):
        shop.rule(rule_of(process), process)
    shop.tick()
    shop.tick("charge")
    assert told(sink) == []
    for _ in range(8):
        shop.tick("charge")
    assert sorted(told(sink)) == [
        ("charge", "charge fails", "still firing"), ("checkout", "charge fails", "still firing"),
    ]  # fmt: skip


def test_an_effect_of_a_rule_off_hours_speaks_for_itself(shop: Shop, sink: Sink) -> None:
    shop.rule(rule_of("checkout"), "checkout")
    shop.rule(rule_of("charge", hours="mon UTC"), "charge")  # the world begins on a Saturday
    shop.tick()
    for _ in range(5):
        shop.tick("charge")
    assert told(sink) == [("checkout", "checkout fails", "fired")]
    assert shop.ties() == [("checkout fails", "charge fails", 2, True, False)]


def test_the_escalation_of_an_effect_goes_on_until_somebody_looks_after_the_cause(
    shop: Shop, sink: Sink
) -> None:
    shop.rule(rule_of("checkout", escalation=(Step(60, ("pay_order",)),)), "checkout")
    shop.rule(rule_of("charge"), "charge")
    shop.tick()
    for _ in range(10):
        shop.tick("charge")
    assert len(told(sink)) == 2
    for _ in range(8):
        shop.tick("charge")
    assert told(sink)[2:] == [("pay_order", "checkout fails", "unacknowledged")]
    for _ in range(8):
        shop.tick()
    assert ("pay_order", "checkout fails", "resolved") in told(sink)
    shop.tick("charge")
    (cause,) = (one for one in control_alerts.events(shop.control, "charge")[:1])
    control_silences.acknowledge(shop.control, "charge", "", cause.episode_ns, "mia", shop.now)
    before = len(told(sink))
    for _ in range(20):
        shop.tick("charge")
    assert [one for one in told(sink)[before:] if one[2] == "unacknowledged"] == []


def test_a_rule_that_is_deleted_ends_its_ties(shop: Shop, sink: Sink) -> None:
    for process in ("checkout", "charge"):
        shop.rule(rule_of(process), process)
    shop.tick()
    shop.tick("charge")
    control_alerts.delete_rule(shop.control, "charge", shop.now, "mia")
    for _ in range(5):
        shop.tick("charge")
    assert all(over for *_, over in shop.ties())
    assert ("checkout", "checkout fails", "still firing") in told(sink)
    assert as_dict(rule_of("charge"))["name"] == "charge fails"


def test_every_kind_of_channel_says_what_is_affected_and_names_are_masked() -> None:
    tie = Tie(
        "a", "mia@example.com", NS, "checkout fails", "critical", "c", "", NS, "charge fails", 2, 2 * NS,
        60 * NS, 0,
    )  # fmt: skip
    event = StoredEvent(
        "e", "c", "charge fails", "", "fired", 5 * NS, "warning", 3.0, "", 1 * NS, 1,
        json.dumps({"unit": "errors", "warning": 2.0, "metric": "errors"}),
    )  # fmt: skip
    said = message(event, "http://x", Redactor(), kin=Kin(affected=(tie,)))
    assert said.facts[-1].startswith("affected: checkout fails (")
    assert "mia@" not in json.dumps(said.payload) + said.text
    assert "(told 00:01 UTC)" in slack_payload(said)["blocks"][1]["text"]["text"]
    mail = Channel("m", "email", "mail", sender="a@b.c", to=("d@e.f",))
    assert "1 affected" in email_message(mail, said)["Subject"]
    assert "affected: checkout fails" in email_message(mail, said).get_content()
    (alert,) = alertmanager.alerts(said)
    assert alert["annotations"]["affected"] == "checkout fails"
    own = replace(event, detail=json.dumps({"text": "call {owner}", "owner": "mara"}))
    assert message(own, "http://x", Redactor(), kin=Kin((tie,))).facts[0] == "call mara"
    many = Kin(tuple(replace(tie, rule_name=f"r{at}", key="") for at in range(11)))
    assert (
        message(event, "http://x", Redactor(), kin=many).facts[-1].endswith("r7 (told 00:01 UTC) and 3 more")
    )
    effect = message(event, "http://x", Redactor(), kin=Kin(cause=tie)).facts
    assert effect[-1] == "an effect of charge fails"
