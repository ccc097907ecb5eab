"""control.db for handlers: opened at the first need, once per data folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from data.control import Control

if TYPE_CHECKING:
    from callbacks.context import Context


def control_of(ctx: Context) -> Control:
    """The control.db of this page's data folder."""
    return _opened(Path(ctx.settings.store.data_dir).resolve())


@lru_cache(maxsize=8)
def _opened(directory: Path) -> Control:
    return Control.open(directory)
