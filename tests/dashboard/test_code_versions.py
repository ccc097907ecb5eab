from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from dashboard import format
from dashboard.components import code_source, code_versions
from dashboard.components.code_versions import Opened, opened
from dashboard.fn import Fn
from dashboard.url import PageState
from queries.code import CodeVersion
from queries.code_history import VersionFigures
from tests.support.components import find, rows_of, texts

FN = Fn("pricing", "shop.core", "price_order")
HOUR = 3_600 * 10**9
STATE = PageState(tab="code", range="6h")


def version(hash: str, first: int, last: int, source: str | None = "def f():\n    return 1\n") -> CodeVersion:
    return CodeVersion(hash, source, "price_order", "core.py", 10, first * HOUR, last * HOUR)


def figures(hash: str, p95_ms: int = 10, error_rate: float = 0.0, calls: int = 100) -> VersionFigures:
    ns = p95_ms * 10**6
    return VersionFigures(hash, calls, int(calls * error_rate), error_rate, ns // 2, ns, ns * 2, 0, 1)


OLD, MID, NEW = version("aaa1", 1, 5), version("bbb2", 5, 9), version("ccc3", 9, 12)


def test_versions_are_numbered_by_their_first_day_and_the_youngest_is_open() -> None:
    found = opened(FN, [NEW, OLD, MID])
    assert [numbered.version.hash for numbered in found.versions] == ["aaa1", "bbb2", "ccc3"]
    assert found.shown and found.shown.label == "v3"
    assert found.latest
    assert found.before and found.before.label == "v2"


def test_the_version_that_runs_now_is_open_even_when_it_is_an_old_one_again() -> None:
    found = opened(FN, [version("aaa1", 1, 20), MID])
    assert found.shown and found.shown.version.hash == "aaa1"


def test_a_link_opens_a_version_by_the_beginning_of_its_hash() -> None:
    found = opened(FN, [OLD, MID, NEW], "bbb")
    assert found.shown and found.shown.label == "v2"
    assert not found.latest


def test_a_hash_nobody_knows_opens_the_youngest() -> None:
    assert opened(FN, [OLD, NEW], "zzz").at == 1


def test_a_function_without_versions_has_none_open() -> None:
    found = opened(FN, [])
    assert (found.shown, found.before, found.compared) == (None, None, None)


def test_the_list_is_youngest_first_with_the_open_one_marked() -> None:
    found = opened(FN, [OLD, MID, NEW], "bbb2")
    shown = code_versions.listed(found, [figures("bbb2"), figures("ccc3")], STATE, "last 24 h")
    rows = rows_of(shown)
    assert [texts(row)[0] for row in rows] == ["v3", "v2", "v1"]
    assert [row.className for row in rows] == [None, "sel", None]


def test_a_slower_and_more_failing_version_is_marked() -> None:
    found = opened(FN, [OLD, MID])
    shown = code_versions.listed(
        found, [figures("aaa1", 100, 0.01), figures("bbb2", 121, 0.05)], STATE, "last 24 h"
    )
    young, old = rows_of(shown)
    assert [cell.className for cell in young.children[3:7]] == ["r bad"] * 4
    assert [cell.className for cell in old.children[3:7]] == ["r"] * 4


def test_a_version_without_calls_shows_no_numbers() -> None:
    (row,) = rows_of(code_versions.listed(opened(FN, [OLD]), [], STATE, "last 24 h"))
    assert texts(row)[2:] == [format.NONE] * 5


def test_the_youngest_version_has_the_plain_address_and_others_their_hash() -> None:
    found = opened(FN, [OLD, NEW])
    plain = parse_qs(urlsplit(code_versions.version_href(found, found.versions[1], STATE)).query)
    older = parse_qs(urlsplit(code_versions.version_href(found, found.versions[0], STATE)).query)
    assert "v" not in plain
    assert older["v"] == ["aaa1"]
    assert older["range"] == ["6h"]


def test_a_row_offers_the_difference_to_the_open_version() -> None:
    shown = code_versions.listed(opened(FN, [OLD, NEW]), [], STATE, "last 24 h")
    links = [link.href for link in find(shown, "Link") if "with=" in link.href]
    assert len(links) == 1
    assert parse_qs(urlsplit(links[0]).query) | {} == {
        "range": ["6h"], "fn": ["pricing/shop.core/price_order"], "v": ["ccc3"], "with": ["aaa1"],
    }  # fmt: skip


def compared(old: str | None, new: str | None) -> Opened:
    return opened(FN, [version("aaa1", 1, 2, old), version("bbb2", 2, 3, new)], "bbb2", "aaa1")


def test_lines_that_the_version_before_did_not_have_are_new() -> None:
    drawn = code_source.whole(compared("def f():\n    return 1\n", "def f():\n    x = 1\n    return 1\n"))
    assert drawn
    assert {number for number, note in drawn.notes.items() if note.new} == {11}


def test_the_first_version_has_no_new_lines() -> None:
    drawn = code_source.whole(opened(FN, [OLD]))
    assert drawn and drawn.notes == {}


def test_a_version_without_text_draws_nothing_and_says_why() -> None:
    found = opened(FN, [version("aaa1", 1, 2, None)])
    assert code_source.whole(found) is None
    assert "has not arrived" in " ".join(texts(code_source.missing(found)))
    assert "another SDK" in " ".join(texts(code_source.missing(opened(FN, []))))


def test_code_that_was_generated_has_no_text_and_says_so() -> None:
    made = opened(FN, [version("aaa1", 1, 5), version("bbb2", 5, 9, source="")])
    assert code_source.whole(made) is None
    assert "v2 has no source text" in texts(code_source.missing(made))
    assert code_source.difference(made.versions[0].version, made.versions[1].version) is None
    rewritten = opened(FN, [version("aaa1", 1, 5, source=""), version("bbb2", 5, 9)])
    drawn = code_source.whole(rewritten)
    assert drawn is not None
    assert drawn.notes == {}


def test_a_difference_shows_both_sides_with_their_own_line_numbers() -> None:
    found = compared("def f():\n    a = 1\n    return a\n", "def f():\n    a = 2\n    return a\n")
    assert found.shown and found.compared
    drawn = code_source.difference(found.compared.version, found.shown.version)
    assert drawn
    looks = [(drawn.notes[line.number].look, drawn.notes[line.number].label) for line in drawn.lines]
    assert looks == [("", "10"), ("del", "11"), ("add", "11"), ("", "12")]


def test_long_equal_stretches_of_a_difference_are_folded() -> None:
    same = "".join(f"x{at} = {at}\n" for at in range(60))
    found = compared(same + "y = 1\n", same + "y = 2\n")
    assert found.shown and found.compared
    drawn = code_source.difference(found.compared.version, found.shown.version)
    assert drawn
    assert [drawn.notes[line.number].look for line in drawn.lines][:1] == ["fold"]
    assert len(drawn.lines) == 1 + code_source.CONTEXT + 2


def test_a_difference_needs_both_texts() -> None:
    found = compared(None, "x")
    assert found.shown and found.compared
    assert code_source.difference(found.compared.version, found.shown.version) is None


def test_the_head_offers_to_compare_and_to_come_back() -> None:
    plain = code_source.head(opened(FN, [OLD, NEW]), STATE)
    assert "Compare with v1" in texts(plain)
    both = code_source.head(compared("a", "b"), STATE)
    assert {"v1 to v2", "Show the source", "removed", "added"} <= set(texts(both))
    assert code_source.head(opened(FN, []), STATE) == []


def test_many_lines_are_compared_by_what_is_known_of_them() -> None:
    before = "\n".join(f"a{at}" for at in range(code_source.MAX_DIFF_LINES))
    assert code_source.new_lines(before, before + "\nnew") == {code_source.MAX_DIFF_LINES}


def test_a_cut_text_says_what_is_missing() -> None:
    drawn = code_source.whole(opened(FN, [OLD]))
    assert drawn and code_source.cut_note(drawn) is None
