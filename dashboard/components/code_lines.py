"""What is laid over the lines of a source: where it raised, what its calls cost, values that went stale."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard import fn, format, links
from dashboard.components.source import Line, LineNotes, Mark, Source
from dashboard.fn import Fn
from dashboard.url import PageState
from queries.code_raised import RaisedLine
from queries.code_stale import StaleHere
from queries.code_tree import Relation
from queries.code_values import ValueSeries

MAX_VALUE = 24  # characters of a value in a badge
CALL = re.compile(r"(?<!\w)([^\W\d]\w*)\s*\(")
MAX_RAISED = 2  # badges of exceptions on one line; of the other kinds one
URGENCY = {"bad": 0, "stale": 1, "acc": 2, "": 3}  # of a badge; a line shows those of the most urgent kind


@dataclass(frozen=True)
class LineFacts:
    """What is known about the open version in the range."""

    raised: tuple[RaisedLine, ...] = ()
    callees: tuple[Relation, ...] = ()
    stale: tuple[StaleHere, ...] = ()  # of the function and of what it calls
    values: tuple[ValueSeries, ...] = ()


def notes(source: Source, facts: LineFacts, of: Fn, state: PageState) -> dict[int, LineNotes]:
    """Notes by line number; a fact whose line is not found in the text is left out."""
    found: dict[int, LineNotes] = {}
    called = called_lines(source)
    for raised in facts.raised:
        _add(found, [raised.line], _raised(raised, of, state), look="raised")
    for callee in facts.callees:
        if calling := called.get(fn.short(callee.name)):
            _add_callee(found, calling, callee, state)
    shown = set()
    for stale in facts.stale:
        lines = _stale_lines(source, called, stale, of)
        shown.add((stale.function, stale.data))
        _add(found, lines, _stale(stale, of, state), look="stl")
    for series in facts.values:
        if ((of.group, of.name, of.scope), series.name) not in shown and series.last:
            _add(found, _value_lines(source, series), _last(series))
    known = {line.number for line in source.lines}
    return {number: note for number, note in found.items() if number in known}


def _add(found: dict[int, LineNotes], lines: Iterable[int], mark: Mark, look: str = "") -> None:
    """A badge on these lines. What raised keeps its colour and its place over what is stale, and so on."""
    for number in lines:
        note = found.get(number, LineNotes())
        found[number] = replace(note, marks=_more_urgent(note.marks, mark), look=note.look or look)


def _more_urgent(marks: tuple[Mark, ...], mark: Mark) -> tuple[Mark, ...]:
    """Code must stay readable, so a line shows one badge; what it hides is said in the badge's title."""
    if not marks:
        return (mark,)
    if marks[0].kind == mark.kind == "bad" and len(marks) < MAX_RAISED:
        return (*marks, mark)
    first, second = sorted((marks[0], mark), key=lambda one: URGENCY[one.kind])
    also = f"{first.title}. Also: {second.text} {second.more}".strip()
    return (replace(first, title=also), *(marks[1:] if first is marks[0] else ()))


def _add_callee(
    found: dict[int, LineNotes], lines: Sequence[int], callee: Relation, state: PageState
) -> None:
    """The call is a link to the callee; its share of the time stands at the first line that makes it."""
    short = fn.short(callee.name)
    href = links.code(state, callee.group, callee.scope, callee.name)
    several = f" on {len(lines)} lines together" if len(lines) > 1 else ""
    title = f"{format.percent(callee.share, 0)} % of the time in {callee.name}{several}"
    mark = Mark(short, "acc", format.duration(callee.each_ns), href=href, title=title)
    for at, number in enumerate(lines):
        note = found.get(number, LineNotes())
        share = callee.share + (note.share or 0) if at == 0 else note.share
        found[number] = replace(note, share=share, links=(*note.links, (short, href)))
        if at == 0:
            _add(found, [number], mark)


def called_lines(source: Source) -> dict[str, list[int]]:
    """By name, the lines whose code, strings and comments left out, calls it."""
    found: dict[str, list[int]] = {}
    for line in source.lines:
        for name in {name for look, text in line.tokens if not look for name in CALL.findall(text)}:
            found.setdefault(name, []).append(line.number)
    return found


def _raised(raised: RaisedLine, of: Fn, state: PageState) -> Mark:
    href = links.calls_of(state, of.group, of.name, links.clause("exception", raised.exception, ":"))
    text = f"{raised.exception} {format.count(raised.calls)}"
    title = f"Newest: {raised.message}" if raised.message else "Open the calls that raised here"
    return Mark(text, "bad", icon="exclamation-octagon", href=href, title=title)


def _stale(stale: StaleHere, of: Fn, state: PageState) -> Mark:
    value = format.shortened(format.value(stale.value, stale.type), MAX_VALUE)
    group, name, scope = stale.function
    href = links.code(state, group, scope, name) if stale.function != (of.group, of.name, of.scope) else ""
    title = f"{name}.{stale.data} has not changed since {format.day_clock(stale.since_ns)}"
    return Mark(value, "stale", f"for {format.count(stale.run)} calls", href=href, title=title)


def _stale_lines(
    source: Source, called: Mapping[str, Sequence[int]], stale: StaleHere, of: Fn
) -> Sequence[int]:
    """Where the value enters: the call that returned it, the name it was given, or the def line."""
    if stale.function != (of.group, of.name, of.scope):
        return called.get(fn.short(stale.function[1]), ())[:1] if stale.data == "return" else ()
    if stale.data == "return":
        return _returning(source)[-1:]
    return _assigning(source, stale.data)[:1] or _defining(source)


def _value_lines(source: Source, series: ValueSeries) -> list[int]:
    """Observed values stand at the name they were given, the return at the last return."""
    if series.source == "return":
        return _returning(source)[-1:]
    return _assigning(source, series.name)[:1] if series.source == "observe" else []


def _last(series: ValueSeries) -> Mark:
    seen = series.last[0]
    value = format.shortened(format.value(seen.value, seen.type), MAX_VALUE)
    return Mark(value, title=f"Last value of {series.name}, {seen.type}")


def _returning(source: Source) -> list[int]:
    return [
        line.number
        for line in source.lines
        if any(_is_return(line.tokens, at) for at in range(len(line.tokens)))
    ]


def _is_return(tokens: Sequence[tuple[str, str]], at: int) -> bool:
    look, text = tokens[at]
    return look == "s-k" and text.strip() == "return"


def _assigning(source: Source, name: str) -> list[int]:
    if not name.isidentifier():
        return []
    assigned = re.compile(rf"(?<![\w.]){re.escape(name)}\s*(?::[^=]*)?=(?!=)")
    return [line.number for line in source.lines if assigned.search(_plain(line))]


def _defining(source: Source) -> list[int]:
    """The line that names the function."""
    found = (line.number for line in source.lines if any(look == "s-f" for look, _ in line.tokens))
    return [next(found, source.lines[0].number)] if source.lines else []


def _plain(line: Line) -> str:
    """The line with strings and comments blanked."""
    return "".join(text if not look else " " * len(text) for look, text in line.tokens)
