"""What is said of a version against the one before: slower, faster, more failing, or that nobody can tell."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.code_versions import Opened, since_text
from dashboard.components.marks import Kind, lamp
from dashboard.light import html
from queries.verdict import MIN_CALLS, MIN_MINUTES, Side, Verdict


def line(opened: Opened, verdict: Verdict | None) -> Component | None:
    """One lamp and one sentence. `verdict` is None when there is nothing to compare with."""
    shown, before = opened.shown, opened.before
    if shown is None:
        return None
    if before is None or verdict is None:
        since = since_text(opened, shown)
        more = f"{shown.label} has run since {since}. The next edit is judged against it."
        return _line("off", "The first version seen", more)
    if verdict.speed == "too few calls":
        title = f"Too few calls to judge {shown.label} against {before.label}"
        return _line("off", title, f"{_lack(shown.label, verdict.new)}, {_lack(before.label, verdict.old)}")
    return _line(_lamp(verdict), _title(shown.label, before.label, verdict), _figures(verdict))


def _line(kind: Kind, title: str, more: str) -> Component:
    words = html.Span(
        [html.B(title), " ", html.Span(more, className="sub")], className="clip", title=f"{title} {more}"
    )
    return html.Div([lamp(kind), words], className="verdict one code-verdict")  # fmt: skip


def _lack(label: str, side: Side) -> str:
    return (
        f"{label}: {format.count(side.calls)} of {MIN_CALLS} calls in {side.minutes} of {MIN_MINUTES} minutes"
    )


def _lamp(verdict: Verdict) -> Kind:
    return "bad" if verdict.speed == "slower" or verdict.failing == "more" else "ok"


def _title(new: str, old: str, verdict: Verdict) -> str:
    percent = f"{abs(verdict.change) * 100:.0f} %"
    which, than = ("'s slow calls are", f"those of {old}") if verdict.of == "p95" else (" is", old)
    words = {
        "slower": f"{new}{which} {percent} slower than {than}",
        "faster": f"{new}{which} {percent} faster than {than}",
        "same": f"{new} is as fast as {old}",
    }[verdict.speed]
    fails = {"more": " and fails more often", "less": " and fails less often"}.get(verdict.failing, "")
    return words + fails


def _figures(verdict: Verdict) -> str:
    old, new = verdict.old, verdict.new
    parts = []
    if verdict.speed != "same":
        low, high = sorted((abs(verdict.low), abs(verdict.high)))
        parts.append(f"{low * 100:.0f} to {high * 100:.0f} %")
    parts.append(f"p50 {format.duration(old.p50_ns)} to {format.duration(new.p50_ns)}")
    parts.append(f"p95 {format.duration(old.p95_ns)} to {format.duration(new.p95_ns)}")
    if verdict.failing != "same":
        parts.append(f"errors {format.percent(old.error_rate)} to {format.percent(new.error_rate)} %")
    parts.append(f"{format.count(new.calls)} calls against {format.count(old.calls)}")
    return ", ".join(parts)
