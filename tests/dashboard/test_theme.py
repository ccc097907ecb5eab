"""Figures and style sheets must show the same colours."""

from __future__ import annotations

import re

import pytest

from dashboard import theme
from dashboard.page import ASSETS
from dashboard.theme import Theme

CSS = (ASSETS / "css" / "00-tokens.css").read_text()


def declared(selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r"\{(.*?)\n\}", CSS, re.DOTALL)
    assert block
    return dict(re.findall(r"--fl-([\w-]+):(#[0-9a-f]{6})", block[1]))


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_tokens_of_figures_are_those_of_the_style_sheet(name: Theme) -> None:
    sheet = declared(f"[data-bs-theme={name}]")
    assert {key: sheet.get(key) for key in theme.TOKENS[name]} == theme.TOKENS[name]


def test_the_series_colours_are_those_of_the_style_sheet() -> None:
    assert {key: declared(":root").get(key) for key in theme.SERIES} == theme.SERIES


def test_anything_but_light_is_dark() -> None:
    assert [theme.theme(name) for name in ("light", "dark", None, "pink")] == [
        "light",
        "dark",
        "dark",
        "dark",
    ]


def test_series_colours_are_the_same_in_both_themes() -> None:
    assert theme.token("dark", "p95") == theme.token("light", "p95") == "#f59e0b"


def test_a_faint_colour_keeps_its_hue() -> None:
    assert theme.faint("#0b6b80", 0.14) == "rgba(11,107,128,0.14)"


@pytest.mark.parametrize("path", sorted((ASSETS / "css").glob("*.css")), ids=lambda path: path.name)
def test_no_style_sheet_but_the_tokens_names_a_colour(path) -> None:  # type: ignore[no-untyped-def]
    if path.name == "00-tokens.css":
        return
    found = re.findall(
        r"#[0-9a-fA-F]{3,8}\b(?=[;},\s])|rgba?\(", re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    )
    assert not found


@pytest.mark.parametrize("path", sorted((ASSETS / "css").glob("*.css")), ids=lambda path: path.name)
def test_every_token_that_is_used_exists(path) -> None:  # type: ignore[no-untyped-def]
    known = set(re.findall(r"(--fl-[\w-]+):", CSS))
    assert set(re.findall(r"var\((--fl-[\w-]+)\)", path.read_text())) <= known
