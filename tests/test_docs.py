"""The documents keep their promises: links lead somewhere, lists match the code."""

from __future__ import annotations

import json
import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from collector import receiver
from config import Settings
from dashboard.app import build
from live.collector_status import CollectorStatus
from queries import filter_fields
from queries.base import Reader
from tests.support.otlp import ask, send, span
from tests.support.running import ROOT, Flowglass

PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "flowglass" / "README.md",
    *sorted(ROOT.glob("docs/**/*.md")),
]
# Python brings the first two; dash[testing] needs an old urllib3 that the runtime should not.
NOT_PINNED = {"pip", "setuptools", "urllib3"}
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_and_pictures_lead_to_files(page: Path) -> None:
    targets = [page.parent / target for target in LINK.findall(page.read_text(encoding="utf-8"))]
    assert [str(target) for target in targets if not target.exists()] == []


def test_every_decision_is_in_the_index_and_no_number_is_used_twice() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    files = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name for name in files if f"]({name})" not in index] == []
    numbers = [name.split("-")[0] for name in files]
    assert len(numbers) == len(set(numbers))


def test_the_readme_names_only_what_make_can_do() -> None:
    said = set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said - {"it"} <= set(re.findall(r"make ([a-z]+)", listed))


def test_every_pinned_package_says_why_it_is_here() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        packages = [line for line in lines if line.strip() and not line.startswith(("#", "-r"))]
        assert packages
        for line in packages:
            assert re.fullmatch(r"[\w.\[\]-]+==[\w.]+\s+# \S.*", line), line


def test_every_package_that_comes_along_is_pinned() -> None:
    pins = dict(pinned(ROOT / "constraints.txt"))
    direct = dict(pinned(ROOT / "requirements.txt")) | dict(pinned(ROOT / "requirements-dev.txt"))
    wanted = needed(set(direct)) - set(direct) - NOT_PINNED
    installed = {name: metadata.version(name) for name in wanted}
    assert {name: pins.get(name) for name in installed} == installed


def pinned(file: Path) -> list[tuple[str, str]]:
    """Name and version of each line."""
    lines = re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    return [(canonicalize_name(name), version) for name, version in lines]


def needed(names: set[str]) -> set[str]:
    """These packages and all that they require here, with the extras we ask for."""
    seen: set[str] = set()
    waiting = [(name, "testing" if name == "dash" else "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        if name not in seen:
            seen.add(name)
            for text in metadata.requires(name) or ():
                requirement = Requirement(text)
                if not requirement.marker or requirement.marker.evaluate({"extra": extra}):
                    waiting += [(canonicalize_name(requirement.name), "")]
    return seen


@pytest.fixture(scope="module")
def api_page() -> str:
    return (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_api_page_lists_every_route_of_the_dashboard(api_page: str, tmp_path: Path) -> None:
    server = build(Settings(), Reader.open(tmp_path), CollectorStatus).server
    # What the page itself is made of, and the two that answer 404 for whatever else is asked of /api/.
    inner = ("/_", "/static/", "/assets/", "/docs/", "/<path:path>", "/api/<path:rest>")
    routes = {rule.rule for rule in server.url_map.iter_rules()} - {"/", "/api/"}
    listed = set(re.findall(r"^\| `[A-Z]+ (/\S+)` \|", api_page, re.MULTILINE))
    assert {route for route in routes if not route.startswith(inner)} - listed == set()


def test_the_api_page_lists_every_route_of_the_collector(api_page: str) -> None:
    for route in (receiver.TRACES, receiver.STATUS, receiver.LEVELS, receiver.TRACER):
        assert re.search(rf"^\| `[A-Z]+ {route}` \|", api_page, re.MULTILINE)


def test_the_api_page_shows_the_keys_that_rows_have(api_page: str, shared_flowglass: Flowglass) -> None:
    send(shared_flowglass.otlp, [span("shown.in.the.docs")])
    answer = json.loads(ask(f"{shared_flowglass.page}/api/v1/traces?q=shown.in.the.docs").body)
    shown = json.loads(re.findall(r"```json\n(.*?)```", api_page, re.DOTALL)[0])
    assert list(shown) == list(answer)
    assert list(shown["rows"][0]) == list(answer["rows"][0])


def test_the_api_page_shows_the_keys_that_the_status_has(api_page: str, shared_flowglass: Flowglass) -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", api_page, re.DOTALL)[1])
    answer = shared_flowglass.status()
    assert list(shown) == list(answer)
    for part in ("writer", "queue"):
        assert list(shown[part]) == list(answer[part])  # type: ignore[call-overload]


def test_the_user_guide_explains_every_field_of_a_filter() -> None:
    guide = (ROOT / "docs" / "user-guide.md").read_text(encoding="utf-8")
    section = guide.split("## The search language")[1]
    words = [*filter_fields.FIELDS, *(f"{prefix}.<name>" for prefix in filter_fields.PREFIXES)]
    words += [f"is:{word}" for word in filter_fields.CHOICES["is"]]
    assert [word for word in words if f"`{word}`" not in section] == []
