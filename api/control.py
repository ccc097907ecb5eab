"""control.db for routes that write."""

from __future__ import annotations

from pathlib import Path

from werkzeug.exceptions import Forbidden

from config import Settings
from data.control import Control, opened
from queries.base import Reader


def control_of(settings: Settings, reader: Reader) -> Control:
    """The control.db of this data folder; Forbidden for a folder that is only looked into."""
    directory = Path(settings.store.data_dir).resolve()
    if directory != reader.directory.resolve():
        raise Forbidden("this data is opened read-only")
    return opened(directory)
