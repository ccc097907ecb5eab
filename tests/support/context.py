"""What handlers are called with on a data folder that they may write to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from callbacks.context import Context
from callbacks.shared import SharedResults
from config import Settings, StoreSettings
from queries.base import Reader
from tests.support.page import NOW, status


@contextmanager
def context_on(directory: Path, **tables: Any) -> Iterator[Context]:
    """A context over this folder, now being NOW; `tables` are further tables of the settings."""
    with closing(Reader.open(directory)) as reader:
        settings = Settings(store=StoreSettings(data_dir=directory), **tables)
        yield Context(settings, reader, status, SharedResults(), lambda: NOW)
