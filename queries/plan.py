"""How a filter is looked for: through which index, or by reading everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.ids import trace_from_hex
from queries import filter_fields as fields
from queries.base import Session, TimeRange
from queries.filter_columns import is_hex
from queries.filter_compiler import ALWAYS, NEVER, Compiler, Condition, Facts, Processes
from queries.filter_sql import compile_filter
from queries.filter_tree import And, Clause, Filter, active
from queries.filter_words import text_queries, token_names
from queries.limits import Bounds

SLOW_NS = 250_000_000  # the index span_slow holds spans of at least this duration
MAX_STREAMS = 100  # more processes than this are found faster by reading everything

BY_PROCESS = "FROM span INDEXED BY span_process WHERE process = :key"
BY_TRACE = "FROM span INDEXED BY span_trace WHERE trace_lo = :key"
BY_ERROR = "FROM span INDEXED BY span_error WHERE status = 2"
BY_SLOW = f"FROM span INDEXED BY span_slow WHERE duration_ns >= {SLOW_NS}"
BY_TEXT = "FROM span_text WHERE span_text MATCH :key"

NEW_PROCESSES = "SELECT id FROM process WHERE first_seen_ns >= ? AND first_seen_ns < ?"
STALE_RUNS = "SELECT process_id, data_name_id, value, run_start_ns, last_ns FROM series WHERE stale = 1"


@dataclass(frozen=True, slots=True)
class Stream:
    """One index range whose row ids come in order of time; `test` uses only what the index holds."""

    source: str  # FROM … WHERE …
    key: Any = None
    test: str = "1"
    id: str = "id"


@dataclass(frozen=True, slots=True)
class Plan:
    """Streams that together hold every match, none when everything is read; and the filter itself."""

    streams: tuple[Stream, ...]
    where: str  # what the streams do not say by themselves
    whole: str  # all of the filter
    params: Mapping[str, Any]
    never: bool = False  # nothing can match

    @property
    def keeps_all(self) -> bool:
        """Whether every row of the streams, or of the store, matches."""
        return self.where == "1"


def make_plan(session: Session, tree: Filter, range: TimeRange | Bounds) -> Plan:
    """The plan of a filter over a range."""
    compiler = Compiler(session.names, _facts(session, range))
    tree = active(tree)
    parts = tree.children if isinstance(tree, And) else (tree,)
    found = [(part, compile_filter(compiler, part)) for part in parts]
    whole = compiler.all(condition for _, condition in found)
    if whole == NEVER or whole == Processes(frozenset()):
        return Plan((), "0", "0", {}, never=True)
    streams = _streams(compiler, found)
    by_process = bool(streams) and streams[0].source == BY_PROCESS and len({s.source for s in streams}) == 1
    rest = [condition for _, condition in found if not (by_process and isinstance(condition, Processes))]
    where = ALWAYS if by_process and not rest else compiler.all(rest)
    return Plan(streams, compiler.sql(where), compiler.sql(whole), compiler.params)


def _facts(session: Session, range: TimeRange | Bounds) -> Facts:
    return Facts(
        new_processes=lambda: [row[0] for row in session.main(NEW_PROCESSES, (range.start_ns, range.end_ns))],
        stale_runs=lambda: session.main(STALE_RUNS) if session.there else [],
    )


def _streams(compiler: Compiler, found: Sequence[tuple[Filter, Condition]]) -> tuple[Stream, ...]:
    """The narrowest index that holds every match, as far as the filter's own form tells."""
    clauses = [part for part, _ in found if isinstance(part, Clause)]
    sets = [condition.ids for _, condition in found if isinstance(condition, Processes)]
    processes = frozenset.intersection(*sets) if sets else None
    for clause in clauses:
        if digits := _trace_digits(clause):
            return (Stream(BY_TRACE, trace_from_hex(digits)[1]),)
    words = [_word_streams(compiler, clause) for clause in clauses if clause.op == "word"]
    if text_only := next((streams for streams in words if streams and len(streams) == 1), None):
        return text_only
    test = compiler.sql(Processes(processes)) if processes is not None else "1"
    if Clause("status", "equals", "error") in clauses:
        return (Stream(BY_ERROR, test=test),)
    if any(map(_is_slow, clauses)):
        return (Stream(BY_SLOW, test=test),)
    if processes is not None and len(processes) <= MAX_STREAMS:
        return tuple(Stream(BY_PROCESS, process) for process in sorted(processes))
    return next((streams for streams in words if streams), ())


def _word_streams(compiler: Compiler, clause: Clause) -> tuple[Stream, ...]:
    """Streams of a word's last token, none when they would be too many."""
    fits, query = text_queries(clause.value)[-1]
    processes, data = token_names(compiler, fits)
    if data or len(processes) > MAX_STREAMS:
        return ()
    by_name = tuple(Stream(BY_PROCESS, process) for process in sorted(processes))
    return (Stream(BY_TEXT, query, id="rowid"), *by_name)


def _trace_digits(clause: Clause) -> str:
    """The whole trace id that a clause asks for, "" when it does not."""
    digits = clause.value.lower()
    asks = clause.op == "id" or (clause.field == "trace" and clause.op in ("contains", "equals"))
    return digits if asks and is_hex(digits, 32) and not (clause.op == "id" and digits.isdigit()) else ""


def _is_slow(clause: Clause) -> bool:
    """Whether a clause asks for spans that the index of slow ones holds."""
    if clause.field != "duration" or clause.op not in (">", ">=", "equals"):
        return False
    return (fields.duration(clause.value) or 0) >= SLOW_NS
