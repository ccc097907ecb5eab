"""One answer for all panels: when a page comes, and when the URL of a page that stays has changed.

Dash asks one callback for each panel and draws each answer by itself, which costs the browser about 35 ms of
scripting a callback (decision 007). Here what the handlers of a tab say comes with the page that shows it, or
in one callback of the tab. They are asked one after the other: beside each other they wait for Python's lock
after each of their four hundred statements, and took 150 ms where 78 do.
"""

from __future__ import annotations

import contextvars
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import Response, after_this_request, has_request_context

from dashboard import url
from dashboard.components.marks import Children
from dashboard.ids import Shell, Traces

if TYPE_CHECKING:
    from dash import Dash

End = tuple[str, str]  # id and property
WORKERS = 16  # threads that ask for pages
HELP_SECONDS = 0.25  # after which one more thread asks what has not been asked
AHEAD = 2  # threads for what nobody waits for yet; it shall not hold what a page waits for
WAIT_SECONDS = 1.0  # for what depends on the URL; what takes longer is asked for by the page once it is there
# What handlers take of the URL. A tab that comes brings its answers, so FILTER alone says nothing: ASKED
# does, and a page's wish for another URL of its tab. Trace Explorer wishes for rows as well.
URL: End = (Shell.FILTER, "data")
ROWS: End = (Traces.QUERY, "data")
LATER: Any = {"prevent_initial_call": True}


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
        of_url = [named(end) for end in ends if isinstance(end, Input) and named(end) in (URL, ROWS)]
        self._bound.append(Bound(handler, gives, takes, of_url[0] if of_url else None))
        return [State(*named(end)) if named(end) in of_url else end for end in ends]

    def add_ahead(self, handler: Callable[..., Any], ends: Sequence[Any]) -> None:
        """Keeps a handler that the page asks once it is there; what it shares it has worked out by then."""
        gives, takes = ends_of(ends)
        self._ahead.append(Bound(handler, gives, takes, None))

    def bind(self, app: Dash, now_ns: Callable[[], int]) -> None:
        """Callbacks that ask the handlers of a tab: when its URL has changed, and when a page wishes for it.

        A wish is answered with the URL as well: Dash draws one answer sooner than two.
        """
        groups: dict[tuple[str, End], list[Bound]] = defaultdict(list)
        for bound in self._bound:
            if bound.changed:
                groups[bound.tab, bound.changed].append(bound)
        for (tab, changed), group in groups.items():
            if changed == URL:
                self._bind_asked(app, group)
            self._bind_wished(app, tab, changed, group, now_ns)
        self.named = frozenset(ids(app))

    def _bind_asked(self, app: Dash, group: Sequence[Bound]) -> None:
        takes = taken_by(group, URL)

        def answer(shown: Any, *values: Any) -> list[Any]:
            return self._answers(group, URL, {URL: shown, **dict(zip(takes, values, strict=True))})

        app.callback(*given_by(group), Input(Shell.ASKED, "data"), *map(state, takes), **LATER)(answer)

    def _bind_wished(
        self, app: Dash, tab: str, changed: End, group: Sequence[Bound], now_ns: Callable[[], int]
    ) -> None:
        takes = taken_by(group, changed)

        def answer(asked: Mapping[str, Any], shown: Any, *values: Any) -> list[Any]:
            wish = asked.get("wish")
            told: dict[End, Any] = {URL: url.wished(shown, wish, now_ns()) if wish else no_update}
            told.setdefault(changed, asked)
            given = {**dict(zip(takes, values, strict=True)), changed: told[changed]}
            return [*told.values(), *self._answers(group, changed, given)]

        own = [Output(*end, allow_duplicate=True) for end in dict.fromkeys((URL, changed))]
        asked = Input(Shell.wished(tab), "data")
        app.callback(*own, *given_by(group), asked, state(URL), *map(state, takes), **LATER)(answer)

    def _answers(self, group: Sequence[Bound], changed: End, given: Mapping[End, Any]) -> list[Any]:
        """What the handlers of a tab say."""
        found = [value for bound in group for value in bound.answer(given.__getitem__)]
        self._begin((bound for bound in self._ahead if changed in bound.takes), given.get)
        return found

    def fill(self, page: Children, given: Mapping[End, Any], seconds: float = WAIT_SECONDS) -> bool:
        """Puts the answers of the handlers that write into this page in their places.

        `given` are values of components outside of it. False when some took longer than `seconds`; their
        places stay as they were.
        """
        parts = by_id(page)

        def value_of(end: End) -> Any:
            return given[end] if end in given else getattr(parts.get(end[0]), end[1], None)

        here = [bound for bound in self._bound if all(id in parts for id, _ in bound.gives)]
        asked = self._asked(here, value_of, seconds)
        late = [bound for bound, future in asked.items() if bound.changed and not future.done()]
        for bound, future in asked.items():
            if bound not in late:
                for (id, prop), value in zip(bound.gives, future.result(), strict=True):
                    if value is not no_update:
                        setattr(parts[id], prop, value)
        self._begin((bound for bound in self._ahead if all(id in parts for id, _ in bound.gives)), value_of)
        return not late

    def _asked(
        self, bounds: Iterable[Bound], value_of: Callable[[End], Any], seconds: float
    ) -> dict[Bound, Future[Sequence[Any]]]:
        """What they say, or will have said after more than so many seconds. One that takes long holds up no
        other."""
        asked: dict[Bound, Future[Sequence[Any]]] = {bound: Future() for bound in bounds}
        left = iter(asked.items())

        def ask() -> None:
            for bound, future in left:  # those of another thread are not among them
                try:
                    future.set_result(bound.answer(value_of))
                except Exception as error:
                    future.set_exception(error)

        until = time.monotonic() + seconds
        while asked and time.monotonic() < until:
            self._workers.submit(contextvars.copy_context().run, ask)
            if not wait(asked.values(), min(HELP_SECONDS, seconds)).not_done:
                break
        return asked

    def _begin(self, ahead: Iterable[Bound], value_of: Callable[[End], Any]) -> None:
        """What the page asks next is worked out while it draws what it has, which is sent first."""
        asks = list(ahead)
        context = contextvars.copy_context()

        def begin() -> None:
            for bound in asks:
                self._later.submit(context.copy().run, bound.answer, value_of)

        def afterwards(response: Response) -> Response:
            response.call_on_close(begin)
            return response

        if asks and has_request_context():
            after_this_request(afterwards)
        else:
            begin()


def taken_by(group: Sequence[Bound], changed: End) -> list[End]:
    """What the handlers of a tab take beside what has changed."""
    return list(dict.fromkeys(end for bound in group for end in bound.takes if end != changed))


def given_by(group: Sequence[Bound]) -> list[Any]:
    return [Output(*end, allow_duplicate=True) for bound in group for end in bound.gives]


def state(end: End) -> Any:
    return State(*end)


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
