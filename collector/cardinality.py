"""Bounds the number of names, however a sender makes them up. A name that is known stays what it is."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from collector.folding import fold
from collector.names import FOLD_FROM, OTHER, Names, Offences
from collector.recent import Recent
from data.records import Observation, Resource, Scope, SpanIn

ORIGINAL_NAME: Final = "flowglass.original_name"
ORIGINAL_SCOPE: Final = "flowglass.original_scope"
RESOURCES_REMEMBERED = 1_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many names there may be."""

    groups: int = 200
    processes: int = 2_000  # of a group
    versions: int = 200  # of a process
    series: int = 50_000  # of all processes together: (process, data name)
    attribute_keys: int = 2_000  # since the start


BOUNDS = Bounds()


@dataclass(slots=True)
class Process:
    """What is known of one process."""

    versions: Names
    data_names: set[str] = field(default_factory=set)


class Guard:
    """Looks at each span on its way to the queue. One thread at a time uses it."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self.bounds = bounds
        self._offences = {kind: Offences() for kind in asdict(bounds)}
        self._groups = Names(bounds.groups)
        self._paths: dict[str, Names] = {}  # scope and name of the processes of a group
        self._processes: dict[tuple[str, str, str], Process] = {}  # by group, scope, name
        self._series = 0
        self._keys = Names(bounds.attribute_keys)
        self._resources: Recent[int, tuple[Resource, Resource]] = Recent(RESOURCES_REMEMBERED)

    # What there is already ------------------------------------------------------------------------------

    def know_process(self, group: str, scope: str, name: str) -> Process:
        known = self._processes.get((group, scope, name))
        if known is None:
            self._groups.add(group)
            self._paths_of(group).add(_path(scope, name))
            known = self._processes[group, scope, name] = Process(Names(self.bounds.versions))
        return known

    def know_version(self, group: str, scope: str, name: str, version: str) -> None:
        self.know_process(group, scope, name).versions.add(version)

    def know_series(self, group: str, scope: str, name: str, data: str) -> None:
        names = self.know_process(group, scope, name).data_names
        self._series += data not in names
        names.add(data)

    # What comes -----------------------------------------------------------------------------------------

    def bound(self, spans: list[SpanIn]) -> None:
        """Replaces, in place, the spans with names that are too many."""
        processes = self._processes
        for index, span in enumerate(spans):
            process = processes.get((span.resource.group, span.scope.name, span.name))
            if process is None:
                span = spans[index] = self._place(span)
                process = processes[span.resource.group, span.scope.name, span.name]
            if span.code_version and span.code_version not in process.versions:
                span = spans[index] = self._bound_version(span, process)
            for seen in span.observations:
                if seen.name not in process.data_names:
                    spans[index] = self._bound_series(span, process)
                    break

    def has_room_for_key(self, key: str) -> bool:
        """Whether an attribute may have a key of its own."""
        if self._keys.take(key) == key:
            return True
        self._note("attribute_keys", OTHER, fold(key))
        return False

    def document(self) -> dict[str, Any]:
        """For the status: what met a bound, and the worst offender."""
        return {
            kind: {
                "bound": bound,
                "folded": self._offences[kind].folded,
                "other": self._offences[kind].other,
                "worst": self._offences[kind].worst(),
            }
            for kind, bound in asdict(self.bounds).items()
        }

    def _note(self, kind: str, became: str, whose: str) -> None:
        if self._offences[kind].count(became, whose):
            log.warning("more %s than are kept apart", kind, extra={"of": whose, "became": became})

    def _place(self, span: SpanIn) -> SpanIn:
        """The span as one of a process that there is room for."""
        resource = self._bound_resource(span.resource)
        path = self._paths_of(resource.group).take(_path(span.scope.name, span.name))
        scope, _, name = ("", "", OTHER) if path == OTHER else path.partition("\0")
        self.know_process(resource.group, scope, name)
        if name == span.name and scope == span.scope.name:
            return span._replace(resource=resource)
        self._note("processes", name, resource.group)
        attributes = {**span.attributes, ORIGINAL_NAME: span.name}
        bounded = span.scope
        if scope != span.scope.name:
            attributes[ORIGINAL_SCOPE] = span.scope.name
            bounded = Scope(scope)
        return span._replace(resource=resource, scope=bounded, name=name, attributes=attributes)

    def _bound_resource(self, resource: Resource) -> Resource:
        known = self._resources.get(id(resource))
        if known is not None and known[0] is resource:
            return known[1]
        group = self._groups.take(resource.group)
        made = resource
        if group != resource.group:
            self._note("groups", group, fold(resource.group))
            made = replace(resource, group=group)
        self._resources.put(id(resource), (resource, made))
        return made

    def _bound_version(self, span: SpanIn, process: Process) -> SpanIn:
        """A version is a hash: there is nothing to fold, and a source of (other) would be of any of them."""
        if process.versions.take(span.code_version) == span.code_version:
            return span
        self._note("versions", OTHER, f"{span.resource.group}/{span.name}")
        return span._replace(code_version=OTHER, source=None)

    def _bound_series(self, span: SpanIn, process: Process) -> SpanIn:
        whose = f"{span.resource.group}/{span.name}"
        seen = tuple(self._bound_observation(one, process, whose) for one in span.observations)
        return span if seen == span.observations else span._replace(observations=seen)

    def _bound_observation(self, seen: Observation, process: Process, whose: str) -> Observation:
        name = seen.name
        if name in process.data_names:
            return seen
        if self._series >= self.bounds.series * FOLD_FROM:
            name = fold(name)
        if name not in process.data_names:
            if self._series < self.bounds.series:
                process.data_names.add(name)
                self._series += 1
            else:
                name = OTHER
        if name == seen.name:
            return seen
        self._note("series", name, whose)
        return seen._replace(name=name)

    def _paths_of(self, group: str) -> Names:
        paths = self._paths.get(group)
        if paths is None:
            paths = self._paths[group] = Names(self.bounds.processes)
        return paths


def _path(scope: str, name: str) -> str:
    return f"{scope}\0{name}"
