"""The newest search of each page that is open: a newer one gives up those before it, wherever they are."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from queries import given_up

MAX_PAGES = 4_096  # remembered; a page forgotten here only finishes its old searches for nothing
MAX_NAME = 64


class Searches:
    """Serial numbers by page. A page names itself and counts its searches; assets/js/traces.js."""

    def __init__(self, max_pages: int = MAX_PAGES) -> None:
        self._max_pages = max_pages
        self._guard = threading.Lock()
        self._newest: OrderedDict[str, int] = OrderedDict()

    @contextmanager
    def of(self, data: Mapping[str, Any] | None) -> Iterator[None]:
        """Within it, queries are broken off as soon as the same page has begun a newer search."""
        page, serial = str((data or {}).get("page") or "")[:MAX_NAME], int((data or {}).get("serial") or 0)
        if not page:
            yield
            return
        self._begin(page, serial)
        with given_up.unless(lambda: self._newest.get(page, serial) > serial):
            yield

    def _begin(self, page: str, serial: int) -> None:
        with self._guard:
            self._newest[page] = max(serial, self._newest.pop(page, serial))
            while len(self._newest) > self._max_pages:
                self._newest.popitem(last=False)


def newest_only(handler: Callable[..., Any], at: int = 0) -> Callable[..., Any]:
    """A handler whose input at this place is the page's search: what it asks ends with that search."""

    @functools.wraps(handler)
    def searching(ctx: Any, *inputs: Any) -> Any:
        with ctx.searches.of(inputs[at]):
            return handler(ctx, *inputs)

    return searching
