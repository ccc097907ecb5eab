"""What is proposed at a place of a filter text, and that every proposal can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.base import Reader
from queries.completion import Completions, complete
from queries.filters import Clause, FilterError, parse
from queries.names import Names
from queries.vocabulary import EACH, Vocabulary, vocabulary
from tests.queries.made import NAMES
from tests.support import shop
from tests.support.page import HOUR, NOW, SECOND

Ask = Callable[[str], Completions]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Names, Vocabulary]]:
    """The failing order, 60 ordinary calls, and one of Flowglass' own."""
    own = shop.span("ab" * 16, "ab", "", "find_spans", "flowglass", NOW - 2 * SECOND, 1)
    spans = [*shop.failing_order(NOW - 60 * SECOND), *shop.steady(NOW - HOUR, 60), own]
    reader = Reader.open(shop.shop(tmp_path_factory.mktemp("shop"), spans, NOW))
    with reader.session() as session:
        names = session.names
    yield names, vocabulary(reader)
    reader.close()


@pytest.fixture(scope="module")
def ask(store: tuple[Names, Vocabulary]) -> Ask:
    """Completes a text whose caret is marked by |, at its end when it is not marked."""

    def asked(text: str) -> Completions:
        plain, at = text.replace("|", ""), text.find("|")
        return complete(*store, plain, at if at >= 0 else len(plain))

    return asked


def taken(text: str, found: Completions, number: int = 0) -> str:
    """The text after a proposal was taken."""
    return text[: found.start] + found.items[number].text + text[found.end :]


CASES = [
    ("", "process:"),
    ("proc", "process:"),
    ("is:root du", "is:root duration:"),
    ("-exc", "-exception:"),
    ("~(gr", "~(group:"),
    ("process:char", "process:=charge_card"),
    ("process:=char", "process:=charge_card"),
    ('process:"charge', "process:=charge_card"),
    ("group:pay", "group:=payments"),
    ("service:pay", "service:=payments"),
    ("group:(orders OR pay", "group:(orders OR payments"),
    ("status:e", "status:error"),
    ("is:st", "is:stale"),
    ("has:exc", "has:exception"),
    ("kind:cl", "kind:client"),
    ("type:Dec", "type:=Decimal"),
    ("data:card", "data:=card_token"),
    ("scope:shop.pay", "scope:=shop.payments"),
    ("exception:Gate", "exception:=GatewayTimeout"),
    ("file:pric", "file:=/srv/shop/pricing.py"),
    ("data.curr", "data.currency:"),
    ("data.currency:", "data.currency:=USD"),
    ("data.card_token:", 'data.card_token:="•••• masked"'),
    ("attr.http", "attr.http.request.method:"),
    ("attr.http.request.method:P", "attr.http.request.method:=POST"),
    ("resource.host.name:", "resource.host.name:=till-1"),
    ("value:140", "value:=140.84"),
    ("duration:", "duration:>10ms"),
    ("GatewayT", "exception:=GatewayTimeout"),
]


@pytest.mark.parametrize(("typed", "after"), CASES)
def test_the_likeliest_proposal(ask: Ask, typed: str, after: str) -> None:
    assert taken(typed, ask(typed)) == after


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("sta|:error", "status:error"),  # the name before a value that is there already
        ("status:er|or group:=x", "status:error group:=x"),  # within a word: all of it is replaced
        ("process:|  is:root", "process:=acquirer.post  is:root"),
    ],
)
def test_a_proposal_replaces_what_it_is_about(ask: Ask, typed: str, after: str) -> None:
    found = ask(typed)
    assert taken(typed.replace("|", ""), found) == after


@pytest.mark.parametrize("typed", ["trace:ab", "time:>2026", "nofield:x", "data.nobody:", "status:>e ("])
def test_where_only_a_person_can_know_nothing_wrong_is_proposed(ask: Ask, typed: str) -> None:
    found = ask(typed)
    assert found.items == () or typed.endswith("(")


def test_only_numbers_are_proposed_after_a_sign_that_compares(ask: Ask) -> None:
    shown = [item.shown for item in ask("value:>").items]
    assert "140.84" in shown
    assert "USD" not in shown


def test_own_processes_are_not_proposed_and_the_own_group_comes_last(ask: Ask) -> None:
    groups = [item.shown for item in ask("group:").items]
    assert groups[-1] == "flowglass"
    assert "find_spans" not in [item.shown for item in ask("process:").items]


def test_every_name_that_is_proposed_takes_a_value_and_reads(ask: Ask) -> None:
    for typed in ("", "attr.", "data.", "resource."):
        for item in ask(typed).items:
            if not item.text.endswith("."):
                values = ask(item.text).items
                text = item.text + (values[0].text if values else "")
                assert not values or parse(text), text


@pytest.mark.parametrize("name", [*NAMES, 'say "hi"', "a*b", "(x)", "=x", "a\\b"])
def test_a_proposed_name_means_exactly_that_name(name: str) -> None:
    seen = Vocabulary({f"attr.{name}": (name,)})
    found = complete(Names(), seen, "attr.", 5)
    field = next(item.text for item in found.items if item.shown == f"attr.{name}")
    values = complete(Names(), seen, field, len(field)).items
    assert parse(field + values[0].text) == Clause(f"attr.{name}", "equals", name)


@given(st.text(st.sampled_from('ab:=<>-~()"* \\ORstatus.d'), max_size=40), st.integers(0, 40))
def test_any_place_of_any_text_can_be_asked_about(text: str, at: int) -> None:
    at = min(at, len(text))
    found = complete(Names(), Vocabulary({"data.a": ("b",)}), text, at)
    assert 0 <= found.start <= at <= found.end <= len(text)


def test_a_vocabulary_looks_at_the_newest_calls_of_each_process(store: tuple[Names, Vocabulary]) -> None:
    checked = store[1].values["data.checked"]
    assert set(checked) == {str(number) for number in range(60 - 2 * EACH, 60)}  # two processes in turn
    assert store[1].values["return"] == ("129.9", "1.0842")


def test_a_store_that_is_not_there_has_no_vocabulary(tmp_path: Path) -> None:
    reader = Reader.open(tmp_path)
    assert vocabulary(reader).names() == ()
    reader.close()


def test_what_is_proposed_for_a_broken_text_does_not_have_to_parse(ask: Ask) -> None:
    with pytest.raises(FilterError):
        parse("(process:")
    assert ask("(process:").items
