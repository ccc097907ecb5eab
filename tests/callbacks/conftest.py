"""What handlers are called with: a context over a real store, at a time that the test chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callbacks.context import Context
from callbacks.shared import SharedResults
from config import Settings
from live.collector_status import CollectorStatus
from queries.base import Reader
from tests.support.page import NOW, status
from tests.support.stored import Call, stored

MakeContext = Callable[..., Context]


@pytest.fixture
def context(tmp_path: Path) -> Iterator[MakeContext]:
    """Makes a context; `calls` are what its store holds, None for no store at all."""
    readers: list[Reader] = []

    def make(
        calls: list[Call] | None = None,
        settings: Settings | None = None,
        collector: CollectorStatus | None = None,
        now_ns: int = NOW,
    ) -> Context:
        settings = settings or Settings()
        directory = tmp_path / f"store-{len(readers)}"
        if calls is not None:
            stored(directory, calls, now_ns, settings)
        readers.append(Reader.open(directory))
        return Context(settings, readers[-1], lambda: collector or status(), SharedResults(), lambda: now_ns)

    yield make
    for reader in readers:
        reader.close()
