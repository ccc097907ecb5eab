"""The source panel: the text as it ran with what is known about its lines, or the difference of two texts."""

from __future__ import annotations

import difflib
from dataclasses import replace
from functools import lru_cache

from dash.development.base_component import Component

from dashboard import format
from dashboard.components import code_tools, source
from dashboard.components.code_versions import Numbered, Opened, compare_href, version_href
from dashboard.components.marks import Child, badge, icon, lamp
from dashboard.components.source import Line, LineNotes, Source
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.code import CodeVersion
from queries.source_files import DiskSource

SDK_HINT = (
    "Its spans come from another SDK, which sends no source. Trace it with flowglass, "
    "or name the folder of its files as source_roots in the table [code] of the settings."
)
NO_TEXT = (
    "It was generated while the program ran, or its file was edited between the start of the program and "
    "the first call. Its numbers, values and calls are complete."
)
CONTEXT = 6  # unchanged lines around each change of a difference
MAX_DIFF_LINES = 6000  # both texts together; comparing longer ones line by line takes seconds


def whole(opened: Opened) -> Source | None:
    """The open version's text, its new lines marked; None when there is no text."""
    shown = opened.shown
    if shown is None or not shown.version.source:
        return None
    version = shown.version
    drawn = source.highlighted(version.source or "", max(1, version.line), version.file)
    before = opened.before.version.source if opened.before else None
    new = new_lines(before, version.source or "") if before else frozenset()
    return replace(drawn, notes={max(1, version.line) + at: LineNotes(new=True) for at in new})


@lru_cache(maxsize=64)
def new_lines(before: str, now: str) -> frozenset[int]:
    """Positions of the lines of `now` that `before` does not have at that place."""
    old, new = source.lines_of(before), source.lines_of(now)
    if len(old) + len(new) > MAX_DIFF_LINES:
        known = set(old)
        return frozenset(at for at, line in enumerate(new) if line not in known)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return frozenset(
        at for kind, _, _, start, end in matcher.get_opcodes() if kind != "equal" for at in range(start, end)
    )


def difference(old: CodeVersion, new: CodeVersion) -> Source | None:
    """Both texts as one: removed lines in red, added ones in green, long equal stretches folded."""
    if not old.source or not new.source:
        return None
    left = source.highlighted(old.source, max(1, old.line), old.file)
    right = source.highlighted(new.source, max(1, new.line), new.file)
    lines: list[Line] = []
    notes: dict[int, LineNotes] = {}
    for look, line in _differing(old.source, new.source, left, right):
        notes[len(lines)] = LineNotes(look=look)
        lines.append(line)
    numbered = tuple(replace(line, number=at) for at, line in enumerate(lines))
    shown = {at: replace(note, label=_label(lines[at], note.look)) for at, note in notes.items()}
    return Source(numbered, left.cut + right.cut, shown)


def _label(line: Line, look: str) -> str:
    return "" if look == "fold" else str(line.number)


def _differing(old: str, new: str, left: Source, right: Source) -> list[tuple[str, Line]]:
    """Each line of the difference with its look: "" (equal), del, add or fold."""
    texts = source.lines_of(old)[: len(left.lines)], source.lines_of(new)[: len(right.lines)]
    matcher = difflib.SequenceMatcher(None, *texts, autojunk=len(texts[0]) + len(texts[1]) > MAX_DIFF_LINES)
    found: list[tuple[str, Line]] = []
    reached = 0
    for group in matcher.get_grouped_opcodes(CONTEXT):
        if found or group[0][3] > 0:
            found.append(("fold", Line(0, (("s-c", "…"),))))
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                found += [("", line) for line in right.lines[new_start:new_end]]
                continue
            found += [("del", line) for line in left.lines[old_start:old_end]]
            found += [("add", line) for line in right.lines[new_start:new_end]]
        reached = group[-1][4]
    if found and reached < len(right.lines):
        found.append(("fold", Line(0, (("s-c", "…"),))))
    return found


def head(opened: Opened, state: PageState) -> list[Child]:
    """What stands beside the title: which version, since when, what to compare it with."""
    shown, before, compared = opened.shown, opened.before, opened.compared
    if shown is None:
        return []
    if compared is not None:
        words = f"{compared.label} to {shown.label}"
        close = dcc.Link("Show the source", href=version_href(opened, shown, state), className="btn-x sm")
        return [badge(words, "acc"), html.Span([*_legend_difference(), close], className="meta")]
    captured = badge(f"captured {format.day_clock(shown.version.first_seen_ns)}")
    return [captured, html.Span(_tools(opened, shown, before, state), className="meta hide-s")]


def _tools(opened: Opened, shown: Numbered, before: Numbered | None, state: PageState) -> list[Child]:
    if before is None:
        return []
    new = html.Span([html.Span(className="key-new"), f"new in {shown.label}"], className="row-x key")
    words: list[Child] = [icon("file-diff"), f"Compare with {before.label}"]
    return [new, dcc.Link(words, href=compare_href(opened, shown, before, state), className="btn-x sm")]


def _legend_difference() -> list[Component]:
    return [
        html.Span([html.Span(className="key-del"), "removed"], className="row-x key"),
        html.Span([html.Span(className="key-add"), "added"], className="row-x key"),
    ]


def from_disk(found: DiskSource) -> tuple[list[Child], Component | None, Source]:
    """Head, note and text of a file below a source root; the note says when it may not be what ran."""
    head: list[Child] = [
        badge("read from disk"),
        html.Span(f"{found.file}:{found.line}", className="t1 mut mono clip"),
        html.Span(code_tools.editor(found.path, found.line), className="meta"),
    ]
    words = "The file has changed since the last call: this may not be what ran."
    note = (
        html.Div([lamp("warn"), " ", words], className="callout warn", role="status")
        if found.changed
        else None
    )
    return head, note, source.highlighted(found.text, found.line, found.file)


def missing(opened: Opened) -> Component:
    """Why there is no text."""
    shown = opened.shown
    if shown is None:
        return _reason("No source for this function", SDK_HINT)
    if shown.version.source == "":
        return _reason(f"{shown.label} has no source text", NO_TEXT)
    return _reason(
        f"The source of {shown.label} has not arrived",
        "A tracer sends it with the first call of a version. The next start of the program brings it.",
    )


def _reason(title: str, why: str) -> Component:
    return html.Div([html.B(title), html.Br(), html.Span(why)], className="empty")


def cut_note(drawn: Source) -> Component | None:
    """Says how much of a very long text is not shown."""
    if not drawn.cut:
        return None
    return html.Div(f"{format.count(drawn.cut)} further lines are not shown.", className="t1 mut source-cut")
