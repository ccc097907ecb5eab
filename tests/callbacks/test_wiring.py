"""The whole page, wired: every id exists, each output has one owner, nobody touches what is not theirs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from dash.development.base_component import Component

from callbacks.first import FirstAnswers
from callbacks.shell import PAGE
from config import FeatureSettings, Settings
from dashboard.app import build
from dashboard.ids import Alerts, Code, Shell, Traces
from live.collector_status import CollectorStatus
from queries.base import Reader

TABS = ("overview", "traces", "code", "alerts")
EVERYBODYS = {value for name, value in vars(Shell).items() if name.isupper() and isinstance(value, str)}
EVERYBODYS |= set(Shell.LANES)


def application(tmp_path: Path, **features: bool) -> Dash:
    settings = Settings(features=FeatureSettings(**features))
    return build(settings, Reader.open(tmp_path), CollectorStatus)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Dash:
    return application(tmp_path_factory.mktemp("store"))


def components(node: Any) -> Iterator[Component]:
    if isinstance(node, Component):
        yield node
        yield from components(getattr(node, "children", None))
    elif isinstance(node, list | tuple):
        for child in node:
            yield from components(child)


def ids(app: Dash) -> dict[str, Component]:
    return {
        str(part.id): part
        for part in components(app.validation_layout)
        if getattr(part, "id", None) is not None
    }


def ends(callback: dict[str, Any]) -> list[tuple[str, str]]:
    """(id, property) of every input, state and output; those with a pattern are left out."""
    inputs = [(one["id"], one["property"]) for one in [*callback["inputs"], *callback["state"]]]
    return [(name, prop) for name, prop in [*inputs, *outputs(callback)] if not name.startswith("{")]


def outputs(callback: dict[str, Any]) -> list[tuple[str, str]]:
    found = callback["output"]
    text = found.strip(".").split("...") if found.startswith("..") else [found]
    pairs = [one.replace("\\.", "\0").rsplit(".", 1) for one in text if "." in one]
    return [(name.replace("\0", "."), prop) for name, prop in pairs]


def test_every_id_that_a_callback_names_exists(app: Dash) -> None:
    known = ids(app)
    missing = {name for callback in app._callback_list for name, _ in ends(callback) if name not in known}
    assert not missing


def test_every_property_that_a_callback_names_exists(app: Dash) -> None:
    known = ids(app)
    wrong = [
        (name, prop)
        for callback in app._callback_list
        for name, prop in ends(callback)
        if (bare := prop.split("@")[0]) not in known[name]._prop_names
        and not bare.startswith(("data-", "aria-"))
    ]
    assert not wrong


def test_each_output_has_one_owner(app: Dash) -> None:
    owners = Counter(end for callback in app._callback_list for end in outputs(callback))
    assert not [end for end, number in owners.items() if number > 1]


def test_no_tab_touches_the_parts_of_another(app: Dash) -> None:
    for callback in app._callback_list:
        tabs = {name.split("-")[0] for name, _ in ends(callback)} & set(TABS)
        assert len(tabs) <= 1, callback["output"]


def test_an_id_belongs_to_a_tab_or_to_the_frame(app: Dash) -> None:
    strange = {
        name for name in ids(app) if name.split("-")[0] not in (*TABS, "shell", "obs", "live", "server")
    }
    assert not {name for name in strange if not name.startswith("{")}


def test_only_the_frame_turns_wishes_into_urls(app: Dash) -> None:
    for callback in app._callback_list:
        reads = {one["id"] for one in callback["inputs"]}
        if Shell.NAVIGATE in reads:
            assert {name for name, _ in outputs(callback)} == {id for id, _ in PAGE}


# What callbacks mount anew at each answer: a word, a few choices, or a page that was not there before.
MOUNTED = {
    Shell.CONTENT, Shell.CUSTOM_ERROR, Code.CHOICES, Code.LEVEL_NOTE, Code.LEVEL_LABEL,
    Code.HISTORY_TITLE, Traces.SERIES, Alerts.STALE_META,
}  # fmt: skip


def test_lists_are_drawn_by_views(app: Dash) -> None:
    """A hundred rows as components of Dash kept the browser busy for 25 s at each answer."""
    mounted = {
        name
        for callback in app._callback_list
        for name, prop in outputs(callback)
        if prop.split("@")[0] == "children"
    }
    assert mounted == MOUNTED


@pytest.mark.parametrize("off", TABS)
def test_a_tab_that_is_off_is_gone_from_page_and_callbacks(tmp_path: Path, off: str) -> None:
    app = application(tmp_path, **{off: False})
    names = {name for callback in app._callback_list for name, _ in ends(callback)} | set(ids(app))
    assert not {name for name in names if name.startswith(f"{off}-")}
    assert Shell.tab_link(off) not in names


def test_the_page_and_its_layout_are_served(app: Dash) -> None:
    client = app.server.test_client()
    page = client.get("/traces?q=x", headers={"Host": "localhost:8050"})
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    layout = client.get("/_dash-layout", headers={"Host": "localhost:8050"})
    assert Shell.MAIN in json.dumps(layout.json)
    assert layout.headers["Cache-Control"] == "no-store"  # going back must not bring that of another page


def test_foreign_hosts_and_origins_are_refused_before_any_callback(app: Dash) -> None:
    client = app.server.test_client()
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403
    foreign = {"Host": "localhost:8050", "Origin": "http://evil.example"}
    assert client.post("/_dash-update-component", json={}, headers=foreign).status_code == 403


def test_named_assets_may_be_kept_for_good(app: Dash) -> None:
    client = app.server.test_client()
    with client.get("/assets/logo.svg?m=1", headers={"Host": "localhost"}) as named:
        assert "immutable" in named.headers["Cache-Control"]
    with client.get("/assets/logo.svg", headers={"Host": "localhost"}) as bare:
        assert "immutable" not in bare.headers["Cache-Control"]


@pytest.mark.parametrize("tab", TABS)
def test_no_two_panels_of_a_tab_are_refreshed_slowly_at_the_same_moment(app: Dash, tab: str) -> None:
    lanes = [
        one["id"]
        for callback in app._callback_list
        if all(name.startswith(f"{tab}-") for name, _ in outputs(callback))
        for one in callback["inputs"]
        if one["id"].startswith(Shell.REFRESH_SLOW)
    ]
    assert lanes
    assert Shell.REFRESH_SLOW not in lanes
    assert max(Counter(lanes).values()) == -(-len(lanes) // len(Shell.LANES))


def test_only_who_asks_for_the_page_has_its_answers_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, asked = application(tmp_path).server.test_client(), []
    monkeypatch.setattr(FirstAnswers, "fill", lambda *_: asked.append(1) or True)
    client.get("/", headers={"Host": "localhost:8050"})
    assert not asked
    client.get("/_dash-layout", headers={"Host": "localhost:8050"})
    assert asked
