"""Clauses without a field: words and phrases, anywhere in a span's names, string values or exception."""

from __future__ import annotations

import json

from queries import match
from queries.filter_columns import MESSAGE, exact_id
from queries.filter_compiler import NEVER, Compiler, Condition, Processes, Sql
from queries.filter_values import number

IN_TEXT = "id IN (SELECT rowid FROM span_text WHERE span_text MATCH {} AND rowid >= :low AND rowid < :high)"


def word(compiler: Compiler, text: str) -> Condition:
    """A word: each of its tokens is there, the last one perhaps only begun."""
    return compiler.all([_token(compiler, token, query) for token, query in text_queries(text)])


def text_queries(text: str) -> list[tuple[match.Matcher, str]]:
    """For each token of a word: the test of a token of a name, and the query of the text index."""
    *whole, last = match.tokens(text)
    exact = [(match.equals(token), f'"{token}"') for token in whole]
    return [*exact, (lambda found: found.startswith(last), f'"{last}"*')]


def token_names(compiler: Compiler, fits: match.Matcher) -> tuple[frozenset[int], frozenset[int]]:
    """Processes and names of data that have such a token."""
    return _named(compiler, lambda text: any(map(fits, match.name_tokens(text))))


def phrase(compiler: Compiler, text: str) -> Condition:
    """Tokens that stand one after the other in one text."""
    wanted = match.tokens(text)
    fits = match.begins(wanted, match.name_tokens)
    processes, data = _named(compiler, fits)
    query = compiler.bind(" ".join(f'"{token}"' for token in wanted) + "*")
    exceptions = compiler.named("exception", compiler.names.exceptions, fits)
    found = f"phrase_fits({compiler.bind(json.dumps(wanted))}, value, {MESSAGE}, body)"
    in_text = Sql(f"{IN_TEXT.format(query)} AND ({exceptions} OR {found})")
    return compiler.any([Processes(processes), Sql(compiler.one_of("data", data)), in_text])


def any_id(compiler: Compiler, digits: str) -> Condition:
    """Sixteen or thirty-two hex digits: a span or trace id; decimal digits may also be a value."""
    exact = Sql(exact_id(compiler, "trace" if len(digits) == 32 else "span", digits))
    return compiler.any([exact, number(compiler, digits) if digits.isdigit() else NEVER])


def _token(compiler: Compiler, fits: match.Matcher, query: str) -> Condition:
    processes, data = token_names(compiler, fits)
    in_text = Sql(IN_TEXT.format(compiler.bind(query)))
    return compiler.any([Processes(processes), Sql(compiler.one_of("data", data)), in_text])


def _named(compiler: Compiler, fits: match.Matcher) -> tuple[frozenset[int], frozenset[int]]:
    names = compiler.names
    processes = frozenset(
        key for key, p in names.processes.items() if fits(p.name) or fits(p.group) or fits(p.scope)
    )
    return processes, frozenset(key for key, name in names.data_names.items() if fits(name))
