"""Code Inspector: setting the tracing level of the open function, and saving its numbers as a file."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.binding import in_browser, serve
from callbacks.code_figures import history_of, stats_of, verdict_of
from callbacks.code_state import Data, braked_to, chosen_function, identity, relations_of
from callbacks.code_values import sampled, series_of
from callbacks.control import control_of
from callbacks.guard import pressed
from callbacks.window import window
from dashboard import url
from dashboard.components import code_tools
from dashboard.components.code_versions import Numbered
from dashboard.components.states import Failure
from dashboard.ids import Code, Shell
from data import control_levels
from data.control import WHO
from queries import code_suspects

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

BY_BUTTON = {Code.level(name): name for name, _, _ in code_tools.LEVELS}


def set_level(ctx: Context, *inputs: Any) -> Any:
    """A pressed level is written for the tracers to take up."""
    *clicks, data = inputs
    name = BY_BUTTON.get(str(pressed()))
    if name is None or not any(clicks):
        raise PreventUpdate
    _, opened = chosen_function(ctx, data)
    group, function, scope = identity(opened)
    now = ctx.now_ns()
    control_levels.set_level(control_of(ctx), group, scope, function, name, now, WHO)
    return str(now)


def show_level(ctx: Context, data: Data, _slow: Any, _set: Any) -> tuple[Any, ...]:
    """Which level is in force, who set it, and nothing for functions of other tracers."""
    _, opened = chosen_function(ctx, data)
    if not opened.versions:  # spans of another SDK, which asks nobody
        return (True, "", "", no_update, *[no_update] * (2 * len(BY_BUTTON)))
    group, function, scope = identity(opened)
    changes = [
        code_tools.LevelSet(one.level, one.changed_ns, one.changed_by)
        for one in control_levels.changes(control_of(ctx), group, scope, function)
    ]
    braked = braked_to(ctx, opened)
    now, note = changes[0].level if changes else "", code_tools.level_note(changes, braked)
    looks = ["on" if name == now else "" for name in BY_BUTTON.values()]
    states = [str(name == now).lower() for name in BY_BUTTON.values()]
    return (False, note, note, code_tools.level_label(changes, braked), *looks, *states)


def save_numbers(ctx: Context, clicks: int | None, data: Data) -> Any:
    """Everything the page says of the function in this range, as one JSON file."""
    if not clicks:
        raise PreventUpdate
    state, opened = chosen_function(ctx, data)
    refresh = ctx.settings.refresh
    range = window(state, ctx.now_ns(), refresh.trends_seconds)
    verdict = verdict_of(ctx, opened)
    document = {
        "function": asdict(opened.fn),
        "from": url.time_text(range.start_ns),
        "to": url.time_text(range.end_ns),
        "numbers": asdict(stats_of(ctx, opened, range)),
        "before": asdict(stats_of(ctx, opened, range.before())),
        "verdict": asdict(verdict) if verdict else None,
        "history": asdict(history_of(ctx, opened, range)),
        "relations": asdict(relations_of(ctx, opened, range)),
        "versions": [_version(one) for one in opened.versions],
        "values": [asdict(one) for one in series_of(ctx, opened, range)],
        "suspects": asdict(code_suspects.suspects(sampled(ctx, opened, range))),
    }
    name = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in opened.fn.name)[:80]
    return {"filename": f"{name}.json", "content": json.dumps(document, indent=1), "type": "application/json"}


def _version(one: Numbered) -> dict[str, Any]:
    """A version without its text, which is on the page."""
    found = {key: value for key, value in asdict(one.version).items() if key != "source"}
    return {"label": one.label, **found}


def register(app: Dash, ctx: Context) -> None:
    """Bind the controls."""
    filter_, state = Input(Shell.FILTER, "data"), State(Shell.FILTER, "data")
    serve(
        app, ctx, set_level,
        Output(Code.LEVEL_SET, "data"), *[Input(button, "n_clicks") for button in BY_BUTTON], state,
        on_failure=lambda failure: no_update, at_first=False,
    )  # fmt: skip
    serve(
        app, ctx, show_level,
        Output(Code.LEVEL_BOX, "hidden"), Output(Code.LEVEL_NOTE, "children"), Output(Code.LEVELS, "title"),
        Output(Code.LEVEL_LABEL, "children"),
        *[Output(button, "className") for button in BY_BUTTON],
        *[Output(button, "aria-pressed") for button in BY_BUTTON],
        filter_, Input(Shell.REFRESH_SLOW, "data"), Input(Code.LEVEL_SET, "data"),
        on_failure=level_failed,
    )  # fmt: skip
    serve(
        app, ctx, save_numbers,
        Output(Code.DOWNLOAD, "data"), Input(Code.EXPORT, "n_clicks"), state,
        on_failure=lambda failure: no_update, at_first=False,
    )  # fmt: skip
    in_browser(app, "code.own_editor", Input(Code.EDITOR_OWN, "value"))


def level_failed(failure: Failure) -> tuple[Any, ...]:
    """The control stays as it was, with the reason as its title."""
    return (no_update, failure.what, failure.what, no_update, *[no_update] * (2 * len(BY_BUTTON)))
