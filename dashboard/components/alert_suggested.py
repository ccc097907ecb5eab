"""One line below the sentence: a threshold learned from history, what it would have done, and a button."""

from __future__ import annotations

from dash.development.base_component import Component

from alerting.learned import DAYS, NoSuggestion, Suggestion
from alerting.message import value_text
from dashboard import format
from dashboard.components.alert_words import measure_word
from dashboard.components.marks import Child, attr, icon
from dashboard.light import html

NS = 10**9


def line(found: Suggestion | NoSuggestion) -> Component | None:
    """Suggested: p95 above 412 ms · would have fired twice in 30 days."""
    if isinstance(found, NoSuggestion):
        if not found.why:
            return None
        words = f"No suggestion yet: {found.why}."
        return html.Div([icon("lightbulb"), html.Span(words)], className="suggest mut")
    use = html.Button(
        "Use", type="button", className="btn-x sm",
        title="Puts it into the sentence; nothing is saved yet",
        **attr(aria_label=f"Use the suggestion: {limit(found)}", data_fill=found.field,
               data_value=f"{found.value:.12g}"),
    )  # fmt: skip
    said: list[Child] = ["Suggested: ", html.B(limit(found)), " · ", would(found)]
    return html.Div(
        [icon("lightbulb"), html.Span(said, title=why(found)), use], className="suggest", role="note"
    )


def limit(found: Suggestion) -> str:
    """p95 above 412 ms."""
    if found.field == "repeats":
        return f"more than {found.value:,.0f} repeats"
    return f"{measure_word(found.rule)} {found.rule.operator} {value_text(found.value, found.rule.unit)}"


def would(found: Suggestion) -> str:
    """Would have fired twice in 30 days."""
    times = {0: "never", 1: "once", 2: "twice"}.get(found.fired or 0, f"{found.fired} times")
    days = f"{found.days} days" if found.days > 1 else "the last day"
    return f"would never have fired in {days}" if not found.fired else f"would have fired {times} in {days}"


def why(found: Suggestion) -> str:
    """How it came about."""
    judged = f"replayed every {format.span_of(found.step_ns / NS)}" if found.step_ns else "not replayed"
    return f"Learned from {found.hours:,} hours with calls of the last {DAYS} days, {judged}"
