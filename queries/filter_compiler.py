"""What every clause needs to become SQL: bound values, sets of processes, and how conditions combine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from queries.filter_tree import Clause
from queries.match import Matcher
from queries.names import Names, ProcessId


@dataclass(frozen=True, slots=True)
class Processes:
    """The filter holds for every span of these processes and for no other."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Sql:
    """The filter holds where this is true; NULL counts as false."""

    text: str


Condition: TypeAlias = Processes | Sql
ALWAYS, NEVER = Sql("1"), Sql("0")
MOST_FITTING = 256  # clauses whose processes are remembered


@dataclass(frozen=True, slots=True)
class Facts:
    """What else a filter may ask of main.db, read only when it does."""

    new_processes: Callable[[], Iterable[int]]
    stale_runs: Callable[[], list[tuple[Any, ...]]]  # process, data, value, start_ns, last_ns


@dataclass(slots=True)
class Compiler:
    """Holds the names a filter is compiled against; `params` collects what is bound."""

    names: Names
    facts: Facts
    params: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        """The placeholder of a value."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def sql(self, condition: Condition) -> str:
        """A condition as SQL."""
        if isinstance(condition, Sql):
            return condition.text
        known = self.names.processes.keys()
        others = known - condition.ids
        if len(others) < len(condition.ids):
            return self._in("process NOT IN", others) if others else "1"
        return self.one_of("process", condition.ids)

    def one_of(self, column: str, ids: Iterable[int]) -> str:
        """Whether a column is one of these numbers."""
        wanted = set(ids)
        if len(wanted) > 1:
            return self._in(f"{column} IN", wanted)
        return f"{column} = {self.bind(wanted.pop())}" if wanted else "0"

    def _in(self, test: str, ids: Iterable[int]) -> str:
        placeholder = self.bind(json.dumps(sorted(ids)))
        return f"{test} (SELECT value FROM json_each({placeholder}))"  # noqa: S608, values are bound

    def named(self, column: str, known: Mapping[int, str], fits: Matcher) -> str:
        """Whether the name that a column stands for fits."""
        return self.one_of(column, (key for key, name in known.items() if fits(name)))

    def processes(self, clause: Clause, fits: Callable[[ProcessId], bool]) -> Processes:
        """The processes that fit a clause, looked for once while there are no others."""
        fitting = self.names.fitting
        found = fitting.get(clause)
        if found is None:
            found = frozenset(key for key, process in self.names.processes.items() if fits(process))
            if len(fitting) >= MOST_FITTING:
                fitting.clear()
            fitting[clause] = found
        return Processes(found)

    def any(self, found: Iterable[Condition]) -> Condition:
        """At least one of the conditions holds."""
        conditions = [one for one in found if one != NEVER]
        sets = [one.ids for one in conditions if isinstance(one, Processes)]
        rest = [one.text for one in conditions if isinstance(one, Sql)]
        if ALWAYS in conditions:
            return ALWAYS
        if not rest:
            return Processes(frozenset().union(*sets)) if sets else NEVER
        union = [self.sql(Processes(frozenset().union(*sets)))] if any(sets) else []
        return Sql(" OR ".join(f"({text})" for text in union + rest))

    def all(self, found: Iterable[Condition]) -> Condition:
        """Every condition holds."""
        conditions = [one for one in found if one != ALWAYS]
        sets = [one.ids for one in conditions if isinstance(one, Processes)]
        rest = [one.text for one in conditions if isinstance(one, Sql)]
        common = Processes(frozenset.intersection(*sets)) if sets else None
        if NEVER in conditions or (common and not common.ids):
            return NEVER
        if not rest:
            return common or ALWAYS
        named = [self.sql(common)] if common else []
        return Sql(" AND ".join(f"({text})" for text in named + rest))

    def opposite(self, condition: Condition) -> Condition:
        """The condition does not hold; a missing value does not hold it either."""
        if isinstance(condition, Processes):
            return Processes(frozenset(self.names.processes) - condition.ids)
        if condition in (ALWAYS, NEVER):
            return ALWAYS if condition == NEVER else NEVER
        return Sql(f"({condition.text}) IS NOT TRUE")
