"""The builder: one sentence in plain English whose slots are its controls, errors at their slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerting.draft import as_form
from alerting.escalation import timeline
from alerting.message import span_text
from alerting.rule import Rule
from alerting.sentence import (
    KIND_WORDS,
    METRIC_WORDS,
    NO_DATA_WORDS,
    STATISTIC_WORDS,
    at_a_moment,
    everything,
    needs_data,
)
from alerting.steps import MOST
from alerting.templates import TEMPLATES
from dashboard.alert_place import href
from dashboard.components import alert_forms as forms
from dashboard.components.marks import attr, classes
from dashboard.url import PageState

WINDOWS = (30, 60, 300, 600, 900, 1800, 3600, 21_600, 86_400)
WAITS = (0, 30, 60, 120, 300, 600, 900, 1800, 3600)
SUGGESTIONS = "alert-calls"
DATA_SUGGESTIONS = "alert-data"
BY_SUGGESTIONS = "alert-by"
BRACES = "Filled in: {rule} {group} {value} {threshold} {function} {file} {line} {last_values} …"
HOURS = (
    "mon-fri 08:00-18:00 Europe/Berlin", "08:00-22:00 UTC", "sat,sun UTC", "22:00-06:00 America/New_York",
)  # fmt: skip
HOURS_SUGGESTIONS = "alert-hours"
GROUP_WAITS = (0, 5, 10, 30, 60, 300)  # seconds
NO_CHANNEL = "There is no channel yet"
AFTER = (0, 60, 300, 600, 900, 1800, 3600, 7200, 14_400)  # seconds
REPEATS = (0, 300, 900, 3600, 14_400, 86_400)
FIELD_WORDS = {
    "name": "Name", "filter": "Calls", "data": "Value", "window": "Window", "for_": "For",
    "keep_firing": "Over for", "warning": "Warning", "critical": "Critical", "recovery": "Over",
    "min_samples": "Least calls", "repeats": "Repeats", "min_seconds": "Least time", "owner": "Owner",
    "runbook": "Runbook", "channels": "Channels", "group_by": "Judged for", "tolerance": "Tolerance",
    "days": "Past days", "floor": "Least usual rate", "all_of": "All of", "any_of": "One of",
    "none_of": "None of", "operator": "Direction", "repeat": "Told again", "hours": "Told",
    "escalation": "Escalation", "group_wait": "Waits",
    "message_title": "Title", "message_text": "Text",
}  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """What the slots offer: channels and rules by id, filters of known calls, names of values."""

    channels: Sequence[tuple[str, str]] = ()
    calls: Sequence[str] = ()
    data: Sequence[str] = ()
    rules: Sequence[tuple[str, str]] = ()  # others, by id


def form(
    rule: Rule, typed: Mapping[str, Any], errors: Mapping[str, str], choices: Choices, state: PageState,
    key: str,
) -> Any:  # fmt: skip
    """The whole form. `typed` lays what is in the browser over the rule, also what cannot be read yet."""
    values = as_form(rule) | dict(typed)
    slot = Slots(values, errors)
    return forms.element(
        "form",
        forms.element("div", sentence(rule, slot, choices), className="sent"),
        forms.element("div", about(slot), className="sent small"),
        forms.element("div", later(rule, slot, choices), className="sent small"),
        forms.messages(errors, FIELD_WORDS),
        forms.element("div", tools(rule, state, bool(errors)), className="row-x form-tools"),
        forms.datalist(SUGGESTIONS, choices.calls),
        forms.datalist(DATA_SUGGESTIONS, choices.data),
        forms.datalist(HOURS_SUGGESTIONS, HOURS),
        forms.datalist(BY_SUGGESTIONS, ("process", "group", "attr.http.route")),
        key=key,
        className="rule-form",
        **attr(data_form="rule", data_for=key),
    )


def head(rule: Rule, state: PageState) -> list[Any]:
    """New or known, and templates to begin with."""
    items = [
        forms.element(
            "Link", forms.element("b", one.rule.name), forms.element("span", one.why, className="mut t1"),
            href=href(state, new=one.key, rule="", edit="", data="", metric="", name=""), key=one.key,
            className="tpl", **attr(data_forget="1"),
        )
        for one in TEMPLATES
    ]  # fmt: skip
    templates = forms.element(
        "details",
        forms.element("summary", "Templates", className="btn-x sm quiet"),
        forms.element("div", items, className="menu right tpls-menu"),
        className="slot-pop",
    )
    badge = "draft" if not rule.id else f"revision {rule.revision}"
    return [
        forms.element("h2", "Rule" if not rule.id else rule.name),
        forms.element("span", badge, className="badge-x"),
        forms.element("span", [] if rule.id else [templates], className="meta"),
    ]


class Slots:
    """Makes the control of a field, with what stands in it and what is wrong with it."""

    def __init__(self, values: Mapping[str, Any], errors: Mapping[str, str]) -> None:
        self._values = values
        self._errors = errors

    def choice(self, name: str, options: forms.Options, label: str, look: str = "") -> Any:
        """One of several."""
        return forms.select(
            name, options, str(self._values[name]), label, wrong=self._errors.get(name, ""), look=look
        )

    def seconds(self, name: str, offered: Sequence[int], label: str) -> Any:
        """A length of time; one that is not offered is added where it belongs."""
        now = str(self._values[name])
        known = sorted({*offered, *([int(now)] if now.isdigit() else [])})
        return self.choice(name, [(str(one), span_text(one) if one else "0 s") for one in known], label)

    def is_step(self, at: int) -> bool:
        """Whether this step of the escalation is ever taken."""
        return str(self._values.get(f"after_{at}") or "0") != "0"

    def after(self, at: int) -> Any:
        """When a step of the escalation is taken."""
        name = f"after_{at}"
        now = str(self._values.get(name) or "0")
        known = sorted({*AFTER, *([int(now)] if now.isdigit() else [])})
        words = [(str(one), f"after {span_text(one)}" if one else "nobody else is told") for one in known]
        return self.choice(name, words, f"When step {at} is taken")

    def number(self, name: str, unit: str, label: str) -> Any:
        """A number with its unit."""
        wrong = self._errors.get(name, "")
        return forms.number(name, str(self._values[name]), unit, label, wrong=wrong)

    def text(self, name: str, label: str, **more: str) -> Any:
        """A line of text."""
        return forms.text(name, str(self._values[name]), label, wrong=self._errors.get(name, ""), **more)

    def _is_wrong(self, name: str, picked: Sequence[str]) -> bool:
        """Of the steps of an escalation those are wrong that tell nobody."""
        step = name.startswith("also_") and not picked
        return bool(self._errors.get("escalation" if step else name))

    def several(self, name: str, known: Sequence[tuple[str, str]], label: str, none: str, empty: str) -> Any:
        """Any number of named things, in a list that opens; `none` stands while none is chosen."""
        picked = [str(one) for one in self._values.get(name) or ()]
        names = [word for id, word in known if id in picked]
        said = ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
        said = said or none
        boxes = [
            forms.element(
                "label",
                forms.element("input", type="checkbox", name=name, value=id, defaultChecked=id in picked),
                forms.element("span", word), key=id, className="mi-box",
            )
            for id, word in known
        ]  # fmt: skip
        if not boxes:
            boxes = [forms.element("span", empty, className="mut t1")]
        look = classes("slot", "bad" if self._is_wrong(name, picked) else "")
        return forms.element(
            "details",
            forms.element("summary", said, className=look, **attr(aria_label=f"{label}: {said}")),
            forms.element("div", boxes, className="menu boxes"), className="slot-pop", key=name,
        )  # fmt: skip


def sentence(rule: Rule, slot: Slots, choices: Choices) -> list[Any]:
    """The sentence of this kind of rule."""
    kinds = list(KIND_WORDS.items())
    told = slot.several("channels", choices.channels, "Channels", "nobody", NO_CHANNEL)
    start = ["Tell ", told, " when ", slot.choice("kind", kinds, "What happens")]
    calls = slot.text(
        "filter", "Calls, as in Trace Explorer's search", look="mono calls", placeholder=everything(rule),
        options=SUGGESTIONS,
    )  # fmt: skip
    if rule.kind == "threshold":
        return [*start, ": ", *_threshold(rule, slot, calls)]
    if rule.has_thresholds:
        return [*start, ": ", *_rising(rule, slot, calls)]
    if rule.kind == "combination":
        return [*start, ": ", *_combined(slot, choices.rules), ", as ", _severity(slot), "."]
    return [*start, ": ", *_other(rule, slot, calls), ", as ", _severity(slot), "."]


def _rising(rule: Rule, slot: Slots, calls: Any) -> list[Any]:
    """What rises against its own past."""
    window = slot.seconds("window", WINDOWS, "Window")
    if rule.kind == "memory growth":
        start = ["the median memory delta of ", calls, ", for ", _by(slot), ", has grown from one ", window,
                 " to the next by more than "]  # fmt: skip
        return [*start, *_limits(rule, slot, "by more than")]
    start = [
        "the error rate of ", calls, ", for ", _by(slot), ", over ", window, ", against the median of ",
        slot.number("days", "days", "Past days"), " at this hour, which counts as at least ",
        slot.number("floor", "%", "Least usual rate"), ", is above ",
    ]  # fmt: skip
    return [*start, *_limits(rule, slot, "above")]


def _combined(slot: Slots, rules: Sequence[tuple[str, str]]) -> list[Any]:
    empty = "There is no other rule yet"
    return [
        slot.several("all_of", rules, "All of these fire", "none in particular", empty),
        " all fire, and at least one of ",
        slot.several("any_of", rules, "One of these fires", "any", empty), ", but none of ",
        slot.several("none_of", rules, "None of these fires", "none", empty), ", for ", _by(slot), ", for ",
        slot.seconds("for_", WAITS, "How long before it fires"),
    ]  # fmt: skip


def _threshold(rule: Rule, slot: Slots, calls: Any) -> list[Any]:
    metric = slot.choice("metric", list(METRIC_WORDS.items()), "Metric")
    statistics = list(STATISTIC_WORDS.items())
    named = [" ", slot.choice("statistic", statistics, "Of the window"), " ", _data(slot)]
    return [
        metric, *(named if needs_data(rule) else []), " of ", calls, ", for ", _by(slot),
        *([","] if at_a_moment(rule) else [", over ", slot.seconds("window", WINDOWS, "Window")]), " is ",
        slot.choice("operator", [("above", "above"), ("below", "below")], "Direction"), " ",
        *_limits(rule, slot, rule.operator),
    ]  # fmt: skip


def _limits(rule: Rule, slot: Slots, direction: str) -> list[Any]:
    """Both thresholds and when it is over, from the warning threshold on."""
    other = "below" if rule.operator == "above" else "above"
    return [
        slot.number("warning", rule.unit, "Warning threshold"), " for ",
        slot.seconds("for_", WAITS, "How long before it fires"), ", as a ",
        _sign("warning", "warning"), ", and as ", _sign("critical", "critical crit"), f" {direction} ",
        slot.number("critical", rule.unit, "Critical threshold"), f". It is over {other} ",
        slot.number("recovery", rule.unit, "Recovery threshold"), " for ",
        slot.seconds("keep_firing", WAITS, "How long before it is over"), ". With fewer than ",
        slot.number("min_samples", "calls", "Least calls"), " or no data, ",
        slot.choice("no_data", list(NO_DATA_WORDS.items()), "Without data"), ".",
    ]  # fmt: skip


def _other(rule: Rule, slot: Slots, calls: Any) -> list[Any]:
    window = slot.seconds("window", WINDOWS, "Window")
    if rule.kind == "stale":
        return [
            _data(slot), " of ", calls, ", for ", _by(slot), ",", " repeats more than ",
            slot.number("repeats", "times", "Repeats"), " in a row and stays so for at least ",
            slot.number("min_seconds", "s", "Least time"), ", numbers within ",
            slot.number("tolerance", "", "Tolerance"), " counting as equal",
        ]  # fmt: skip
    if rule.kind == "no calls":
        return ["nothing of ", calls, ", for ", _by(slot), ",", " was called for ", window]
    if rule.kind == "new exception":
        return [calls, ", for ", _by(slot), ", raises, within ", window,
                ", what it did not raise in the seven days before"]  # fmt: skip
    if rule.kind == "regression":
        return ["a new version of ", calls, ", for ", _by(slot),
                ", is slower or fails more than the one before, as Code Inspector judges it"]  # fmt: skip
    return [_data(slot), " of ", calls, ", for ", _by(slot), ",", " has, within ", window,
            ", another type than usual"]  # fmt: skip


def _data(slot: Slots) -> Any:
    return slot.text(
        "data", "Name of the value", look="mono short", placeholder="return", options=DATA_SUGGESTIONS
    )


def _by(slot: Slots) -> Any:
    return slot.text(
        "group_by", "What is judged by itself", look="mono short", placeholder="all together",
        options=BY_SUGGESTIONS,
    )  # fmt: skip


def _severity(slot: Slots) -> Any:
    options = [("info", "info"), ("warning", "a warning"), ("critical", "critical")]
    return slot.choice("severity", options, "Severity")


def _sign(word: str, look: str) -> Any:
    return forms.element("span", word, className=f"sev-word {look}")


def about(slot: Slots) -> list[Any]:
    """Name, owner, runbook: what a message says beside the number."""
    return [
        "It is called ", slot.text("name", "Name", placeholder="a name"), ", belongs to ",
        slot.text("owner", "Owner", look="short", placeholder="nobody"), " and is explained at ",
        slot.text("runbook", "Runbook", placeholder="https://…"),
        ". It is told ", hours(slot), ". While nobody acknowledges it, it is told again ", _again(slot),
        ". The message is titled ",
        slot.text("message_title", f"Title of the message. {BRACES}", placeholder="as usual"), " and says ",
        slot.text("message_text", f"Text of the message. {BRACES}", placeholder="as usual"), ".",
    ]  # fmt: skip


def later(rule: Rule, slot: Slots, choices: Choices) -> list[Any]:
    """The steps that were written and room for one more, and in words who is told when."""
    parts: list[Any] = ["If nobody acknowledges it, "]
    used = [at for at in range(1, MOST + 1) if slot.is_step(at)]
    for at in range(1, min(max(used, default=0) + 1, MOST) + 1):
        parts += ["then " if at > 1 else "", slot.after(at)]
        if at in used:
            also = slot.several(f"also_{at}", choices.channels, f"Step {at} tells", "nobody", NO_CHANNEL)
            parts += [" also ", also, ", " if at < MOST else ""]
    wait = slot.seconds("group_wait", GROUP_WAITS, "How long a message waits for what belongs to it")
    parts += [". A message may wait ", wait, " for what belongs to it."]
    told = forms.element("span", timeline(rule, dict(choices.channels)), className="who-when")
    return [*parts, forms.element("div", forms.element("b", "Who is told: "), told, className="who")]


def hours(slot: Slots) -> Any:
    """When it is told; the same text as of a maintenance window."""
    return slot.text(
        "hours", "When it is told: days, times, time zone", look="mono hours", placeholder="at any time",
        options=HOURS_SUGGESTIONS,
    )  # fmt: skip


def _again(slot: Slots) -> Any:
    words = [(str(one), f"every {span_text(one)}" if one else "never") for one in REPEATS]
    return slot.choice("repeat", words, "Told again")


def tools(rule: Rule, state: PageState, wrong: bool) -> list[Any]:
    """Save, evaluate, discard. One primary button."""
    label = "Mend what is marked first" if wrong else "Save"
    back = href(state, new="", edit="", data="", metric="", name="", by="")
    return [
        forms.button("Save rule" if not rule.id else "Save changes", "save-rule", look="pri", label=label),
        forms.button("Evaluate now", "evaluate", label="Judge it once, on what arrived until now"),
        forms.button("Send test message", "test-rule", label="To its channels, marked TEST"),
        forms.element("span", className="grow"),
        forms.element("Link", "Discard", href=back, className="btn-x quiet", **attr(data_forget="1")),
    ]
