"""The dictionaries of main.db in memory: names are matched here, spans are then found by number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SIZES = """
SELECT (SELECT max(id) FROM process_group), (SELECT max(id) FROM process), (SELECT max(id) FROM data_name),
       (SELECT max(id) FROM data_type), (SELECT max(id) FROM exception_type),
       (SELECT max(id) FROM code_version), (SELECT max(id) FROM resource)
"""
GROUPS = "SELECT id, name FROM process_group WHERE id > ?"
PROCESSES = "SELECT id, group_id, name, scope FROM process WHERE id > ?"
DATA_NAMES = "SELECT id, name FROM data_name WHERE id > ?"
DATA_TYPES = "SELECT id, name FROM data_type WHERE id > ?"
EXCEPTIONS = "SELECT id, name FROM exception_type WHERE id > ?"
VERSIONS = "SELECT id, process_id, hash, function, file, line FROM code_version WHERE id > ?"
RESOURCES = "SELECT id, body FROM resource WHERE id > ?"

Rows = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process as the dictionary holds it."""

    group_id: int
    group: str
    name: str
    scope: str


@dataclass(frozen=True, slots=True)
class VersionId:
    """A code version as the dictionary holds it, without its source."""

    process_id: int
    hash: str
    function: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Names:
    """All dictionaries at one moment. Rows are only ever added, so an older copy is never wrong."""

    groups: Mapping[int, str] = field(default_factory=dict)
    processes: Mapping[int, ProcessId] = field(default_factory=dict)
    data_names: Mapping[int, str] = field(default_factory=dict)
    data_types: Mapping[int, str] = field(default_factory=dict)
    exceptions: Mapping[int, str] = field(default_factory=dict)
    versions: Mapping[int, VersionId] = field(default_factory=dict)
    resources: Mapping[int, str] = field(default_factory=dict)  # JSON bodies, as stored
    process_ids: Mapping[tuple[str, str, str], int] = field(default_factory=dict)  # by group, name, scope
    sizes: tuple[int, ...] = (0,) * 7  # highest id of each, in the order of SIZES
    # What filters have found, by clause: ten patterns of noise took 3 ms each time, at 500 processes.
    fitting: dict[Any, frozenset[int]] = field(init=False, compare=False, repr=False, default_factory=dict)

    def grown(self, rows: Rows) -> Names:
        """These names with what was added since; itself when nothing was."""
        sizes = tuple(size or 0 for size in rows(SIZES, ())[0])
        if sizes == self.sizes:
            return self
        groups = {**self.groups, **dict(rows(GROUPS, (self.sizes[0],)))}
        processes = {
            key: ProcessId(group_id, groups.get(group_id, ""), name, scope)
            for key, group_id, name, scope in rows(PROCESSES, (self.sizes[1],))
        }
        ids = {(one.group, one.name, one.scope): key for key, one in processes.items()}
        versions = {row[0]: VersionId(*row[1:]) for row in rows(VERSIONS, (self.sizes[5],))}
        grown = replace(
            self,
            groups=groups,
            processes={**self.processes, **processes},
            process_ids={**self.process_ids, **ids},
            data_names={**self.data_names, **dict(rows(DATA_NAMES, (self.sizes[2],)))},
            data_types={**self.data_types, **dict(rows(DATA_TYPES, (self.sizes[3],)))},
            exceptions={**self.exceptions, **dict(rows(EXCEPTIONS, (self.sizes[4],)))},
            versions={**self.versions, **versions},
            resources={**self.resources, **dict(rows(RESOURCES, (self.sizes[6],)))},
        )
        return replace(grown, sizes=grown.highest())

    def highest(self) -> tuple[int, ...]:
        """Highest id held of each dictionary."""
        held = (
            self.groups, self.processes, self.data_names, self.data_types,
            self.exceptions, self.versions, self.resources,
        )  # fmt: skip
        return tuple(max(ids, default=0) for ids in held)

    def processes_of(self, group: str) -> frozenset[int]:
        """Ids of the processes of one group."""
        return frozenset(key for key, process in self.processes.items() if process.group == group)
