from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.components import source
from dashboard.components.source import LineNotes, Mark, as_data, highlighted, lines_of, visible

FUNCTION = '@trace\ndef f(a: int = 3) -> str:\n    """Doc.\n\n    More."""\n    return f"{a}!"  # why\n'


def text_of(line: source.Line) -> str:
    return "".join(text for _, text in line.tokens)


def look_of(text: str, wanted: str) -> str:
    """Class of the token that is exactly `wanted`."""
    return next(
        look for line in highlighted(text).lines for look, part in line.tokens if part.strip() == wanted
    )


def test_every_line_keeps_its_text_and_its_number_in_the_file() -> None:
    drawn = highlighted(FUNCTION, 112, "core.py")
    assert [line.number for line in drawn.lines] == list(range(112, 118))
    assert [text_of(line) for line in drawn.lines] == FUNCTION.split("\n")[:-1]


@pytest.mark.parametrize(
    ("part", "look"),
    [("def", "s-k"), ("f", "s-f"), ("@trace", "s-d"), ("3", "s-n"), ("# why", "s-c"), ('"""Doc.', "s-c")],
)
def test_words_get_the_look_of_their_kind(part: str, look: str) -> None:
    assert look_of(FUNCTION, part) == look


def test_a_docstring_over_several_lines_is_a_comment_on_each() -> None:
    drawn = highlighted(FUNCTION)
    assert ("s-c", '    More."""') in drawn.lines[4].tokens


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_no_text_is_lost_or_added_whatever_it_is(text: str) -> None:
    drawn = highlighted(text)
    assert [text_of(line) for line in drawn.lines] == [visible(line) for line in lines_of(text)]


def test_all_line_endings_count_as_python_counts_them() -> None:
    assert lines_of("a\r\nb\rc\nd\x0ce") == ["a", "b", "c", "d\x0ce"]


def test_characters_that_reorder_text_are_spelled_out() -> None:
    drawn = highlighted("x = '\u202eevil'")
    assert "⟨U+202E⟩" in text_of(drawn.lines[0])
    assert "\u202e" not in json.dumps(as_data(drawn), ensure_ascii=False)


def test_markup_in_source_stays_text() -> None:
    drawn = highlighted("x = '<script>alert(1)</script>'")
    assert "<script>alert(1)</script>" in text_of(drawn.lines[0])


def test_a_very_long_text_is_cut_and_says_by_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_LINES", 10)
    drawn = highlighted("\n".join(f"cut_{at} = {at}" for at in range(25)))
    assert (len(drawn.lines), drawn.cut) == (10, 15)


def test_text_too_large_to_lex_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "HIGHLIGHT_CHARS", 5)
    assert highlighted("def plain(): pass").lines[0].tokens == (("", "def plain(): pass"),)


@pytest.mark.parametrize(
    ("file", "text", "look"),
    [("app.js", "const", "s-k"), ("notes.unknown-kind", "const", ""), ("<stdin>", "const", "")],
)
def test_the_language_follows_the_file(file: str, text: str, look: str) -> None:
    assert highlighted(f"{text} x = 1", 1, file).lines[0].tokens[0][0] == look


def test_five_thousand_lines_are_ready_to_draw() -> None:
    drawn = as_data(highlighted("total = price(line, 3)  # each\n" * 5000))
    assert len(drawn["lines"]) == 5000


def test_notes_travel_with_their_line_and_others_stay_short() -> None:
    drawn = highlighted("a = f(x)\nb = 2", 7)
    note = LineNotes(
        look="raised", new=True, share=0.5, label="9",
        marks=(Mark("KeyError 3", "bad", "in 3 calls", "bug", "/traces"),), links=(("f", "/code?fn=f"),),
    )  # fmt: skip
    data = as_data(source.Source(drawn.lines, notes={7: note}))
    laid = {
        "c": "raised newl", "h": 0.5, "l": "9",
        "m": [["bad", "KeyError 3", "in 3 calls", "bug", "/traces", ""]], "a": [["f", "/code?fn=f"]],
    }  # fmt: skip
    assert data["lines"][0] == {"n": 7, "t": [["", "a = f(x)"]]} | laid
    assert set(data["lines"][1]) == {"n", "t"}
    assert source.all_notes_data({7: note}) == {"7": laid}
