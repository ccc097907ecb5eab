"""What can be done with a function: its tracing level and its numbers as a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dash._callback_context import context_value
from dash._utils import AttributeDict
from dash.exceptions import PreventUpdate

from callbacks import code_control
from callbacks.context import Context
from callbacks.control import control_of
from dashboard import url
from dashboard.components.states import Failure
from dashboard.ids import Code
from dashboard.url import PageState
from data.control_levels import in_force
from tests.support import pricing
from tests.support.context import context_on
from tests.support.page import NOW, status, tracer

STATE = PageState("code", range="6h", fn=pricing.FN)
OPEN = url.as_data(STATE)
NAMES = list(code_control.BY_BUTTON.values())


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    directory = pricing.stored(tmp_path / "db", NOW, hours=1)
    with context_on(directory) as made:
        yield made


def pressing(button: str, call: Callable[[], Any]) -> Any:
    """Calls a handler as Dash does when this component was pressed."""

    def inside() -> Any:
        context_value.set(AttributeDict(triggered_inputs=[{"prop_id": f"{button}.n_clicks", "value": 1}]))
        return call()

    return copy_context().run(inside)


def test_a_pressed_level_is_written_and_shown_with_who_set_it(ctx: Context) -> None:
    press = [None, None, 1, None, None, None]
    pressing(Code.level("counts"), lambda: code_control.set_level(ctx, *press, OPEN))
    (found,) = in_force(control_of(ctx), "pricing")
    assert (found.scope, found.name, found.level, found.changed_by) == (
        "shop.core",
        "price_order",
        "counts",
        "local",
    )
    hidden, note, title, label, *rest = code_control.show_level(ctx, OPEN, None, None)
    assert (hidden, note) == (False, title)
    assert label == "Set by local, 21 Nov 14:02"
    assert note.startswith("Set to counts by local at 21 Nov 14:02.")
    assert dict(zip(NAMES, rest[:6], strict=True))["counts"] == "on"
    assert rest[6:].count("true") == 1


def test_without_a_level_the_programs_own_counts(ctx: Context) -> None:
    _, note, _, _, *looks = code_control.show_level(ctx, OPEN, None, None)
    assert note.startswith("Nobody has set a level here.")
    assert looks[0] == "on"


def test_a_function_that_the_brake_stepped_down_says_so(ctx: Context) -> None:
    braked = status(tracers=(tracer(service="pricing", braked={"shop.core.price_order": "timing"}),))
    _, note, _, label, *_ = code_control.show_level(replace(ctx, status=lambda: braked), OPEN, None, None)
    assert label == "Braked to timing"
    assert note.startswith("Stepped down to timing by the brake")
    assert note.endswith("The program's own setting counts.")
    elsewhere = status(tracers=(tracer(service="web", braked={"shop.core.price_order": "timing"}),))
    assert (
        code_control.show_level(replace(ctx, status=lambda: elsewhere), OPEN, None, None)[3] == "Trace level"
    )


def test_functions_of_other_tracers_have_no_level(ctx: Context) -> None:
    data = url.as_data(replace(STATE, fn="web/flask/GET /orders/{id}"))
    assert code_control.show_level(ctx, data, None, None)[0] is True


def test_nothing_is_written_without_a_press(ctx: Context) -> None:
    with pytest.raises(PreventUpdate):
        pressing("elsewhere", lambda: code_control.set_level(ctx, *[None] * 6, OPEN))
    with pytest.raises(PreventUpdate):
        code_control.save_numbers(ctx, None, OPEN)


def test_the_numbers_of_the_page_are_saved_as_one_file(ctx: Context) -> None:
    saved = code_control.save_numbers(ctx, 1, OPEN)
    document = json.loads(saved["content"])
    assert saved["filename"] == "price_order.json"
    assert document["function"]["name"] == "price_order"
    assert document["numbers"]["calls"] == 179
    assert sum(moment["calls"] for moment in document["history"]["moments"]) == 179
    assert {one["name"] for one in document["values"]} == {"currency", "tax", "return"}
    assert document["to"].endswith("Z")


def test_a_failure_leaves_the_control_as_it_was() -> None:
    shown = code_control.level_failed(Failure("Read-only folder.", "Mend it."))
    assert shown[1] == "Read-only folder."
    assert len(shown) == 4 + 2 * len(NAMES)
