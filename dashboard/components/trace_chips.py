"""The chips below the filter text: each part of the filter in words, with an eye to switch it and a cross."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard.components.marks import attr, classes, icon
from dashboard.light import html
from queries import filters
from queries.filter_tree import And, Clause, Filter, Not, Off, Or

BARE = {"word": "word begins", "phrase": "phrase", "number": "value is", "id": "id"}
JOINS = {
    "contains": "contains", "equals": "is", "glob": "fits",
    ">": "above", ">=": "at least", "<": "below", "<=": "at most",
}  # fmt: skip
NEGATED = {
    "contains": "does not contain", "equals": "is not", "glob": "does not fit",
    ">": "not above", ">=": "below", "<": "not below", "<=": "above",
}  # fmt: skip
UPPER = ("ok", "error")


def chips(text: str) -> list[Component]:
    """One chip per part of this filter text, and the button that starts another."""
    if text.strip() == "":
        return []
    return [chip(part.text, part.off) for part in filters.chips(text)]


def chip(part: str, off: bool) -> Component:
    """`part` is the filter text of this chip, which its buttons hand back."""
    key, value, negated = words(filters.parse(part))
    switch = "Switch on" if off else "Switch off"
    shown = html.Span([html.Span(key, className="k"), " ", html.B(value, className="mono")], title=part)
    return html.Span(
        [
            shown,
            _button("eye-slash" if off else "eye", f"{switch}: {part}", "switch", part),
            _button("x-lg", f"Remove: {part}", "remove", part),
        ],
        className=classes("chip", "not" if negated else "", "off" if off else ""),
    )


def _button(sign: str, label: str, do: str, part: str) -> Component:
    named = attr(aria_label=label, data_edit=do, data_part=part)
    return html.Button(icon(sign), type="button", title=label, **named)


def words(part: Filter) -> tuple[str, str, bool]:
    """Key, value and whether it says no: ("process is not", "health_check", True)."""
    match part:
        case Off(child=child):
            return words(child)
        case Not(child=Clause() as clause):
            key, value = _clause(clause, negated=True)
            return key, value, True
        case Not(child=child):
            key, value, _ = words(child)
            return f"not: {key}", value, True
        case Clause() as clause:
            key, value = _clause(clause, negated=False)
            return key, value, False
        case Or(children=children):
            return _either(children)
        case And():
            return "all of", filters.to_text(part), False


def _clause(clause: Clause, *, negated: bool) -> tuple[str, str]:
    if clause.op in BARE:
        return ("not " if negated else "") + BARE[clause.op], clause.value
    if clause.op == "is":
        return "is not" if negated else "is", clause.value
    if clause.op == "has":
        return "has no" if negated else "has", clause.value
    joins = NEGATED if negated else JOINS
    value = clause.value.upper() if clause.field == "status" and clause.value in UPPER else clause.value
    return f"{clause.field} {joins[clause.op]}", value


def _either(children: tuple[Filter, ...]) -> tuple[str, str, bool]:
    """group any of orders, pricing: one field, compared in one way; else the text itself."""
    fields = {(child.field, child.op) for child in children if isinstance(child, Clause)}
    if len(fields) == 1 and all(isinstance(child, Clause) for child in children):
        values = [child.value for child in children if isinstance(child, Clause)]
        ((field, _),) = fields
        return f"{field} any of" if field else "any of", ", ".join(values), False
    return "any of", filters.to_text(Or(children)), False
