"""control.db for handlers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data.control import Control, opened

if TYPE_CHECKING:
    from callbacks.context import Context


def control_of(ctx: Context) -> Control:
    """The control.db of this page's data folder."""
    return opened(Path(ctx.settings.store.data_dir).resolve())
