"""What every handler receives first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callbacks.first import FirstAnswers
from callbacks.searches import Searches
from callbacks.shared import SharedResults

if TYPE_CHECKING:
    from config import Settings
    from live.collector_status import CollectorStatus
    from queries.base import Reader


@dataclass(frozen=True)
class Context:
    """The parts a handler may use. Time is one of them, so that tests choose it."""

    settings: Settings
    reader: Reader
    status: Callable[[], CollectorStatus]
    cache: SharedResults
    now_ns: Callable[[], int]
    push: Callable[[], int | None] = lambda: None  # pages connected to the live channel
    first: FirstAnswers = field(default_factory=FirstAnswers)
    searches: Searches = field(default_factory=Searches)
    mask_code: Callable[[str], str] = lambda text: text  # takes the keys out of source read from disk
