"""Clauses about names and plain columns of a span."""

from __future__ import annotations

import json

from data.ids import span_from_hex, trace_from_hex
from queries import filter_fields as fields
from queries.filter_compiler import NEVER, Compiler, Condition, Processes, Sql
from queries.filter_tree import Clause
from queries.filter_value import text_condition, text_matcher

KINDS = fields.CHOICES["kind"]
START = "((span.id >> 11) * 1000 + start_off)"  # named in full: json_each has an id too
MESSAGE = "coalesce(exception_message, CASE WHEN status = 2 THEN body ->> '$.m' END)"
HEX_IDS = {
    "trace": "printf('%016x%016x', trace_hi, trace_lo)",
    "span": "printf('%016x', span_id)",
    "parent": "CASE WHEN parent_id IS NOT NULL THEN printf('%016x', parent_id) END",
}
IS_STALE = """(process, data, series_text(value)) IN (
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each({runs})
) AND EXISTS (
    SELECT 1 FROM json_each({runs}) AS run WHERE process = run.value ->> 0 AND data = run.value ->> 1
    AND {start} BETWEEN run.value ->> 3 AND run.value ->> 4
)"""


def process(compiler: Compiler, clause: Clause) -> Condition:
    """process, group or scope."""
    fits = text_matcher(clause)
    if clause.field == "process":
        return compiler.processes(clause, lambda known: fits(known.name))
    if clause.field == "group":
        return compiler.processes(clause, lambda known: fits(known.group))
    return compiler.processes(clause, lambda known: fits(known.scope))


def data_name(compiler: Compiler, clause: Clause) -> Condition:
    """Name of the row's data."""
    return Sql(compiler.named("data", compiler.names.data_names, text_matcher(clause)))


def data_type(compiler: Compiler, clause: Clause) -> Condition:
    """Type of the row's data."""
    return Sql(compiler.named("type", compiler.names.data_types, text_matcher(clause)))


def version(compiler: Compiler, clause: Clause) -> Condition:
    """Hash of the code version, or its file."""
    fits = text_matcher(clause)
    by_hash = clause.field == "version"
    wanted = [
        key for key, known in compiler.names.versions.items() if fits(known.hash if by_hash else known.file)
    ]
    return Sql(compiler.one_of("version", wanted))


def exception(compiler: Compiler, clause: Clause) -> Condition:
    """Type or message of the exception; the status message where no exception was recorded."""
    types = compiler.named("exception", compiler.names.exceptions, text_matcher(clause))
    return Sql(f"{types} OR {text_condition(clause, MESSAGE, compiler.bind)}")


def status(compiler: Compiler, clause: Clause) -> Condition:
    """OK (unset or ok) or error."""
    return Sql("status = 2" if clause.value == "error" else "status <> 2")


def kind(compiler: Compiler, clause: Clause) -> Condition:
    """The span's kind; anything unknown is unspecified."""
    place = KINDS.index(clause.value)
    return Sql(f"kind = {compiler.bind(place)}" if place else f"kind NOT BETWEEN 1 AND {len(KINDS) - 1}")


def amount(compiler: Compiler, clause: Clause) -> Condition:
    """duration, memory or time."""
    read, column = {
        "duration": (fields.duration, "duration_ns"),
        "memory": (fields.memory, "memory"),
        "time": (fields.time, START),
    }[clause.field]
    sign = "=" if clause.op == "equals" else clause.op
    return Sql(f"{column} {sign} {compiler.bind(read(clause.value))}")


def hex_id(compiler: Compiler, clause: Clause) -> Condition:
    """trace, span or parent: whole ids by number, parts of them by their digits."""
    digits = clause.value.lower()
    if clause.op != "glob" and is_hex(digits, 32 if clause.field == "trace" else 16):
        return Sql(exact_id(compiler, clause.field, digits))
    lower = Clause(clause.field, clause.op, digits)
    return Sql(text_condition(lower, f"({HEX_IDS[clause.field]})", compiler.bind))


def exact_id(compiler: Compiler, field: str, digits: str) -> str:
    """A span, its parent or its trace has this id."""
    if field == "trace":
        high, low = trace_from_hex(digits)
        return f"trace_lo = {compiler.bind(low)} AND trace_hi = {compiler.bind(high)}"
    column = "span_id" if field == "span" else "parent_id"
    return f"{column} = {compiler.bind(span_from_hex(digits))}"


def is_hex(text: str, digits: int) -> bool:
    """Whether a text is this many lower-case hex digits."""
    return len(text) == digits and set(text) <= set("0123456789abcdef")


def flag(compiler: Compiler, clause: Clause) -> Condition:
    """is:root, is:new (the process was first seen in the range) or is:stale (in a run that is stale now)."""
    if clause.value == "root":
        return Sql("parent_id IS NULL")
    if clause.value == "new":
        return Processes(frozenset(compiler.facts.new_processes()))
    runs = compiler.facts.stale_runs()
    if not runs:
        return NEVER
    processes = Processes(frozenset(run[0] for run in runs))
    return compiler.all([processes, Sql(_stale_in(compiler.bind(json.dumps(runs))))])


def _stale_in(runs: str) -> str:
    return IS_STALE.format(runs=runs, start=START)
