"""The documents keep their promises: links lead somewhere, lists match the code."""

from __future__ import annotations

import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.running import ROOT

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
