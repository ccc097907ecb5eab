"""A Python traceback read into frames, so that each can lead to its source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard.components.marks import attr, icon
from dashboard.light import dcc, html

_FRAME = re.compile(r'^\s*File "(?P<file>.+?)", line (?P<line>\d+)(?:, in (?P<name>.+))?$')
MAX_FRAMES = 200


@dataclass(frozen=True)
class Frame:
    """One call of a traceback; `code` is the line of source that it shows, without its indentation."""

    file: str
    line: int
    name: str
    code: str


@dataclass(frozen=True)
class Traceback:
    """Frames from the outermost to the one that raised, and the lines that are none of them."""

    frames: tuple[Frame, ...]
    rest: tuple[str, ...]


def read(text: str) -> Traceback:
    """The frames of the last traceback in the text; no frames when it is not Python's."""
    frames: list[Frame] = []
    rest: list[str] = []
    for line in text.splitlines():
        found = _FRAME.match(line)
        if line.startswith("Traceback "):
            frames, rest = [], []
        elif found:
            frames.append(Frame(found["file"], int(found["line"]), found["name"] or "", ""))
        elif frames and line.startswith("    ") and not frames[-1].code:
            frames[-1] = Frame(frames[-1].file, frames[-1].line, frames[-1].name, line.strip())
        elif line.strip() and not _marks(line):
            rest.append(line)
    return Traceback(tuple(frames[-MAX_FRAMES:]), tuple(rest))


def _marks(line: str) -> bool:
    """Whether the line only points at a part of the one above (^^^^)."""
    return set(line.strip()) <= {"^", "~"}


def shown(text: str, links: Mapping[Frame, str]) -> Component:
    """The frames, the one that raised at the top; a frame with a link opens in Code Inspector."""
    found = read(text)
    if not found.frames:
        return html.Pre(text, className="raw", tabIndex=0)
    frames = [_frame(frame, links.get(frame, ""), at == 0) for at, frame in enumerate(reversed(found.frames))]
    copy = html.Button(
        [icon("copy"), "Copy traceback"], type="button", className="btn-x sm quiet", **attr(data_copy=text)
    )
    return html.Div([html.Ol(frames, className="frames", **attr(aria_label="Traceback")), copy])


def _frame(frame: Frame, link: str, raised: bool) -> Component:
    name = frame.name or "<module>"
    place = f"{frame.file}:{frame.line}"
    head = dcc.Link(name, href=link, className="mono") if link else html.Span(name, className="mono")
    return html.Li(
        [
            html.Div([head, html.Span(place, className="clip mut", title=place)], className="where"),
            html.Code(frame.code, className="clip") if frame.code else None,
        ],
        className="raised" if raised else None,
    )
