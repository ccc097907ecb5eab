"""No web page of others may read or steer Flowglass: foreign Host and Origin are refused on both ports."""

from __future__ import annotations

import json

import pytest

from tests.support.otlp import Answer, ask, request, span
from tests.support.running import Flowglass

FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:8050",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "0.0.0.0",
]
OWN_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
FOREIGN_ORIGINS = [
    "http://evil.example",
    "http://localhost.evil.example",
    "https://127.0.0.1.evil.example",
    "null",
]
PAGES = ["/", "/traces", "/_dash-layout", "/_dash-dependencies", "/api/v1/traces", "/health", "/metrics"]
SPAN = request([span("through.the.door")])
CALLBACK = json.dumps({"output": "nothing.children", "inputs": [], "changedPropIds": []}).encode()


def get(url: str, **headers: str) -> Answer:
    return ask(url, headers=headers)


def sent(run: Flowglass, **headers: str) -> Answer:
    """Spans posted to the collector."""
    given = {"Content-Type": "application/x-protobuf", **headers}
    return ask(f"{run.otlp}/v1/traces", body=SPAN, headers=given)


def called(run: Flowglass, **headers: str) -> Answer:
    """A callback of the page posted, as the browser does."""
    given = {"Content-Type": "application/json", **headers}
    return ask(f"{run.page}/_dash-update-component", body=CALLBACK, headers=given)


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("path", PAGES)
def test_a_foreign_host_is_refused_on_the_page(shared_flowglass: Flowglass, path: str, host: str) -> None:
    assert get(f"{shared_flowglass.page}{path}", Host=host).status == 403


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_is_refused_by_callbacks(shared_flowglass: Flowglass, host: str) -> None:
    assert called(shared_flowglass, Host=host).status == 403


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_is_refused_by_the_collector(shared_flowglass: Flowglass, host: str) -> None:
    assert sent(shared_flowglass, Host=host).status == 403
    assert get(f"{shared_flowglass.otlp}/v1/flowglass/status", Host=host).status == 403


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_foreign_origin_is_refused_by_callbacks(shared_flowglass: Flowglass, origin: str) -> None:
    assert called(shared_flowglass, Origin=origin).status == 403


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_foreign_origin_is_refused_by_the_collector(shared_flowglass: Flowglass, origin: str) -> None:
    assert sent(shared_flowglass, Origin=origin).status == 403


@pytest.mark.parametrize("host", OWN_HOSTS)
@pytest.mark.parametrize("path", PAGES)
def test_the_names_of_this_machine_are_answered(shared_flowglass: Flowglass, path: str, host: str) -> None:
    port = shared_flowglass.port
    assert get(f"{shared_flowglass.page}{path}", Host=f"{host}:{port}").status == 200


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_the_collector_answers_to_the_names_of_this_machine(shared_flowglass: Flowglass, host: str) -> None:
    port = shared_flowglass.otlp_port
    assert sent(shared_flowglass, Host=f"{host}:{port}").status == 200
    assert sent(shared_flowglass, Host=f"{host}:{port}", Origin=f"http://{host}:{port}").status == 200


def test_the_page_calls_its_own_callbacks(shared_flowglass: Flowglass) -> None:
    own = f"http://127.0.0.1:{shared_flowglass.port}"
    assert called(shared_flowglass, Origin=own).status != 403
    assert called(shared_flowglass).status != 403


def test_a_configured_name_is_answered_too(tmp_path: object, start_flowglass: object) -> None:
    settings = (
        '[dashboard]\nallowed_hosts = ["flow.example"]\n[collector]\nallowed_hosts = ["flow.example"]\n'
    )
    run: Flowglass = start_flowglass(settings=settings)  # type: ignore[operator]
    assert get(run.page, Host="flow.example").status == 200
    assert sent(run, Host="flow.example").status == 200
    assert get(run.page, Host="evil.example").status == 403
    assert sent(run, Host="evil.example").status == 403
