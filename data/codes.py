"""The dictionaries of main.db in memory: every name, resource, scope and code version has a small integer.

New entries get their integer at once and are written by `save`, before any segment refers to them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from data import body
from data.records import AnyValue, Resource, Scope
from data.sqlite import Connection

INSERTS = {
    "process_group": "INSERT INTO process_group (id, name) VALUES (?, ?)",
    "process": "INSERT INTO process (id, group_id, name, scope, first_seen_ns) VALUES (?, ?, ?, ?, ?)",
    "data_name": "INSERT INTO data_name (id, name) VALUES (?, ?)",
    "data_type": "INSERT INTO data_type (id, name) VALUES (?, ?)",
    "exception_type": "INSERT INTO exception_type (id, name) VALUES (?, ?)",
    "resource": "INSERT INTO resource (id, hash, group_id, body) VALUES (?, ?, ?, ?)",
    "scope": "INSERT INTO scope (id, hash, name, body) VALUES (?, ?, ?, ?)",
    "code_version": (
        "INSERT INTO code_version (id, process_id, hash, source, function, file, line, first_seen_ns, "
        "last_seen_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
}
MOST_SAME = 1_000
Kind = TypeVar("Kind", Resource, Scope)
SEEN = "UPDATE code_version SET first_seen_ns = min(first_seen_ns, ?), last_seen_ns = ? WHERE id = ?"


@dataclass(slots=True)
class Version:
    """A code version as the writer knows it."""

    id: int
    has_source: bool
    code: tuple[str, str, int]  # function, file, line: of the first span, and never changed
    first_seen_ns: int
    last_seen_ns: int
    seen_saved: bool = True


class Names(dict[str, int]):
    """One dictionary table of plain names: looking up an unknown name gives it the next integer."""

    def __init__(self, table: str, new_rows: dict[str, list[tuple[Any, ...]]]) -> None:
        super().__init__()
        self.table = table
        self._new_rows = new_rows
        self.next_id = 1
        self.text: dict[int, str] = {}  # the other way round

    def __missing__(self, name: str) -> int:
        code = self[name] = self.next_id
        self.text[code] = name
        self.next_id += 1
        self._new_rows[self.table].append((code, name))
        return code

    def load(self, connection: Connection) -> None:
        """Reads the table."""
        self.update(connection.execute(f"SELECT name, id FROM {self.table}"))  # noqa: S608, a fixed name
        self.text = {code: name for name, code in self.items()}
        self.next_id = max(self.text, default=0) + 1


class Codes:
    """All dictionaries. One writer thread uses it; `save` writes what is new."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._new: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self._sources: list[tuple[str, int]] = []
        self._seen: list[Version] = []
        self.groups = Names("process_group", self._new)
        self.names = Names("data_name", self._new)
        self.types = Names("data_type", self._new)
        self.exceptions = Names("exception_type", self._new)
        self.processes: dict[tuple[int, str, str], int] = {}
        self.process_groups: dict[int, int] = {}  # process id → group id
        self.process_names: dict[int, tuple[int, str, str]] = {}  # process id → group id, name, scope
        self.resources: dict[bytes, int] = {}
        self.scopes: dict[bytes, int] = {}
        self.versions: dict[tuple[int, str], Version] = {}
        self._by_id: dict[int, Version] = {}
        self._same: dict[int, tuple[Resource | Scope, int]] = {}  # objects seen lately, by identity
        self._next = {"process": 1, "resource": 1, "scope": 1, "code_version": 1}

    @classmethod
    def load(cls, main: Connection) -> Codes:
        """Everything main.db holds."""
        codes = cls()
        codes.reload(main)
        return codes

    def reload(self, main: Connection) -> None:
        """Forgets all that is not saved and reads the tables again."""
        self._clear()
        for names in (self.groups, self.names, self.types, self.exceptions):
            names.load(main)
        for id_, group, name, scope in main.execute("SELECT id, group_id, name, scope FROM process"):
            self.processes[group, name, scope] = id_
            self.process_groups[id_] = group
            self.process_names[id_] = (group, name, scope)
        self.resources.update(main.execute("SELECT hash, id FROM resource"))
        self.scopes.update(main.execute("SELECT hash, id FROM scope"))
        for id_, process, hash_, known, function, file, line, first, last in main.execute(
            "SELECT id, process_id, hash, source IS NOT NULL, function, file, line, "
            "first_seen_ns, last_seen_ns FROM code_version"
        ):
            version = Version(id_, bool(known), (function, file, line), first, last)
            self.versions[process, hash_] = self._by_id[id_] = version
        for table in self._next:
            newest = main.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]  # noqa: S608
            self._next[table] = newest + 1

    def process(self, group: str, name: str, scope: str, start_ns: int) -> int:
        """The integer of a process."""
        group_id = self.groups[group]
        known = self.processes.get((group_id, name, scope))
        if known is not None:
            return known
        code = self._add("process", group_id, name, scope, start_ns)
        self.processes[group_id, name, scope] = code
        self.process_groups[code] = group_id
        self.process_names[code] = (group_id, name, scope)
        return code

    def resource(self, resource: Resource) -> int:
        """The integer of a resource; the same content has the same."""
        return self._of_object(resource, self._resource)

    def scope(self, scope: Scope) -> int:
        """The integer of an instrumentation scope."""
        return self._of_object(scope, self._scope)

    def _of_object(self, one: Kind, code_of: Callable[[Kind], int]) -> int:
        """What was found of the same object before: senders repeat few, and the collector shares them."""
        seen = self._same.get(id(one))
        if seen is not None and seen[0] is one:
            return seen[1]
        code = code_of(one)
        if len(self._same) >= MOST_SAME:
            self._same.clear()
        self._same[id(one)] = (one, code)
        return code

    def _resource(self, resource: Resource) -> int:
        text = _content(resource.attributes, resource.dropped_attributes, resource.schema_url)
        digest = _digest(resource.group, text)
        known = self.resources.get(digest)
        if known is None:
            known = self.resources[digest] = self._add("resource", digest, self.groups[resource.group], text)
        return known

    def _scope(self, scope: Scope) -> int:
        text = _content(scope.attributes, scope.dropped_attributes, scope.schema_url, scope.version)
        digest = _digest(scope.name, text)
        known = self.scopes.get(digest)
        if known is None:
            known = self.scopes[digest] = self._add("scope", digest, scope.name, text)
        return known

    def version(
        self, process: int, hash_: str, source: str | None, code: tuple[str, str, int], start_ns: int
    ) -> Version:
        """The code version of a span, with what the span tells about it taken in."""
        known = self.versions.get((process, hash_))
        if known is None:
            id_ = self._add("code_version", process, hash_, source, *code, start_ns, start_ns)
            known = Version(id_, source is not None, code, start_ns, start_ns)
            self.versions[process, hash_] = self._by_id[id_] = known
        elif source is not None and not known.has_source:
            known.has_source = True
            self._sources.append((source, known.id))
        return known

    def saw(self, version_id: int, first_ns: int, last_ns: int) -> None:
        """Notes that a version ran in this range of starts."""
        version = self._by_id[version_id]
        if first_ns >= version.first_seen_ns and last_ns <= version.last_seen_ns:
            return
        version.first_seen_ns = min(version.first_seen_ns, first_ns)
        version.last_seen_ns = max(version.last_seen_ns, last_ns)
        if version.seen_saved:
            version.seen_saved = False
            self._seen.append(version)

    def has_new(self) -> bool:
        """Whether `save` would write an entry that spans refer to."""
        return bool(self._sources) or any(self._new.values())

    def save(self, main: Connection) -> None:
        """Writes new entries inside the caller's transaction; `saved` forgets them after the commit."""
        for table, insert in INSERTS.items():
            if self._new[table]:
                main.executemany(insert, self._new[table])
        main.executemany("UPDATE code_version SET source = ? WHERE id = ?", self._sources)

    def saved(self) -> None:
        """To be called once the transaction of `save` is committed."""
        for rows in self._new.values():
            rows.clear()
        self._sources.clear()

    def save_seen(self, main: Connection) -> None:
        """Writes when versions were seen, inside the caller's transaction."""
        main.executemany(SEEN, [(v.first_seen_ns, v.last_seen_ns, v.id) for v in self._seen])

    def seen_saved(self) -> None:
        """To be called once the transaction of `save_seen` is committed."""
        for version in self._seen:
            version.seen_saved = True
        self._seen.clear()

    def _add(self, table: str, *values: Any) -> int:
        code = self._next[table]
        self._next[table] += 1
        self._new[table].append((code, *values))
        return code


def _content(attributes: dict[str, AnyValue], dropped: int, schema_url: str, version: str = "") -> str:
    """The JSON body of a resource or scope; absent keys are empty."""
    fields = {"attributes": attributes, "dropped_attributes": dropped, "schema_url": schema_url}
    if version:
        fields["version"] = version
    return body.encode({key: value for key, value in fields.items() if value}) or "{}"


def _digest(name: str, text: str) -> bytes:
    """Equal for equal content, whatever the order of its keys."""
    canonical = orjson.dumps([name, orjson.loads(text)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).digest()[:16]
