"""The text of a filter: what it says, where it is wrong, and that saying it again changes nothing."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from queries.filters import EMPTY, And, Clause, Filter, FilterError, Not, Off, Or, normal, parse, to_text
from tests.queries.made_filters import filters

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
wild = st.lists(
    st.one_of(st.just("*"), st.sampled_from(("\\*", "\\\\", " ", "x", '"', ")"))), min_size=1
).map("".join)
any_clause = st.one_of(
    st.builds(
        Clause, st.sampled_from(("process", "value", "attr.a b", 'data."q"')), st.just("equals"), any_text
    ),
    st.builds(
        Clause, st.sampled_from(("process", "value", "return")), st.just("contains"), any_text.filter(bool)
    ),
    st.builds(
        Clause, st.just("group"), st.just("glob"), wild.filter(lambda text: "*" in text.replace("\\*", ""))
    ),
    st.builds(Clause, any_text.filter(bool).map(lambda key: f"attr.{key}"), st.just("equals"), st.just("1")),
    st.builds(Clause, st.just("has"), st.just("has"), any_text.filter(bool).map(lambda key: f"data.{key}")),
    st.builds(Clause, st.just(""), st.just("phrase"), any_text.map(lambda text: f"a {text}")),
)


@given(filters)
def test_text_and_tree_say_the_same(tree: Filter) -> None:
    text = to_text(tree)
    assert parse(text) == tree
    assert to_text(parse(text)) == text


@given(any_clause)
@example(Clause("group", "glob", "\\\\*\\*"))
@example(Clause("value", "contains", "*"))
@example(Clause("value", "equals", ""))
@example(Clause("attr.\\", "equals", "\\"))
def test_any_name_and_value_can_be_said(clause: Clause) -> None:
    assert parse(to_text(clause)) == clause


@given(filters)
def test_a_link_carries_a_filter_unchanged(tree: Filter) -> None:
    query = urlencode({"q": to_text(tree)})
    assert parse(parse_qs(query, keep_blank_values=True)["q"][0]) == tree


@given(st.text(st.sampled_from('ab:=<>-~()"* \\ORANDst.attdr'), max_size=60))
@example("AND*")
@example("oR* x")
@example("12*")
@example("00000000000000ff*")
def test_any_text_is_a_filter_or_an_error_with_a_place(text: str) -> None:
    try:
        tree = parse(text)
    except FilterError as error:
        assert 0 <= error.start <= error.end <= len(text)
        assert error.start < error.end
        assert error.message
    else:
        assert parse(to_text(tree)) == tree


WORD_A, WORD_B, WORD_C = (Clause("", "word", word) for word in "xyz")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", EMPTY),
        ("   ", EMPTY),
        ("x", WORD_A),
        ("x y", And((WORD_A, WORD_B))),
        ("x AND y", And((WORD_A, WORD_B))),
        ("x OR y z", Or((WORD_A, And((WORD_B, WORD_C))))),
        ("(x OR y) z", And((Or((WORD_A, WORD_B)), WORD_C))),
        ("((x))", WORD_A),
        ("-x", Not(WORD_A)),
        ("NOT x", Not(WORD_A)),
        ("-(x y)", Not(And((WORD_A, WORD_B)))),
        ("~x", Off(WORD_A)),
        ("~-x", Off(Not(WORD_A))),
        ("~(x OR y)", Off(Or((WORD_A, WORD_B)))),
        ("process:load", Clause("process", "contains", "load")),
        ("Process:load", Clause("process", "contains", "load")),
        ("process:=load", Clause("process", "equals", "load")),
        ("process:load*", Clause("process", "glob", "load*")),
        ('process:"load *"', Clause("process", "glob", "load *")),
        ('process:"load \\*"', Clause("process", "contains", "load *")),
        ("process:=load*", Clause("process", "equals", "load*")),
        ("process:OR", Clause("process", "contains", "OR")),
        ("service:shop", Clause("group", "contains", "shop")),
        ("group:(a OR b)", Or((Clause("group", "contains", "a"), Clause("group", "contains", "b")))),
        ("-group:=(a OR b)", Not(Or((Clause("group", "equals", "a"), Clause("group", "equals", "b"))))),
        ("duration:>250ms", Clause("duration", ">", "250ms")),
        ("duration:250ms", Clause("duration", "equals", "250ms")),
        ("memory:>=1.5MiB", Clause("memory", ">=", "1.5MiB")),
        ("status:ERROR", Clause("status", "equals", "error")),
        ("kind:=server", Clause("kind", "equals", "server")),
        ("is:root", Clause("is", "is", "root")),
        ("has:attr.http.route", Clause("has", "has", "attr.http.route")),
        ('attr."odd key":>5', Clause("attr.odd key", ">", "5")),
        ("data.Amount:=5", Clause("data.Amount", "equals", "5")),
        ("value:a:b", Clause("value", "contains", "a:b")),
        ("value:-5", Clause("value", "contains", "-5")),
        ("time:>2026-11-20T10:00:00.5Z", Clause("time", ">", "2026-11-20T10:00:00.5Z")),
        ("5", Clause("", "number", "5")),
        ("-5", Clause("", "number", "-5")),
        ("-(5)", Not(Clause("", "number", "5"))),
        ("5.0e3", Clause("", "number", "5.0e3")),
        ("250ms", Clause("", "word", "250ms")),
        ("load*", Clause("", "word", "load")),
        ('"no such order"', Clause("", "phrase", "no such order")),
        ("0123456789ABCDEF", Clause("", "id", "0123456789abcdef")),
        ("f" * 32, Clause("", "id", "f" * 32)),
        ("f" * 31, Clause("", "word", "f" * 31)),
        ("/users/{id}", Clause("", "word", "/users/{id}")),
    ],
)
def test_what_a_text_says(text: str, tree: Filter) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "wrong", "suggestion", "says"),
    [
        ("proces:load", "proces", "process", "did you mean process"),
        ("x args.amount:5", "args.amount", "data.amount", "did you mean data.amount"),
        ("nonsense:5", "nonsense", "", "no field nonsense"),
        ("status:eror", "eror", "error", "ok, error"),
        ("is:rot", "rot", "root", "stale, root, new"),
        ("has:exeption", "exeption", "exception", "has takes one of"),
        ("duration:250", "250", "250ms", "unit"),
        ("duration:>fast", "fast", "", "unit"),
        ("duration:>1y", "1y", "", "unit"),
        ("memory:>1parsec", "1parsec", "", "unit"),
        ("time:>yesterday", "yesterday", "", "2026-11-20T10:00"),
        ("time:>2026-02-30", "2026-02-30", "", "a time such as"),
        ("time:2026-11-20", "2026-11-20", ">=2026-11-20", "> or <"),
        ("process:>5", "5", "", "cannot be compared"),
        ("value:>x", "x", "", "needs a number"),
        ("status:e*", "e*", "", "ok, error"),
        ('process:""', '""', "", "needs a value"),
        ("process:", "process:", "", "needs a value"),
        ("process: load", "process:", "", "right after it"),
        ("group: (a OR b)", "group:", "", "right after it"),
        ("x OR", "R", "", "must follow"),
        ("x -", "-", "", "must follow"),
        ("OR x", "OR", "", "both sides of OR"),
        ("x OR OR y", "OR y"[:2], "", "both sides of OR"),
        ("x or y", "or", "OR", "in capitals"),
        ("not x", "not", "NOT", "in capitals"),
        ("x and y", "and", "AND", "in capitals"),
        ("(x", "(", "", "not closed"),
        ("x (y (z)", "(", "", "not closed"),
        ("x)", ")", "", "closes nothing"),
        ("()", ")", "", "nothing before"),
        ('x "y z', '"y z', '"y z"', "not closed"),
        ("*load", "*load", "process:*load", "stars need a field"),
        ("l*ad", "l*ad", "process:l*ad", "stars need a field"),
        ("---", "-", "", "must follow"),
        ("{}", "{}", 'value:"{}"', "no letter or digit"),
        ('""', '""', "", "no letter or digit"),
    ],
)
def test_what_is_wrong_is_shown_where_it_stands(text: str, wrong: str, suggestion: str, says: str) -> None:
    with pytest.raises(FilterError) as raised:
        parse(text)
    error = raised.value
    assert text[error.start : error.end] == wrong
    assert error.suggestion == suggestion
    assert says in error.message


def test_what_is_put_in_place_of_the_wrong_part_can_be_parsed() -> None:
    for text in (
        "proces:load",
        "x or y",
        "status:eror",
        "duration:250",
        "time:2026-11-20",
        'x "y z',
        "*load",
        "{}",
    ):
        with pytest.raises(FilterError) as raised:
            parse(text)
        error = raised.value
        parse(text[: error.start] + error.suggestion + text[error.end :])


@pytest.mark.parametrize(
    "text", ["(" * 200 + "x" + ")" * 200, "-" * 200 + "x", "~" * 200 + "x", "x " * 300, "x" * 5_000]
)
def test_a_text_that_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(FilterError):
        parse(text)


def test_what_is_nested_says_the_same_when_flat() -> None:
    nested = And((And((WORD_A,)), And((WORD_B, Or((WORD_C,))))))
    assert normal(nested) == And((WORD_A, WORD_B, WORD_C))
    assert to_text(nested) == "x y z"
