"""The HTML around the application, and what is shipped with it: everything local, nothing foreign."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from plotly.offline import get_plotlyjs_version

from dashboard import bundle, ids, page

FOREIGN = re.compile(r"""(?:src|href|url\(|@import|fetch\(|import\()\s*=?\s*["'(]*\s*(?:https?:)?//""")
SHIPPED = sorted(path for path in page.ASSETS.rglob("*") if path.suffix in {".css", ".js", ".svg"})
TYPED_ID = re.compile(r"""["'`#]((?:obs|shell|live|overview|traces|code|alerts)-[a-z][a-z-]*)["'`]""")


def test_the_plotly_bundle_is_the_version_that_plotly_py_speaks() -> None:
    head = (page.ASSETS / page.PLOTLY).read_text()[:400]
    found = re.search(r"plotly\.js \(cartesian - minified\) v([\d.]+)", head)
    assert found
    assert found[1] == get_plotlyjs_version()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(page.ASSETS)))
def test_no_asset_loads_anything_from_elsewhere(path) -> None:  # type: ignore[no-untyped-def]
    if path.name == "plotly-cartesian.min.js":  # names map servers in parts that figures here never use
        return
    assert not FOREIGN.findall(path.read_text())


@pytest.mark.parametrize("name", [page.PLOTLY, *page.STYLES, *page.FONTS, "logo.svg"])
def test_what_the_page_names_is_there(name: str) -> None:
    assert (page.ASSETS / name).is_file()
    assert page.asset_url(name).startswith(f"/assets/{name}?m=")


def test_every_library_comes_with_its_licence() -> None:
    names = {path.name for path in page.ASSETS.rglob("*.txt")}
    assert {
        "LICENSE-bootstrap.txt",
        "LICENSE-bootstrap-icons.txt",
        "LICENSE-plotly.txt",
        "OFL-IBM-Plex.txt",
    } <= names


def test_the_theme_is_set_before_any_style_is_read() -> None:
    html = page.index({}, "/own.css", "/own.js")
    assert html.index("fl-theme") < html.index('rel="stylesheet"') < html.index("{%css%}")


def test_javascript_gets_every_id() -> None:
    shared = page.public_ids()
    assert shared["Shell"]["FILTER"] == ids.Shell.FILTER
    assert set(shared) == {"Shell", "Live", "Overview", "Traces", "Code", "Alerts"}


def test_no_script_types_an_id_of_its_own() -> None:
    known = {value for section in page.public_ids().values() for value in section.values()}
    for path in (page.ASSETS / "js").glob("*.js"):
        typed = set(TYPED_ID.findall(path.read_text()))
        assert not typed & known, path.name


def test_settings_cannot_break_out_of_their_script() -> None:
    html = page.index({"evil": "</script><script>alert(1)"}, "/own.css", "/own.js")
    assert "</script><script>" not in html.split("fl-config")[1][:400]


def test_the_layout_is_asked_for_once_the_cookies_are_set() -> None:
    scripts = page.inline_scripts()
    asked = next(at for at, text in enumerate(scripts) if "/_dash-layout" in text)
    assert all(any(cookie in text for text in scripts[:asked]) for cookie in ("fl-theme=", "fl-zone="))


@pytest.mark.parametrize("kind", ["js", "css"])
def test_own_files_are_served_as_one_in_the_order_of_their_names(kind: str) -> None:
    server = Flask("one")
    bundle.install(server)
    made = bundle.bundle(kind)
    answer = server.test_client().get(made.url)
    files = sorted((page.ASSETS / kind).glob(f"*.{kind}"))
    assert answer.mimetype == bundle.TYPES[kind]
    places = [answer.text.index(f"/* {file.name} */\n{file.read_text()}") for file in files]
    assert places == sorted(places)
