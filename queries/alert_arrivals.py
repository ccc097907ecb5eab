"""Which of the rules' filters match what has just arrived: each commit is read once, for all of them.

A filter that is only about processes is settled by a set. What else it asks is asked of SQLite, so that a
filter means here exactly what it means in a search: for any process as one more column of the statement that
reads the arrivals, for some processes by a statement over those of their calls that are among them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from queries import filter_fields as fields
from queries.alert_rows import COLUMNS, WIDTH, Row
from queries.base import Reader, Session
from queries.filter_compiler import ALWAYS, NEVER, Compiler, Facts, Processes
from queries.filter_sql import compile_filter
from queries.filter_tree import And, Clause, Filter, active
from queries.filter_values import PRESENT
from queries.names import Names
from queries.plan import NEW_PROCESSES, STALE_RUNS
from queries.tail import Arrived, arrived, newest_batch

MOST_ROWS = 250_000  # of one look; more than that is a gap, which is read from the past
MOST_BITS = 60  # conditions in one statement, each a bit of one number
THESE = "FROM span WHERE id IN (SELECT value FROM json_each(:ids))"
BODIES, AMONG = f"SELECT id, body {THESE}", f"SELECT id {THESE}"
Match = tuple[int, Row]  # segment, row
DAY_NS = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What matched each filter; `batch` is what to ask after next. Rows have the body that was asked for."""

    matches: tuple[list[Match], ...]
    names: Names
    batch: int
    gap: bool  # some arrivals were not looked at
    spans: int


# In the place of a row's body stand first the answers to the conditions, as bits. Bit 0: it failed or raised.
FAILING = f"(status = 2 OR {PRESENT['exception']})"
BITS = WIDTH - 1
ERROR, DURATION = Row._fields.index("error"), Row._fields.index("duration_ns")
Keep = Callable[[list[Any], int, int], list[Any]]  # of matches
# Those whose column compares so with a bound. Written out: a call for each row costs three times as much.
KEEP: dict[str, Keep] = {
    ">": lambda found, at, bound: [one for one in found if one[1][at] > bound],
    ">=": lambda found, at, bound: [one for one in found if one[1][at] >= bound],
    "<": lambda found, at, bound: [one for one in found if one[1][at] < bound],
    "<=": lambda found, at, bound: [one for one in found if one[1][at] <= bound],
    "equals": lambda found, at, bound: [one for one in found if one[1][at] == bound],
}


class _Test(NamedTuple):
    """A comparison of a column that was read anyway."""

    keep: Keep
    column: int
    bound: int


@dataclass(slots=True)
class _Wanted:
    """One filter compiled: the processes it is limited to (None: any), and what else it asks, if anything."""

    processes: frozenset[int] | None
    tests: tuple[_Test, ...] = ()
    failing: bool = False  # only what failed or raised can match
    condition: str = ""
    bit: int = 0  # of the condition's answer, where any process may match


@dataclass(slots=True)
class _Compiled:
    key: tuple[Any, ...]
    wanted: list[_Wanted] = field(default_factory=list)
    bits: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    asks_facts: bool = False


class Matcher:
    """Follows the arrivals for a changing list of filters."""

    def __init__(self) -> None:
        self._compiled = _Compiled(())

    def look(
        self, reader: Reader, after: int | None, filters: Sequence[Filter], now_ns: int,
        with_body: Collection[Filter] = (),
    ) -> Arrivals:  # fmt: skip
        """What has arrived after a batch and matches; after None nothing, only the batch to begin with.

        Only the matches of filters in `with_body` carry their bodies: reading all costs more than the rest.
        """
        with reader.session() as session:
            batch = newest_batch(session)
            none = tuple(list[Match]() for _ in filters)
            if after is None or not filters or after >= batch:
                return Arrivals(none, session.names, batch, after is not None and after > batch, 0)
            parts, complete = arrived(session, after, batch, MOST_ROWS)
            if not complete:
                return Arrivals(none, session.names, batch, True, 0)
            compiled = self._compile(session, filters, now_ns)
            matches = tuple(list[Match]() for _ in filters)
            deep = [place for place, tree in enumerate(filters) if tree in with_body]
            for part in parts:
                _match(session, part, compiled, matches)
            _add_bodies(session, [matches[place] for place in deep])
            names = session.refresh_names()
        return Arrivals(matches, names, batch, False, sum(len(part.ids) for part in parts))

    def _compile(self, session: Session, filters: Sequence[Filter], now_ns: int) -> _Compiled:
        """The filters against the names of now; done again only when either has changed."""
        session.refresh_names()
        key = (session.names.sizes, tuple(filters))
        if self._compiled.key == key and not self._compiled.asks_facts:
            return self._compiled
        made = _Compiled(key)

        def asked(sql: str, params: Any = ()) -> list[Any]:
            made.asks_facts = True
            return session.main(sql, params)

        facts = Facts(
            lambda: [row[0] for row in asked(NEW_PROCESSES, (now_ns - DAY_NS, now_ns))],
            lambda: asked(STALE_RUNS),
        )
        compiler = Compiler(session.names, facts)
        made.wanted = [_wanted(compiler, tree, made.bits) for tree in filters]
        made.params = dict(compiler.params)
        self._compiled = made
        return made


def _wanted(compiler: Compiler, tree: Filter, bits: list[str]) -> _Wanted:
    """Splits a filter into a set of processes and one condition for the rest."""
    tree = active(tree)
    trees = tree.children if isinstance(tree, And) else (tree,)
    tests = {part: test for part in trees if (test := _test(part))}
    parts = [compile_filter(compiler, part) for part in trees if part not in tests]
    sets = [part.ids for part in parts if isinstance(part, Processes)]
    rest = compiler.all(part for part in parts if not isinstance(part, Processes))
    processes = frozenset.intersection(*sets) if sets else None
    known = tuple(tests.values())
    failing = any(isinstance(part, Clause) and part.field == "exception" for part in trees)
    if rest == ALWAYS:
        return _Wanted(processes, known)
    if rest == NEVER:
        return _Wanted(frozenset())
    text = compiler.sql(rest)
    if processes is None and len(bits) < MOST_BITS:
        bits.append(text)
        return _Wanted(None, known, failing, text, len(bits))
    return _Wanted(processes, known, failing, text)


def _test(tree: Filter) -> _Test | None:
    """The same as SQL would say, for what the columns of a Row tell; None for anything else."""
    if not isinstance(tree, Clause):
        return None
    if tree.field == "status":
        return _Test(KEEP["equals"], ERROR, int(tree.value == "error"))
    bound = fields.duration(tree.value) if tree.field == "duration" and tree.op in KEEP else None
    return None if bound is None else _Test(KEEP[tree.op], DURATION, bound)


def _match(session: Session, part: Arrived, compiled: _Compiled, matches: Sequence[list[Match]]) -> None:
    """Adds what matches of the arrivals of one commit in one segment."""
    segment = next((one for one in session.segments if one.id == part.segment_id), None)
    if segment is None or not part.ids:
        return
    bounds = {"low": min(part.ids), "high": max(part.ids) + 1, "segment": segment.id}
    params = {**compiled.params, **bounds}
    bits = "".join(f" | ((({one}) IS TRUE) << {at})" for at, one in enumerate(compiled.bits, 1))
    ids = json.dumps(sorted(part.ids))  # in order: half the time
    rows = session.segment(segment, f"SELECT {COLUMNS}, {FAILING}{bits} {THESE}", {**params, "ids": ids})
    arrivals: list[Any] = [(segment.id, row) for row in rows]
    by_process: dict[int, list[Any]] = {}
    for match in arrivals:
        by_process.setdefault(match[1][2], []).append(match)
    of_set: dict[frozenset[int] | None, list[Any]] = {None: arrivals}
    for wanted, mine in zip(compiled.wanted, matches, strict=True):
        found = of_set.get(wanted.processes)
        if found is None:
            found = of_set[wanted.processes] = _of_processes(by_process, wanted.processes or frozenset())
        if wanted.failing:
            found = [match for match in found if match[1][BITS] & 1]
        for test in wanted.tests:
            found = test.keep(found, test.column, test.bound)
        if wanted.bit:
            found = [match for match in found if match[1][BITS] >> wanted.bit & 1]
        elif wanted.condition and found:
            ask = f"{AMONG} AND ({wanted.condition})"
            ids = json.dumps([row[0] for _, row in found])
            those = {row[0] for row in session.segment(segment, ask, {**params, "ids": ids})}
            found = [match for match in found if match[1][0] in those]
        mine += found


def _add_bodies(session: Session, lists: Sequence[list[Match]]) -> None:
    """Reads the bodies of these matches, each once however many lists it is in."""
    wanted: dict[int, set[int]] = {}
    for number, row in (match for mine in lists for match in mine):
        wanted.setdefault(number, set()).add(row[0])
    bodies: dict[tuple[int, int], str] = {}
    for segment in session.segments:
        if segment.id in wanted:
            rows = session.segment(segment, BODIES, {"ids": json.dumps(list(wanted[segment.id]))})
            bodies.update(((segment.id, id), text) for id, text in rows)
    for mine in lists:
        mine[:] = [(number, Row(*row[:-1], bodies.get((number, row[0])))) for number, row in mine]


def _of_processes(by_process: Mapping[int, list[Any]], processes: frozenset[int]) -> list[Any]:
    """Those of these processes."""
    if len(processes) == 1:
        return by_process.get(next(iter(processes)), [])
    few = processes if len(processes) < len(by_process) else [id for id in by_process if id in processes]
    return [match for id in few for match in by_process.get(id, ())]
