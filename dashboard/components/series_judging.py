"""When one value counts as stale: the sentence that says so, and who has said it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash.development.base_component import Component

from dashboard import format
from dashboard.components import alert_forms as forms
from dashboard.components.marks import attr, icon
from dashboard.components.view import View
from dashboard.light import html

JUDGED = (("usual", "as its type and name say"), ("always", "always"), ("never", "never"))
FIELD_WORDS = {
    "repeats": "Repeats", "min_seconds": "Least time", "tolerance": "Tolerance", "judged": "Judged",
    "process": "Process", "data": "Value",
}  # fmt: skip


@dataclass(frozen=True)
class Judging:
    """What is in force, None where the settings decide, and what those say."""

    judged: str
    repeats: int | None
    min_seconds: float | None
    tolerance: float | None
    changed_by: str
    changed_ns: int
    usual: Mapping[str, float]

    @property
    def own(self) -> bool:
        """Whether anything differs from the settings."""
        return self.judged != "usual" or (self.repeats, self.min_seconds, self.tolerance) != (None,) * 3


def opener(judging: Judging, opened: bool) -> Component:
    """The button in the head of the series."""
    words = "Judged its own way" if judging.own else "When it is stale"
    pressed = attr(data_series="judge", aria_expanded=str(opened).lower())
    return html.Button(
        [icon("sliders"), words], type="button", className="btn-x sm quiet", title=said(judging), **pressed
    )


def said(judging: Judging) -> str:
    """Stale after more than 5 equal values in a row …"""
    if judging.judged == "never":
        return "Never called stale"
    number = {name: _in_force(judging, name) for name in judging.usual}
    text = f"Stale after more than {number['repeats']:g} equal values in a row"
    if number["min_seconds"]:
        text += f", for at least {number['min_seconds']:g} s"
    if number["tolerance"]:
        text += f", numbers within {number['tolerance']:g} counting as equal"
    return text + (", whatever its type and name" if judging.judged == "always" else "")


def _in_force(judging: Judging, name: str) -> float:
    own = getattr(judging, name)
    return judging.usual[name] if own is None else float(own)


def form(judging: Judging, errors: Mapping[str, str], typed: Mapping[str, Any], key: str) -> Component:
    """The sentence whose slots are its controls; an empty one is as the settings say."""

    def slot(name: str, label: str) -> Any:
        own = getattr(judging, name)
        value = str(typed.get(name, "" if own is None else f"{own:g}"))
        return forms.text(
            name, value, label, wrong=errors.get(name, ""), look="num-slot",
            placeholder=f"{judging.usual[name]:g}",
        )  # fmt: skip

    judged = str(typed.get("judged", judging.judged))
    sentence = [
        "It is judged ", forms.select("judged", JUDGED, judged, "Judged"), ", and stale after more than ",
        slot("repeats", "Repeats"), " equal values in a row, for at least ",
        slot("min_seconds", "Least time, seconds"), " s, numbers within ", slot("tolerance", "Tolerance"),
        " counting as equal. ",
        forms.button("Save", "judge", look="pri"),
        forms.button("As the settings say", "judge-usual", look="quiet"),
    ]  # fmt: skip
    whole = forms.element(
        "form",
        forms.element("div", sentence, className="sent"),
        forms.messages(errors, FIELD_WORDS),
        forms.element("p", note(judging), className="mut t1 note-x"),
        key=f"{key} {judging.changed_ns}", **attr(data_form="judge"),
    )  # fmt: skip
    return View(whole, className="judging")


def note(judging: Judging) -> str:
    """Who has set it, and when it takes hold."""
    by = "Nobody has changed it"
    if judging.changed_by:
        by = f"Set by {judging.changed_by}, {format.day_clock(judging.changed_ns)}"
    return f"{by}. What is saved holds within half a minute, from the next value on."
