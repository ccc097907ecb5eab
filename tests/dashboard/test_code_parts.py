from __future__ import annotations

from dashboard.components import (
    code_lines,
    code_relations,
    code_tools,
    code_values,
    code_verdict,
    code_versions,
    source,
)
from dashboard.components.code_lines import LineFacts
from dashboard.components.code_tools import LevelSet
from dashboard.fn import Fn
from dashboard.tabs import code as tab
from dashboard.url import PageState
from queries.code import CodeVersion
from queries.code_raised import RaisedLine
from queries.code_stale import StaleHere
from queries.code_suspects import Suspect, Suspects
from queries.code_tree import NOTHING, Relation, Relations
from queries.code_values import Seen, ValueSeries
from queries.verdict import Side, Verdict
from tests.support.components import by_class, rows_of, texts
from tests.support.page import hrefs, text

FN = Fn("pricing", "shop.core", "price_order")
OWN = ("pricing", "price_order", "shop.core")
STATE = PageState("code", range="6h")
MS = 10**6
TEXT = source.highlighted(
    '@trace\ndef price_order(order):\n    """Calls tax_for(order)."""\n    tax: float = tax_for(order)\n'
    "    if tax == 0:\n        raise X\n    total = tax_for (order) + self.load(tax_for)\n    return total\n",
    10,
)


def callee(name: str, share: float = 0.4, each: float = 3e6, calls: int = 100) -> Relation:
    return Relation("pricing", name, "shop.tax", calls, 0, each, share)


def notes(**facts: object) -> dict[int, source.LineNotes]:
    return code_lines.notes(TEXT, LineFacts(**facts), FN, STATE)  # type: ignore[arg-type]


def test_calls_are_found_in_code_and_not_in_strings_or_other_names() -> None:
    called = code_lines.called_lines(TEXT)
    assert called["tax_for"] == [13, 16]
    assert called["load"] == [16]
    assert "order" not in called
    assert "GET /x" not in called


def test_a_callee_on_two_lines_gives_its_share_once_and_says_so() -> None:
    found = notes(callees=(callee("tax_for"),))
    assert (found[13].share, found[16].share) == (0.4, None)
    assert [mark.text for mark in found[13].marks] == ["tax_for"]
    assert "on 2 lines together" in found[13].marks[0].title
    assert found[16].marks == ()
    assert found[16].links[0][0] == "tax_for"


def test_a_line_shows_its_most_urgent_badge_and_names_the_other() -> None:
    stale = StaleHere(("pricing", "tax_for", "shop.tax"), "return", "float", 0.0, 96, 0)
    raised = RaisedLine(13, "TypeError", "no tax", 61, "t", "s", 0)
    found = notes(callees=(callee("tax_for"),), stale=(stale,), raised=(raised,))[13]
    assert (found.look, [mark.text for mark in found.marks]) == ("raised", ["TypeError 61"])
    assert "Also: 0.0 for 96 calls" in found.marks[0].title
    assert found.share == 0.4


def test_two_exceptions_of_one_line_are_both_shown() -> None:
    raised = tuple(RaisedLine(15, name, "", 3, "t", "s", 0) for name in ("KeyError", "TypeError", "OSError"))
    assert [mark.text for mark in notes(raised=raised)[15].marks] == ["KeyError 3", "TypeError 3"]


def test_stale_values_stand_where_they_enter() -> None:
    def stands(data: str) -> list[int]:
        return list(notes(stale=(StaleHere(OWN, data, "float", 1.0, 9, 0),)))

    assert stands("tax") == [13]
    assert stands("order") == [11]
    assert stands("return") == [17]
    other = StaleHere(("pricing", "tax_for", "shop.tax"), "rate", "float", 1.0, 9, 0)
    assert notes(stale=(other,)) == {}


def series(name: str, source_: str, *last: object, **changes: object) -> ValueSeries:
    seen = tuple(Seen(value, type(value).__name__) for value in last)
    made = {
        "source": source_, "name": name, "types": ((type(last[0]).__name__, len(last)),), "seen": len(last),
        "nulls": 0, "distinct": len(set(last)), "last": seen, "low": None, "high": None, "p99": None,
        "bars": (len(last),),
    }  # fmt: skip
    return ValueSeries(**(made | changes))  # type: ignore[arg-type]


def test_last_values_stand_at_their_assignment_and_at_the_return() -> None:
    found = notes(
        values=(series("tax", "observe", 2.5), series("return", "return", 9.75), series("order", "arg", "o"))
    )
    assert {number: note.marks[0].text for number, note in found.items()} == {13: "2.5", 17: "9.75"}


def test_facts_of_lines_that_are_not_in_the_text_are_left_out() -> None:
    assert notes(raised=(RaisedLine(999, "KeyError", "", 1, "t", "s", 0),)) == {}


def test_values_say_what_they_are_in_titles() -> None:
    row = series(
        "total",
        "arg",
        2.0,
        1.0,
        types=(("float", 9), ("NoneType", 1)),
        nulls=1,
        seen=10,
        low=1.0,
        high=2.0,
        p99=1.9,
    )
    shown = code_values.seen([row], [], FN, STATE)
    (cells,) = rows_of(shown)
    assert cells.children[1].title == "float 9, NoneType 1"
    assert cells.children[3].title == "in 10 calls, 10 % None"
    assert any("data.total:" in href and "1.9" in href for href in hrefs(shown))


def test_without_values_the_level_is_named() -> None:
    assert "No values were captured" in texts(code_values.seen([], [], FN, STATE))


def test_suspects_lead_to_their_calls() -> None:
    slow = Suspect("arg", "currency", 'G"BP', "str", None, None, 50, 0.7, 0.1)
    failing = Suspect("arg", "n", None, "int", 5.0, 9.0, 40, 0.5, 0.02)
    shown = code_values.suspects(Suspects((slow,), (failing,), 110 * MS), FN, STATE)
    assert [texts(row)[2:4] for row in rows_of(shown)] == [["50", "70 slow"], ["40", "50 failing"]]
    assert "Slow: above 110 ms" in text(shown)
    assert "duration" in hrefs(shown)[0]
    assert "status" in hrefs(shown)[1]
    assert "No value stands out" in texts(code_values.suspects(Suspects((), (), 1), FN, STATE))


def test_the_graph_counts_what_it_does_not_show() -> None:
    callees = tuple(callee(f"f{at}", 0.01) for at in range(code_relations.SHOWN + 3))
    found = Relations(100, 0.2, (callee("web", 0.5),), callees, 30, 20)
    shown = text(code_relations.shown(found, FN, STATE))
    for words in (
        "and 3 more",
        "the start of a trace",
        "a call that is not stored",
        "20 % own time",
        "50 % of calls",
    ):
        assert words in shown
    assert "No calls in this range" in texts(code_relations.shown(NOTHING, FN, STATE))
    alone = Relations(100, 1.0, (), (), 100, 0)
    assert "Nothing that is traced" in texts(code_relations.shown(alone, FN, STATE))


def test_callers_and_callees_are_a_table_too_each_row_a_step() -> None:
    caller = Relation("web", "quote", "shop.api", 60, 2, 0.0, 0.6)
    found = Relations(100, 0.2, (caller,), (callee("tax_for"),), 40, 0)
    up, down = rows_of(code_relations.shown(found, FN, STATE))
    assert texts(up) == ["caller ", "quote", "web", "60", "2", "\u2013", "60.0"]
    assert texts(down) == ["callee ", "tax_for", "pricing", "100", "0", "3.00", "40.0"]
    assert hrefs(up) == ["/code?range=6h&fn=web/shop.api/quote"]


def test_a_callee_called_several_times_says_how_often() -> None:
    one = Relation("pricing", "audit", "shop", 350, 7, 3e6, 0.3)
    assert "3.5 times 3.00 ms" in text(
        code_relations.shown(Relations(100, 0.7, (), (one,), 100, 0), FN, STATE)
    )


def test_the_level_says_what_it_was_before() -> None:
    said = code_tools.level_note([LevelSet("off", 0, "mia"), LevelSet("", 0, "local")])
    assert said.startswith("Set to off by mia at 1 Jan 00:00, before that own.")


def version(hash: str, at: int) -> CodeVersion:
    return CodeVersion(hash, "x", "f", "", 1, at, at)


def verdict(**changes: object) -> Verdict:
    made = {
        "speed": "slower", "of": "typical", "change": 0.21, "low": 0.18, "high": 0.24, "failing": "same",
        "error_change": 0.0, "old": Side(58_278, 500, 41 * MS, 152 * MS, 0.0012),
        "new": Side(18_402, 140, 50 * MS, 184 * MS, 0.0039),
    }  # fmt: skip
    return Verdict(**(made | changes))  # type: ignore[arg-type]


TWO = code_versions.opened(FN, [version("a", 1), version("b", 2)])


def said(**changes: object) -> str:
    return text(code_verdict.line(TWO, verdict(**changes)))


def test_the_verdict_says_how_much_against_what() -> None:
    assert said() == (
        "v2 is 21 % slower than v1 18 to 24 %, p50 41.0 ms to 50.0 ms, p95 152 ms to 184 ms, "
        "18,402 calls against 58,278"
    )


def test_every_verdict_has_its_words_and_its_lamp() -> None:
    assert said(speed="faster", change=-0.2, low=-0.25, high=-0.15).startswith(
        "v2 is 20 % faster than v1 15 to 25 %"
    )
    assert said(speed="same").startswith("v2 is as fast as v1 p50")
    assert said(of="p95").startswith("v2's slow calls are 21 % slower than those of v1")
    assert said(speed="same", failing="more").startswith("v2 is as fast as v1 and fails more often")
    assert "errors 0.12 to 0.39 %" in said(failing="more")
    few = said(speed="too few calls", new=Side(12, 3, 0, 0, 0))
    assert few.startswith("Too few calls to judge v2 against v1 v2: 12 of 100 calls in 3 of 20 minutes")
    assert by_class(code_verdict.line(TWO, verdict()), "bad")
    assert not by_class(code_verdict.line(TWO, verdict(speed="same")), "bad")
    assert code_verdict.line(code_versions.opened(FN, []), None) is None


def test_long_names_are_shortened_in_the_search_field() -> None:
    assert tab.placeholder("price_order") == "price_order"
    assert tab.placeholder("a" * 60 + ".<locals>.inner") == "inner"
