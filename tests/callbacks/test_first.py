"""All answers of a page at once: with the page, and when its URL has changed."""

from __future__ import annotations

import contextvars
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from dash import Dash, Input, Output, State, html, no_update
from dash.exceptions import PreventUpdate

from callbacks.first import FirstAnswers
from config import Settings, StoreSettings
from dashboard import url, zone
from dashboard.app import build
from dashboard.ids import Alerts, Code, Overview, Shell, Traces
from dashboard.theme import TOKENS, Theme
from live.collector_status import CollectorStatus
from queries.base import Reader
from tests.support.page import NOW
from tests.support.stored import Call, stored

FILTER, SLOW = Input(Shell.FILTER, "data"), Input(Shell.REFRESH_SLOW, "data")
HOST = {"Host": "localhost:8050"}


def page() -> html.Div:
    return html.Div([html.P("waiting", id="overview-a"), html.P("waiting", id="overview-b", title="old")])


def parts(root: html.Div) -> dict[str, Any]:
    return {part.id: part for part in root.children}


def test_answers_stand_in_the_page_they_belong_to() -> None:
    first = FirstAnswers()
    first.add(
        lambda data, word: f"{data} {word}", [Output("overview-a", "children"), FILTER, State("w", "data")]
    )
    first.add(lambda old: (no_update, f"not {old}"), [
        Output("overview-b", "children"), Output("overview-b", "title"), State("overview-b", "title"),
    ])  # fmt: skip
    first.add(lambda: pytest.fail("of another page"), [Output("code-a", "children")])
    root = page()
    assert first.fill(root, {(Shell.FILTER, "data"): "now", ("w", "data"): "here"})
    assert parts(root)["overview-a"].children == "now here"
    assert (parts(root)["overview-b"].children, parts(root)["overview-b"].title) == ("waiting", "not old")


def test_a_handler_with_nothing_to_say_leaves_its_place() -> None:
    def nothing(data: Any) -> Any:
        raise PreventUpdate

    first, root = FirstAnswers(), page()
    first.add(nothing, [Output("overview-a", "children"), FILTER])
    assert first.fill(root, {(Shell.FILTER, "data"): None})
    assert parts(root)["overview-a"].children == "waiting"


def test_what_takes_long_does_not_hold_the_page() -> None:
    over = threading.Event()
    first, root = FirstAnswers(), page()
    first.add(lambda data: over.wait(60), [Output("overview-a", "children"), FILTER])
    first.add(lambda data: "quick", [Output("overview-b", "children"), FILTER])
    assert not first.fill(root, {(Shell.FILTER, "data"): None}, seconds=0.5)
    over.set()
    assert (parts(root)["overview-a"].children, parts(root)["overview-b"].children) == ("waiting", "quick")


def test_what_the_page_asks_for_later_is_begun_with_it_and_not_waited_for() -> None:
    begun, over = threading.Event(), threading.Event()

    def slow(data: Any) -> str:
        begun.set()
        over.wait(60)
        return "late"

    first, root = FirstAnswers(), page()
    first.add_ahead(slow, [Output("overview-a", "children"), FILTER])
    first.add_ahead(lambda: pytest.fail("of another page"), [Output("code-a", "children")])
    assert first.fill(root, {(Shell.FILTER, "data"): None})
    assert begun.wait(30)
    over.set()
    assert parts(root)["overview-a"].children == "waiting"


def test_answers_are_written_in_the_zone_of_whoever_asks() -> None:
    first, root = FirstAnswers(), page()
    first.add(lambda data: zone.name(), [Output("overview-a", "children"), FILTER])
    zone.choose("Asia/Tokyo")
    try:
        first.fill(root, {(Shell.FILTER, "data"): None})
    finally:
        zone.choose(None)
    assert parts(root)["overview-a"].children == "Asia/Tokyo"


def test_one_callback_of_the_tab_asks_all_when_the_url_has_changed() -> None:
    app, first = Dash("one"), FirstAnswers()
    own = first.add(lambda data, tick: f"a {data}", [Output("overview-a", "children"), FILTER, SLOW])
    first.add(lambda data: (f"b {data}", no_update), [
        Output("overview-b", "children"), Output("overview-b", "title"), FILTER,
    ])  # fmt: skip
    assert [type(end).__name__ for end in own] == ["Output", "State", "Input"]
    first.bind(app, lambda: NOW)
    ends = [
        [[one["id"] for one in callback[part]] for part in ("inputs", "state")]
        for callback in app._callback_list
    ]
    assert ends == [
        [[Shell.ASKED], [Shell.REFRESH_SLOW]],
        [[Shell.wished("overview")], [Shell.FILTER, Shell.REFRESH_SLOW]],
    ]


def answer_of(app: Dash, store: str) -> Any:
    """What the callback does that follows this store."""
    found = next(one for one in app.callback_map.values() if one["inputs"][0]["id"] == store)
    return found["callback"].__wrapped__


def test_a_wish_is_answered_with_the_url_and_with_what_the_tab_says_of_it() -> None:
    app, first = Dash("one"), FirstAnswers()
    first.add(lambda data: f"a {data['range']}", [Output("overview-a", "children"), FILTER])
    first.bind(app, lambda: NOW)
    shown = url.as_data(url.PageState(q="group:a"))
    answer = answer_of(app, Shell.wished("overview"))
    there, said = answer({"wish": {"range": "6h", url.WISH: 7}}, shown)
    assert (there["address"], there["wish"], said) == ("/?range=6h&q=group:a", 7, "a 6h")


def test_rows_are_answered_with_the_question_and_with_the_url_when_there_is_a_wish() -> None:
    app, first = Dash("one"), FirstAnswers()
    first.add(lambda asked: asked["q"], [Output("traces-page", "data"), Input(Traces.QUERY, "data")])
    first.bind(app, lambda: NOW)
    shown, answer = url.as_data(url.PageState("traces")), answer_of(app, Shell.wished("traces"))
    asked = {"q": "group:a", "wish": {"q": "group:a", url.WISH: 1}}
    there, query, rows = answer(asked, shown)
    assert (there["address"], query, rows) == ("/traces?q=group:a", asked, "group:a")
    again = {"q": "group:a", "wish": None}
    assert answer(again, shown) == [no_update, again, "group:a"]


@pytest.fixture
def served(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(FirstAnswers.fill, "__defaults__", (60.0,))  # a busy machine outlasts a page's second
    settings = Settings(store=StoreSettings(data_dir=str(tmp_path)))
    stored(tmp_path, [Call(NOW - 10**9, exception="Boom")], NOW, settings)
    reader = Reader.open(tmp_path)
    yield build(settings, reader, CollectorStatus, lambda: NOW).server.test_client()
    reader.close()


def layout(client: Any, referrer: str | None) -> str:
    """As a thread of the server answers it that has answered nothing before."""
    sent = HOST | ({"Referer": referrer} if referrer else {})
    answer = contextvars.Context().run(lambda: client.get("/_dash-layout", headers=sent))
    return json.dumps(answer.json)


@pytest.mark.parametrize(
    ("path", "root", "said"),
    [
        ("/", Overview.ROOT, "Boom"),
        ("/traces?q=Boom", Traces.ROOT, '"exception": "Boom'),
        ("/code", Code.ROOT, "most time in all"),
        ("/alerts", Alerts.ROOT, "No active alerts"),
    ],
)
def test_a_page_comes_with_its_answers(served: Any, path: str, root: str, said: str) -> None:
    found = layout(served, f"http://localhost:8050{path}")
    assert root in found
    assert said in found
    assert "could not be drawn" not in found


@pytest.mark.parametrize("referrer", [None, "http://elsewhere.example/traces"])
def test_without_its_address_the_frame_comes_alone(served: Any, referrer: str | None) -> None:
    found = layout(served, referrer)
    assert Shell.MAIN in found
    assert Overview.ROOT not in found
    assert Traces.ROOT not in found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_come_in_the_theme_that_is_shown(served: Any, theme: Theme) -> None:
    served.set_cookie("fl-theme", theme)
    found = json.loads(layout(served, "http://localhost:8050/"))
    pie = next(one for one in nodes(found) if one.get("id") == Overview.PIE)
    assert pie["figure"]["data"][0]["marker"]["line"]["color"] == TOKENS[theme]["panel"]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in inside:
        yield from nodes(child)
