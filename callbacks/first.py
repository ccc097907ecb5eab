"""One answer for all panels: when a page comes, and when the URL of a page that stays has changed.

Dash asks one callback for each panel and draws each answer by itself, which costs the browser about 35 ms of
scripting a callback (decision 007). Here the handlers of a tab are asked beside each other, and what they say
comes with the page that shows it, or in one callback of the tab.
"""

from __future__ import annotations

import contextvars
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import Response, after_this_request, has_request_context

from dashboard.components.marks import Children
from dashboard.ids import Shell, Traces

if TYPE_CHECKING:
    from dash import Dash

End = tuple[str, str]  # id and property
WORKERS = 16  # beside each other: SQLite reads without Python's lock
AHEAD = 2  # of those that nobody waits for yet; they shall not hold what a page waits for
WAIT_SECONDS = 1.0  # for what depends on the URL; what takes longer is asked for by the page once it is there
# What says that the URL has changed, for handlers that take this of it. A tab that comes brings its answers,
# so FILTER alone says nothing. Dash holds what follows ASKED until `navigate` has answered, which writes it:
# the page wishes for the answers of its tab beside that, in a store of its own.
CHANGED: Mapping[End, tuple[End, ...]] = {
    (Shell.FILTER, "data"): ((Shell.ASKED, "data"), (Shell.WISHED, "data")),
    (Traces.QUERY, "data"): ((Traces.QUERY, "data"),),
}


@dataclass(frozen=True)
class Bound:
    """A handler as Dash calls it. `changed` is what it takes of the URL, if it depends on it."""

    handler: Callable[..., Any]
    gives: tuple[End, ...]
    takes: tuple[End, ...]
    changed: End | None

    @property
    def tab(self) -> str:
        """The tab whose parts it fills; the frame has several names."""
        return self.gives[0][0].split("-")[0]

    def answer(self, value_of: Callable[[End], Any]) -> Sequence[Any]:
        """What it gives, in the order of `gives`."""
        try:
            found = self.handler(*map(value_of, self.takes))
        except PreventUpdate:
            return [no_update] * len(self.gives)
        return [found] if len(self.gives) == 1 else list(found)


class FirstAnswers:
    """The handlers that have something to say when a page comes."""

    def __init__(self) -> None:
        self.named: frozenset[str] = frozenset()  # the ids that callbacks name, once all are bound
        self._bound: list[Bound] = []
        self._ahead: list[Bound] = []
        self._workers = ThreadPoolExecutor(WORKERS, "answers")
        self._later = ThreadPoolExecutor(AHEAD, "ahead")

    def add(self, handler: Callable[..., Any], ends: Sequence[Any]) -> list[Any]:
        """Keeps a handler with its outputs, inputs and states; they again, the URL not as an input."""
        gives, takes = ends_of(ends)
        of_url = [named(end) for end in ends if isinstance(end, Input) and named(end) in CHANGED]
        self._bound.append(Bound(handler, gives, takes, of_url[0] if of_url else None))
        return [State(*named(end)) if named(end) in of_url else end for end in ends]

    def add_ahead(self, handler: Callable[..., Any], ends: Sequence[Any]) -> None:
        """Keeps a handler that the page asks once it is there; what it shares it has worked out by then."""
        gives, takes = ends_of(ends)
        self._ahead.append(Bound(handler, gives, takes, None))

    def bind(self, app: Dash) -> None:
        """One callback for each tab that asks all of its handlers when the URL has changed."""
        groups: dict[tuple[str, End], list[Bound]] = defaultdict(list)
        for bound in self._bound:
            if bound.changed:
                groups[bound.tab, bound.changed].append(bound)
        for (_, changed), group in groups.items():
            for told in CHANGED[changed]:
                self._bind(app, changed, told, group)
        self.named = frozenset(ids(app))

    def _bind(self, app: Dash, changed: End, told: End, group: Sequence[Bound]) -> None:
        takes = list(dict.fromkeys(end for bound in group for end in bound.takes if end != changed))

        def answer(*values: Any) -> list[Any]:
            given = dict(zip([changed, *takes], values, strict=True))
            asked = [self._ask(bound, given.__getitem__) for bound in group]
            found = [value for future in asked for value in future.result()]
            self._begin((bound for bound in self._ahead if changed in bound.takes), given.get)
            return found

        gives = [Output(*end, allow_duplicate=True) for bound in group for end in bound.gives]
        states = [State(*end) for end in takes]
        app.callback(*gives, Input(*told), *states, prevent_initial_call=True)(answer)

    def fill(self, page: Children, given: Mapping[End, Any], seconds: float = WAIT_SECONDS) -> bool:
        """Puts the answers of the handlers that write into this page in their places.

        `given` are values of components outside of it. False when some took longer than `seconds`; their
        places stay as they were.
        """
        parts = by_id(page)

        def value_of(end: End) -> Any:
            return given[end] if end in given else getattr(parts.get(end[0]), end[1], None)

        here = [bound for bound in self._bound if all(id in parts for id, _ in bound.gives)]
        asked = {self._ask(bound, value_of): bound for bound in here}
        late = wait([future for future, bound in asked.items() if bound.changed], seconds).not_done
        for future, bound in asked.items():
            if future not in late:
                for (id, prop), value in zip(bound.gives, future.result(), strict=True):
                    if value is not no_update:
                        setattr(parts[id], prop, value)
        self._begin((bound for bound in self._ahead if all(id in parts for id, _ in bound.gives)), value_of)
        return not late

    def _begin(self, ahead: Iterable[Bound], value_of: Callable[[End], Any]) -> None:
        """What the page asks next is worked out while it draws what it has, which is sent first."""
        asks = list(ahead)
        context = contextvars.copy_context()

        def begin() -> None:
            for bound in asks:
                context.run(self._ask, bound, value_of, self._later)

        def afterwards(response: Response) -> Response:
            response.call_on_close(begin)
            return response

        if asks and has_request_context():
            after_this_request(afterwards)
        else:
            begin()

    def _ask(
        self, bound: Bound, value_of: Callable[[End], Any], workers: ThreadPoolExecutor | None = None
    ) -> Future[Sequence[Any]]:
        """In another thread, but in the zone of whoever asks."""
        return (workers or self._workers).submit(contextvars.copy_context().run, bound.answer, value_of)


def by_id(page: Children) -> dict[str, Any]:
    """The components of a page that have an id."""
    return {id: part for part in components(page) if (id := getattr(part, "id", None)) is not None}


def components(node: Any) -> Iterator[Component]:
    """This component and all below it."""
    if isinstance(node, list | tuple):
        for child in node:
            yield from components(child)
    elif isinstance(node, Component):
        yield node
        yield from components(getattr(node, "children", None))


def ids(app: Dash) -> Iterator[str]:
    """The ids of all components that callbacks of the server or the browser take from or write to."""
    for outputs, callback in app.callback_map.items():
        for output in outputs.strip(".").split("..."):
            yield output.rpartition(".")[0]
        for end in (*callback["inputs"], *callback["state"]):
            yield end["id"]


def ends_of(ends: Sequence[Any]) -> tuple[tuple[End, ...], tuple[End, ...]]:
    """What a handler gives, and what it takes."""
    gives = tuple(named(end) for end in ends if isinstance(end, Output))
    return gives, tuple(named(end) for end in ends if not isinstance(end, Output))


def named(end: Any) -> End:
    return end.component_id, end.component_property
