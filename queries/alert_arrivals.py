"""Which of the rules' filters match what has just arrived: every arrival is read once, for all of them.

A filter that is only about processes is settled by a set, one about status or duration by columns that are
read anyway. What else it asks is asked of SQLite, so that a filter means here exactly what it means in a
search: of all arrivals by the statement that reads them, of some by one more statement, which asks each
condition only of those that it is still open for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain, repeat
from operator import iadd
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import orjson

from queries import filter_fields as fields
from queries.alert_rows import COLUMNS, DURATION, ERROR, FAILURE, ID, PROCESS, SOUND, VALUES, Row
from queries.base import Reader, Segment, Session
from queries.filter_compiler import ALWAYS, NEVER, Compiler, Facts, Processes
from queries.filter_sql import compile_filter
from queries.filter_tree import And, Clause, Filter, active
from queries.filter_values import PRESENT
from queries.names import Names
from queries.plan import NEW_PROCESSES, STALE_RUNS
from queries.tail import arrived, newest_batch

MOST_ROWS = 250_000  # of one look; more than that is a gap, which is read from the past
MOST_CONDITIONS = 60  # in one statement
DAY_NS = 86_400 * 10**9
Ints: TypeAlias = npt.NDArray[np.int64]

# Two ways to the arrivals. Those that begin after all that was there before lie side by side, and are read in
# half the time; the others are looked up, as they come, hence CROSS.
BEYOND = "FROM span WHERE id >= :low AND id < :high"
THESE = "FROM (SELECT value AS wanted FROM json_each(:ids)) CROSS JOIN span ON span.id = wanted"
ASKED = """
SELECT number, id FROM (
    SELECT list.key AS number, one.value AS wanted FROM json_each(:ids) AS list, json_each(list.value) AS one
) CROSS JOIN span ON span.id = wanted WHERE CASE number {cases} END
"""
# FAILURE of the few that have one: each column that is read of all costs 0.1 of 3 µs a span.
FAILED = f"""
json_group_array(json_array(id, {", ".join(FAILURE)})) FILTER (WHERE status = 2 OR {PRESENT["exception"]})
"""
ERRORS = Clause("status", "equals", "error")
Keep = Callable[[Sequence[Row], int, int], list[Row]]
# Those whose column compares so with a bound. Written out: a call for each row costs three times as much.
KEEP: dict[str, Keep] = {
    ">": lambda rows, at, bound: [row for row in rows if row[at] > bound],
    ">=": lambda rows, at, bound: [row for row in rows if row[at] >= bound],
    "<": lambda rows, at, bound: [row for row in rows if row[at] < bound],
    "<=": lambda rows, at, bound: [row for row in rows if row[at] <= bound],
    "equals": lambda rows, at, bound: [row for row in rows if row[at] == bound],
}


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What matched each filter; `batch` is what to ask after next."""

    matches: tuple[Sequence[Row], ...]
    names: Names
    batch: int
    gap: bool  # some arrivals were not looked at
    spans: int


class _Test(NamedTuple):
    """A comparison of a column that was read anyway."""

    keep: Keep
    column: int
    bound: int


class _Wanted(NamedTuple):
    """What a filter asks; `answer` is a place in _Compiled.of_all, and then that is all it asks."""

    processes: frozenset[int] | None = None  # None: any
    failing: bool = False  # only what failed or raised can match
    tests: tuple[_Test, ...] = ()
    answer: int | None = None


@dataclass(slots=True)
class _Compiled:
    key: tuple[Any, ...]
    wanted: list[_Wanted] = field(default_factory=list)
    of_all: list[str] = field(default_factory=list)  # conditions asked of every arrival,
    of_some: dict[int, str] = field(default_factory=dict)  # and of what is left of a filter, by its place
    deep: list[int] = field(default_factory=list)  # places of filters whose matches carry their values
    params: dict[str, Any] = field(default_factory=dict)
    asks_facts: bool = False


class Matcher:
    """Follows the arrivals for a changing list of filters."""

    def __init__(self) -> None:
        self._compiled = _Compiled(())
        self._highest: dict[int, int] = {}  # row id of each segment, as of the last look

    def look(
        self, reader: Reader, after: int | None, filters: Mapping[Filter, bool], now_ns: int
    ) -> Arrivals:
        """What has arrived after a batch and matches; after None nothing, only the batch to begin with.

        A filter that is True has matches with values and bodies: reading all costs more than the rest.
        """
        with reader.session() as session:
            before, self._highest = self._highest, {one.id: one.max_id for one in session.segments}
            batch = newest_batch(session)
            none: tuple[Sequence[Row], ...] = ((),) * len(filters)
            if after is None or not filters or after >= batch:
                return Arrivals(none, session.names, batch, after is not None and after > batch, 0)
            parts, complete = arrived(session, after, batch, MOST_ROWS)
            if not complete:
                return Arrivals(none, session.names, batch, True, 0)
            names = session.refresh_names()  # also those of what has arrived
            compiled = self._compile(session, filters, now_ns)
            of_segment: dict[int, list[Sequence[int]]] = {}
            for part in parts:
                of_segment.setdefault(part.segment_id, []).append(part.ids)
            found = [
                _match(session, segment, compiled, _joined(of_segment[segment.id]), before.get(segment.id, 0))
                for segment in session.segments
                if segment.id in of_segment
            ]
        matches = found[0] if len(found) == 1 else [list(chain(*lists)) for lists in zip(*found, strict=True)]
        return Arrivals(tuple(matches) or none, names, batch, False, sum(len(part.ids) for part in parts))

    def _compile(self, session: Session, filters: Mapping[Filter, bool], now_ns: int) -> _Compiled:
        """The filters against the session's names; done again only when either has changed."""
        key = (session.names.sizes, tuple(filters.items()))
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
        for tree in filters:
            made.wanted.append(_wanted(compiler, tree, made))
        made.deep = [place for place, deep in enumerate(filters.values()) if deep]
        made.params = dict(compiler.params)
        self._compiled = made
        return made


def _wanted(compiler: Compiler, tree: Filter, made: _Compiled) -> _Wanted:
    """Splits the next filter into a set of processes, tests of columns and one condition for the rest."""
    tree = active(tree)
    trees = tree.children if isinstance(tree, And) else (tree,)
    tests = {part: test for part in trees if (test := _test(part))}
    parts = [compile_filter(compiler, part) for part in trees if part not in tests]
    sets = [part.ids for part in parts if isinstance(part, Processes)]
    rest = compiler.all(part for part in parts if not isinstance(part, Processes))
    processes = frozenset.intersection(*sets) if sets else None
    if rest == NEVER:
        return _Wanted(frozenset())
    failing = any(
        isinstance(part, Clause) and (part == ERRORS or part.field == "exception") for part in trees
    )
    wanted = _Wanted(processes, failing, tuple(tests.values()))
    if rest == ALWAYS:
        return wanted
    if wanted == _Wanted() and len(made.of_all) < MOST_CONDITIONS:
        made.of_all.append(compiler.sql(rest))
        return _Wanted(answer=len(made.of_all) - 1)
    made.of_some[len(made.wanted)] = compiler.sql(rest)
    return wanted


def _test(tree: Filter) -> _Test | None:
    """The same as SQL would say, for what the columns of a Row tell; None for anything else."""
    if not isinstance(tree, Clause):
        return None
    if tree.field == "status":
        return _Test(KEEP["equals"], ERROR, int(tree.value == "error"))
    bound = fields.duration(tree.value) if tree.field == "duration" and tree.op in KEEP else None
    return None if bound is None else _Test(KEEP[tree.op], DURATION, bound)


def _joined(ids: Sequence[Sequence[int]]) -> Ints:
    """Row ids of several commits, in order: so they are found in half the time."""
    return np.sort(np.concatenate([np.asarray(some, np.int64) for some in ids]))


def _match(
    session: Session, segment: Segment, compiled: _Compiled, ids: Ints, highest: int
) -> list[Sequence[Row]]:
    """What matches each filter of the arrivals of one segment, `highest` its last row id before them."""
    params = {**compiled.params, **_bounds(ids), "segment": segment.id}
    beyond = np.searchsorted(ids, highest, "right")
    sources = ((BEYOND, ids[beyond:]), (THESE, ids[:beyond]))  # the most first: the rest is added to them
    parts = [
        _read(session, segment, source, compiled.of_all, params, some)
        for source, some in sources
        if some.size
    ]
    rows, failed, *answers = (reduce(iadd, lists) for lists in zip(*parts, strict=True))
    indexes = (_Index(rows), _Index(failed))
    matches: list[Sequence[Row]] = []
    for processes, failing, tests, place in compiled.wanted:
        match = indexes[failing].of(processes) if place is None else answers[place]
        for keep, column, bound in tests:
            match = keep(match, column, bound)
        matches.append(match)
    _ask(session, segment, compiled.of_some, params, matches)
    _add_values(session, segment, compiled.deep, matches)
    return matches


def _read(
    session: Session, segment: Segment, source: str, conditions: Sequence[str], params: Mapping[str, Any],
    arrived: Ints,
) -> list[list[Row]]:  # fmt: skip
    """The rows of these ids, then those that failed or raised, then for each condition those it holds for.

    Each column comes as one text, which takes half the time of a row of Python's for every span.
    """
    columns = [f"json_group_array({one})" for one in COLUMNS]
    holding = [f"json_group_array(id) FILTER (WHERE {one})" for one in conditions]
    bound = {**params, **_bounds(arrived), "ids": _json(arrived)}
    found = session.segment(segment, f"SELECT {', '.join((*columns, FAILED, *holding))} {source}", bound)
    if not found:  # its file has vanished
        return [[], [], *([] for _ in conditions)]
    lists = [orjson.loads(text) for text in found[0]]
    ids, failures, answers = lists[0], lists[len(COLUMNS)], lists[len(COLUMNS) + 1 :]
    rows = list(zip(repeat(segment.id), *lists[: len(COLUMNS)], *map(repeat, SOUND), strict=False))
    failed = []
    for id, *failure in failures:
        at = bisect_left(ids, id)
        rows[at] = (*rows[at][:ERROR], *failure)
        failed.append(rows[at])
    held = [rows, failed, *([rows[bisect_left(ids, id)] for id in answer] for answer in answers)]
    if len(rows) > len(arrived):  # some have arrived since, for the next look
        mine = set(arrived.tolist())
        return [[row for row in some if row[ID] in mine] for some in held]
    return held


def _bounds(ids: Ints) -> dict[str, int]:
    return {"low": int(ids[0]), "high": int(ids[-1]) + 1}


def _ask(
    session: Session, segment: Segment, conditions: Mapping[int, str], params: Mapping[str, Any],
    matches: list[Sequence[Row]],
) -> None:  # fmt: skip
    """Leaves of the matches of some filters those for which a condition holds."""
    left = [place for place in conditions if matches[place]]
    for at in range(0, len(left), MOST_CONDITIONS):
        places = left[at : at + MOST_CONDITIONS]
        cases = " ".join(f"WHEN {number} THEN {conditions[place]}" for number, place in enumerate(places))
        ids = _json([[row[ID] for row in matches[place]] for place in places])
        held = set(session.segment(segment, ASKED.format(cases=cases), {**params, "ids": ids}))
        for number, place in enumerate(places):
            matches[place] = [row for row in matches[place] if (number, row[ID]) in held]


def _add_values(
    session: Session, segment: Segment, places: Iterable[int], matches: list[Sequence[Row]]
) -> None:
    """Reads values and bodies of the matches of some filters, each once however many lists it is in."""
    whole = {row[ID]: row for place in places for row in matches[place]}
    ids = _json(sorted(whole))
    for row in session.segment(segment, f"SELECT id, {VALUES} {THESE}", {"ids": ids}):
        whole[row[0]] += row[1:]
    for place in places:
        matches[place] = [whole[row[ID]] for row in matches[place]]


def _json(ids: Any) -> str:
    return orjson.dumps(ids, option=orjson.OPT_SERIALIZE_NUMPY).decode()


class _Index:
    """Arrivals by process."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._by_process: defaultdict[int, list[Row]] = defaultdict(list)
        for row in rows:
            self._by_process[row[PROCESS]].append(row)
        self._found: dict[frozenset[int] | None, Sequence[Row]] = {None: rows}

    def of(self, processes: frozenset[int] | None) -> Sequence[Row]:
        """Those of these processes, None for all; remembered, as many filters name the same group."""
        if processes and len(processes) == 1:  # of most filters
            return self._by_process.get(next(iter(processes)), [])
        found = self._found.get(processes)
        if found is None:
            there = self._by_process.keys() & (processes or ())
            found = list(chain.from_iterable(self._by_process[process] for process in there))
            self._found[processes] = found
        return found
