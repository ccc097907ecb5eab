"""How a filter is looked for: through which index, or by reading everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from data.ids import trace_from_hex
from queries import filter_fields as fields
from queries.base import Session, TimeRange
from queries.filter_columns import is_hex
from queries.filter_compiler import NEVER, Compiler, Condition, Facts, Processes
from queries.filter_sql import compile_filter
from queries.filter_tree import And, Clause, Filter, active, clauses
from queries.filter_words import text_queries, token_names
from queries.limits import BODY_SECONDS, SEARCH_SECONDS, Bounds

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
    patient: bool = (
        False  # it asks by name for what stands in JSON bodies, which is slow and worth waiting for
    )

    @property
    def keeps_all(self) -> bool:
        """Whether every row of the streams, or of the store, matches."""
        return self.where == "1"

    @property
    def seconds(self) -> float:
        """How long a search may take before it says how far it has come."""
        return BODY_SECONDS if self.patient else SEARCH_SECONDS


STALE = Clause("is", "is", "stale")


class Part(NamedTuple):
    """One of the filters that must all hold."""

    tree: Filter
    condition: Condition


class Way(NamedTuple):
    """Streams, and which parts of the filter they settle."""

    streams: tuple[Stream, ...]
    settled: frozenset[int] = frozenset()  # places of parts


def make_plan(session: Session, tree: Filter, range: TimeRange | Bounds) -> Plan:
    """The plan of a filter over a range."""
    compiler = Compiler(session.names, _facts(session, range))
    tree = active(tree)
    trees = tree.children if isinstance(tree, And) else (tree,)
    parts = [Part(part, compile_filter(compiler, part)) for part in trees]
    if STALE in trees:  # only so many processes have stale values
        processes = frozenset(run[0] for run in compiler.facts.stale_runs())
        parts.append(Part(STALE, Processes(processes)))
    whole = compiler.all(part.condition for part in parts)
    if whole in (NEVER, Processes(frozenset())):
        return Plan((), "0", "0", {}, never=True)
    way = _way(compiler, parts)
    rest = [part.condition for place, part in enumerate(parts) if place not in way.settled]
    patient = any(map(_reads_bodies, clauses(tree)))
    where = compiler.sql(compiler.all(rest))
    return Plan(way.streams, where, compiler.sql(whole), compiler.params, patient=patient)


def _reads_bodies(clause: Clause) -> bool:
    """Whether a clause asks for attributes or for observations beside the row's own."""
    asked = clause.value if clause.op == "has" else clause.field
    return asked == "return" or asked.startswith(("attr.", "data."))


def _facts(session: Session, range: TimeRange | Bounds) -> Facts:
    return Facts(
        new_processes=lambda: [row[0] for row in session.main(NEW_PROCESSES, (range.start_ns, range.end_ns))],
        stale_runs=lambda: session.main(STALE_RUNS) if session.there else [],
    )


def _way(compiler: Compiler, parts: Sequence[Part]) -> Way:
    """The narrowest index that holds every match, as far as the filter's own form tells."""
    if way := _by_trace(parts) or _by_text(compiler, parts) or _by_partial_index(compiler, parts):
        return way
    sets = {
        place: part.condition.ids for place, part in enumerate(parts) if isinstance(part.condition, Processes)
    }
    if sets:
        processes = frozenset.intersection(*sets.values())
        if len(processes) <= MAX_STREAMS:
            return Way(_of_processes(processes), frozenset(sets))
    return next((way for part in parts if (way := _by_word(compiler, part.tree))), Way(()))


def _by_trace(parts: Sequence[Part]) -> Way | None:
    found = next((digits for part in parts if (digits := _trace_digits(part.tree))), "")
    return Way((Stream(BY_TRACE, trace_from_hex(found)[1]),)) if found else None


def _by_text(compiler: Compiler, parts: Sequence[Part]) -> Way | None:
    """Words that are no part of any name: the text index finds all of them at once."""
    settled: set[int] = set()
    wanted: list[str] = []
    for place, part in enumerate(parts):
        if isinstance(part.tree, Clause) and part.tree.op == "word":
            queries = text_queries(part.tree.value)
            if not any(any(token_names(compiler, fits)) for fits, _ in queries):
                settled.add(place)
                wanted += [query for _, query in queries]
    if not settled:
        return None
    return Way((Stream(BY_TEXT, " AND ".join(wanted), id="rowid"),), frozenset(settled))


def _by_partial_index(compiler: Compiler, parts: Sequence[Part]) -> Way | None:
    """The indexes of errors and of slow spans; they know process and duration too."""
    errors = Clause("status", "equals", "error")
    if any(part.tree == errors for part in parts):
        source = BY_ERROR
    elif any(_is_slow(part.tree) for part in parts):
        source = BY_SLOW
    else:
        return None
    known = {
        place: part.condition
        for place, part in enumerate(parts)
        if isinstance(part.condition, Processes) or _asks(part.tree, "duration") or part.tree == errors
    }
    if source == BY_SLOW:
        known = {place: condition for place, condition in known.items() if parts[place].tree != errors}
    return Way((Stream(source, test=compiler.sql(compiler.all(known.values()))),), frozenset(known))


def _by_word(compiler: Compiler, tree: Filter) -> Way | None:
    """A word's last token: in the names of some processes, or in the text index."""
    if not isinstance(tree, Clause) or tree.op != "word":
        return None
    fits, query = text_queries(tree.value)[-1]
    processes, data = token_names(compiler, fits)
    if data or len(processes) > MAX_STREAMS:
        return None
    return Way((Stream(BY_TEXT, query, id="rowid"), *_of_processes(processes)))


def _of_processes(processes: Iterable[int]) -> tuple[Stream, ...]:
    return tuple(Stream(BY_PROCESS, process) for process in sorted(processes))


def _trace_digits(tree: Filter) -> str:
    """The whole trace id that a clause asks for, "" when it does not."""
    if not isinstance(tree, Clause):
        return ""
    digits = tree.value.lower()
    asks = tree.op == "id" or (tree.field == "trace" and tree.op in ("contains", "equals"))
    return digits if asks and is_hex(digits, 32) and not (tree.op == "id" and digits.isdigit()) else ""


def _asks(tree: Filter, field: str) -> bool:
    return isinstance(tree, Clause) and tree.field == field


def _is_slow(tree: Filter) -> bool:
    """Whether a clause asks for spans that the index of slow ones holds."""
    if not isinstance(tree, Clause) or tree.field != "duration" or tree.op not in (">", ">=", "equals"):
        return False
    return (fields.duration(tree.value) or 0) >= SLOW_NS
