"""What can be done with a function: its tracing level, its calls, its editor, its numbers as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import alert_place, format, links
from dashboard.components.code_versions import Opened
from dashboard.components.marks import Child, attr, button, icon
from dashboard.components.view import View
from dashboard.ids import Code
from dashboard.light import dcc, html
from dashboard.url import PageState

LEVELS = (
    ("", "Own", "What the program itself says"),
    ("off", "Off", "Nothing is recorded"),
    ("counts", "Counts", "Calls are counted, no spans"),
    ("timing", "Timing", "Spans without values"),
    ("values", "Values", "Spans with arguments and return value"),
    ("locals", "+ locals", "Values, and the locals of a frame that raises"),
)


@dataclass(frozen=True)
class LevelSet:
    """One change of the level: which ("" is the program's own), when, by whom."""

    level: str
    at_ns: int
    by: str


EDITORS = (
    ("vscode", "VS Code", "vscode://file/{file}:{line}"),
    ("pycharm", "PyCharm", "pycharm://open?file={file}&line={line}"),
)


def levels() -> Component:
    """The control, hidden while no function of our own tracer is open."""
    buttons = [
        html.Button(words, id=Code.level(name), type="button", title=why, **attr(aria_pressed="false"))
        for name, words, why in LEVELS
    ]
    named = attr(aria_label="Trace level")
    return html.Div(
        [
            html.Span("Trace level", id=Code.LEVEL_LABEL, className="t1 mut nw only-l"),
            html.Div(buttons, id=Code.LEVELS, className="seg", role="group", **named),
            html.Span(id=Code.LEVEL_NOTE, className="level-note t1 mut", role="status"),
        ],
        id=Code.LEVEL_BOX, className="row-x level-box", hidden=True,
    )  # fmt: skip


def level_label(changes: Sequence[LevelSet], braked: str = "") -> str:
    """Beside the buttons: that the brake stepped it down, else who set the level and when."""
    if braked:
        return f"Braked to {braked}"
    return f"Set by {changes[0].by}, {format.day_clock(changes[0].at_ns)}" if changes else "Trace level"


def level_note(changes: Sequence[LevelSet], braked: str = "") -> str:
    """Who set the level when, what it was before, and that the brake stepped it down."""
    if braked:
        why = f"Stepped down to {braked} by the brake: tracing it cost too much of its own time."
        return f"{why} {level_note(changes)}"
    if not changes:
        return "Nobody has set a level here. The program's own setting counts."
    now = changes[0]
    words = {name: label for name, label, _ in LEVELS}
    before = f", before that {words[changes[1].level].lower()}" if len(changes) > 1 else ""
    at = format.day_clock(now.at_ns)
    said = f"Set to {words[now.level].lower()} by {now.by} at {at}{before}."
    return f"{said} Tracers take it up within 5 s."


def menu() -> Component:
    """Links and buttons at the right end, and the menu that chooses the editor."""
    items: list[Component] = [
        html.Button(words, type="button", className="mi", **attr(data_editor=address))
        for _, words, address in EDITORS
    ]
    own: list[Child] = [
        html.Label("Another one", className="t1 mut"),
        dcc.Input(
            id=Code.EDITOR_OWN, type="text", placeholder="editor://open?f={file}&l={line}", className="mono"
        ),
    ]
    caret = html.Button(
        icon("caret-down-fill"), type="button", className="btn-x caret", title="Which editor",
        **attr(data_menu=Code.EDITOR_MENU, aria_haspopup="true", aria_expanded="false"),
        **attr(aria_label="Which editor"),
    )  # fmt: skip
    choose = html.Div(
        [html.H3("Open in"), *items, html.Div(own, className="own-editor")],
        id=Code.EDITOR_MENU, className="menu right", hidden=True, role="group", **attr(aria_label="Editor"),
    )  # fmt: skip
    export = button(
        [icon("download"), html.Span("Numbers")],
        id=Code.EXPORT,
        title="Save the numbers of this page as JSON",
    )
    shown: list[Child] = [View(id=Code.OPEN, className="row-x"), caret, choose, export]
    return html.Div(shown, id=Code.TOOLS, className="row-x pop code-tools", hidden=True)


def links_out(opened: Opened, state: PageState) -> list[Child]:
    """To the calls, and to the file in the person's own editor."""
    href = links.calls_of(state, opened.fn.group, opened.fn.name)
    parts: list[Child] = [dcc.Link([icon("list-nested"), "Open calls"], href=href, className="btn-x")]
    about = links.calls_text(opened.fn.group, opened.fn.name)
    alert = alert_place.new_href(state, "slow", q=about, name=opened.fn.name)
    words: list[Child] = [icon("bell"), "Alert on this"]
    parts.append(dcc.Link(words, href=alert, className="btn-x alert-on", title="A rule about its latency"))
    if opened.shown is not None and opened.shown.version.file:
        parts.append(editor(opened.shown.version.file, opened.shown.version.line))
    return parts


def editor(file: str, line: int) -> Component:
    """Opens a file in the person's own editor; assets/js/code.js knows which."""
    place = attr(data_editor_file=file, data_editor_line=str(max(1, line)))
    words: list[Child] = [icon("box-arrow-up-right"), "Open in editor"]
    return button(words, title=f"Open {file} in your editor", **place)
