"""Filters that hypothesis makes, over the names and values of the spans it makes."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from queries.filters import And, Clause, Filter, Not, Off, Op, Or, normal
from tests.data.made import NOON_NS
from tests.queries.made import MIDNIGHT_NS, NAMES, STRINGS

COMPARE: tuple[Op, ...] = (">", ">=", "<", "<=")
TRACE, TRACE_IN_CAPITALS = "0" * 16 + "80" + "0" * 13 + "2", "0" * 16 + "FF" + "0" * 13 + "2"
SPAN, OTHER_SPAN = "8" + "0" * 15, "0" * 15 + "1"
FIELDS = ("process", "group", "scope", "data", "type", "value", "exception", "version", "file", "return")
VALUED = (
    *("value", "return", "data.amount", "data.user", "data.data name", "data.http.route", "data.nobody"),
    *("attr.tier", 'attr.odd "key"', "attr.été", "attr.n", "attr.a[*]?"),
    *("resource.region", "resource.zone", 'resource.odd "key"'),
)
TEXTS = (
    *("gold", "OLD", "é", "ÉTÉ", "12", "1", "o", "%", "_", "*", "\\", '"'),
    *("price", "shop", "true", "N", "k", "error"),
)
EXACT = (
    *(*STRINGS, *NAMES, "12", "-5", "float", "shop", "2.5", "1000"),
    *("true", "false", "NaN", '[1,"gold"]', '{"k":12}'),
)
GLOBS = ("*", "g*", "*o*d*", "É*", "*\\**", "*%*", "12*", "*\\\\*", "[*]")
NUMBERS = ("0", "12", "-5", "2.5", "9007199254740993", "1e300")
PRESENT = (
    *("data", "exception", "memory", "parent", "version", "file", "return"),
    *("data.amount", "attr.tier", 'attr.odd "key"', "resource.zone", "data.nobody"),
)
WORDS = (
    *("gold", "go", "load", "load_order", "price", "shop", "amount"),
    *("etoute", "ecoute", "ete", "value", "hi", "x"),
)
PHRASES = (
    *("gold card", "card", "load order", "hi", "bad go"),
    *("users id", "50 off", "gold fell", "naive été"),
)


def clause_of(fields: Sequence[str], ops: Sequence[Op], values: Sequence[str]) -> st.SearchStrategy[Filter]:
    return st.builds(Clause, st.sampled_from(fields), st.sampled_from(ops), st.sampled_from(values))


clauses: st.SearchStrategy[Filter] = st.one_of(
    clause_of((*FIELDS, *VALUED), ["contains"], TEXTS),
    clause_of((*FIELDS, *VALUED), ["equals"], EXACT),
    clause_of((*FIELDS, *VALUED), ["glob"], GLOBS),
    clause_of(VALUED, COMPARE, NUMBERS),
    clause_of(["status"], ["equals"], ("ok", "error")),
    clause_of(["kind"], ["equals"], ("unspecified", "internal", "consumer")),
    clause_of(["duration"], [*COMPARE, "equals"], ("0ns", "1ms", "250ms", "3s", "999ns")),
    clause_of(["memory"], [*COMPARE, "equals"], ("0b", "5MB", "1kib")),
    clause_of(["time"], COMPARE, (str(NOON_NS), str(NOON_NS + 1_000), str(MIDNIGHT_NS))),
    clause_of(("trace", "span", "parent"), ["contains"], ("0", "80", "ff00", SPAN, "FF")),
    clause_of(("trace", "span", "parent"), ["glob"], ("80*", "*02", "*")),
    clause_of(["trace"], ["equals"], (TRACE, "80", TRACE_IN_CAPITALS)),
    clause_of(["span"], ["equals"], (SPAN, "00")),
    clause_of(["is"], ["is"], ("root", "new", "stale")),
    clause_of(["has"], ["has"], PRESENT),
    clause_of([""], ["word"], WORDS),
    clause_of([""], ["phrase"], PHRASES),
    clause_of([""], ["number"], ("0", "12", "-5", "2.5", "1e300", "12.0", "1000")),
    clause_of([""], ["id"], (TRACE, SPAN, OTHER_SPAN, "9007199254740993")),
)
filters: st.SearchStrategy[Filter] = st.recursive(
    clauses,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
        inner.map(Not),
        inner.map(Off),
    ),
    max_leaves=4,
).map(normal)
