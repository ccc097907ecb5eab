"""Which of the rules' filters match what has just arrived: each commit is read once, for all of them.

A filter that is only about processes is settled by a set; what else it asks becomes one more column of the
one statement that reads the arrivals, so that a filter means here exactly what it means in a search.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from queries.alert_rows import COLUMNS, WIDTH, Row
from queries.base import Reader, Session
from queries.filter_compiler import ALWAYS, NEVER, Compiler, Facts, Processes
from queries.filter_sql import compile_filter
from queries.filter_tree import And, Filter, active
from queries.names import Names
from queries.plan import NEW_PROCESSES, STALE_RUNS
from queries.tail import Arrived, arrived, newest_batch

MOST_ROWS = 250_000  # of one look; more than that is a gap, which is read from the past
MOST_COLUMNS = 400  # conditions in one statement; SQLite takes 2,000
Match = tuple[int, Row]  # segment, row
DAY_NS = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What matched each filter, in order of arrival; `batch` is what to ask after next."""

    matches: tuple[list[Match], ...]
    names: Names
    batch: int
    gap: bool  # some arrivals were not looked at
    spans: int


@dataclass(slots=True)
class _Wanted:
    """One filter compiled: the processes it is limited to (None: any), and the column that decides."""

    processes: frozenset[int] | None
    column: int = -1  # -1: the processes say it all


@dataclass(slots=True)
class _Compiled:
    key: tuple[Any, ...]
    wanted: list[_Wanted] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    asks_facts: bool = False


class Matcher:
    """Follows the arrivals for a changing list of filters."""

    def __init__(self) -> None:
        self._compiled = _Compiled(())

    def look(
        self, reader: Reader, after: int | None, filters: Sequence[Filter], now_ns: int, *, with_body: bool
    ) -> Arrivals:
        """What has arrived after a batch and matches; after None nothing, only the batch to begin with."""
        with reader.session() as session:
            batch = newest_batch(session)
            none = tuple(list[Match]() for _ in filters)
            if after is None or not filters or after >= batch:
                return Arrivals(none, session.names, batch, after is not None and after > batch, 0)
            parts, complete = arrived(session, after, batch, MOST_ROWS)
            if not complete:
                return Arrivals(none, session.names, batch, True, 0)
            compiled = self._compile(session, filters, now_ns)
            rows = [one for part in parts for one in _rows(session, part, compiled, with_body)]
            names = session.refresh_names()
        return Arrivals(_sorted_out(rows, compiled), names, batch, False, len(rows))

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
        made.wanted = [_wanted(compiler, tree, made.conditions) for tree in filters]
        made.params = dict(compiler.params)
        self._compiled = made
        return made


def _wanted(compiler: Compiler, tree: Filter, conditions: list[str]) -> _Wanted:
    """Splits a filter into a set of processes and one condition for the rest."""
    tree = active(tree)
    parts = [compile_filter(compiler, part) for part in (tree.children if isinstance(tree, And) else (tree,))]
    sets = [part.ids for part in parts if isinstance(part, Processes)]
    rest = compiler.all(part for part in parts if not isinstance(part, Processes))
    processes = frozenset.intersection(*sets) if sets else None
    if rest == ALWAYS:
        return _Wanted(processes)
    if rest == NEVER:
        return _Wanted(frozenset())
    text = compiler.sql(rest)
    if processes is not None:
        text = f"{compiler.one_of('process', processes)} AND ({text})"
    conditions.append(text)
    return _Wanted(processes, len(conditions) - 1)


def _rows(session: Session, part: Arrived, compiled: _Compiled, with_body: bool) -> list[tuple[int, Any]]:
    """The arrivals of one commit in one segment, each with every condition's answer behind its columns."""
    segment = next((one for one in session.segments if one.id == part.segment_id), None)
    if segment is None or not part.ids:
        return []
    ids = json.dumps(list(part.ids))
    params = {**compiled.params, "low": min(part.ids), "high": max(part.ids) + 1, "ids": ids}
    params["segment"] = segment.id
    found: dict[int, tuple[Any, ...]] = {}
    for first in range(0, max(1, len(compiled.conditions)), MOST_COLUMNS):
        some = compiled.conditions[first : first + MOST_COLUMNS]
        answers = "".join(f", ({one})" for one in some)
        shown = f"{COLUMNS}, {'body' if with_body else 'NULL'}" if first == 0 else "id"
        sql = f"SELECT {shown}{answers} FROM span WHERE id IN (SELECT value FROM json_each(:ids))"  # noqa: S608
        for row in session.segment(segment, sql, params):
            found[row[0]] = row if first == 0 else (*found[row[0]], *row[1:])
    return [(segment.id, found[id]) for id in part.ids if id in found]


def _sorted_out(rows: list[tuple[int, Any]], compiled: _Compiled) -> tuple[list[Match], ...]:
    """The rows of each filter. Only filters that a row's process can match are looked at."""
    found = tuple(list[Match]() for _ in compiled.wanted)
    by_process: dict[int, list[tuple[int, Any]]] = {}
    for one in rows:
        by_process.setdefault(one[1][2], []).append(one)
    for wanted, mine in zip(compiled.wanted, found, strict=True):
        if wanted.processes is None:
            candidates = [rows]
        elif len(wanted.processes) < len(by_process):
            candidates = [by_process[id] for id in wanted.processes if id in by_process]
        else:
            candidates = [group for id, group in by_process.items() if id in wanted.processes]
        at = WIDTH + wanted.column
        for group in candidates:
            mine += group if wanted.column < 0 else [one for one in group if one[1][at]]
    return found
