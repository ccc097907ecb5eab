"""Values that are stale now, of a handful of functions: the one that is open and those it calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from queries.base import Reader
from queries.calls import process_id

STALE_OF = """
SELECT process_id, data_name_id, type_id, value, run, run_start_ns FROM series
WHERE process_id IN (SELECT value FROM json_each(?)) AND stale = 1 ORDER BY run DESC
"""
Identity = tuple[str, str, str]  # group, name, scope


@dataclass(frozen=True, slots=True)
class StaleHere:
    """One stale value of one function."""

    function: Identity
    data: str
    type: str
    value: Any
    run: int
    since_ns: int


def stale_of(reader: Reader, functions: Sequence[Identity]) -> tuple[StaleHere, ...]:
    """The stale values of these functions, the longest run first."""
    with reader.session() as session:
        keys = {process_id(session.names, *one): one for one in functions}
        rows = session.main(STALE_OF, (json.dumps([key for key in keys if key is not None]),))
        names = session.refresh_names()
    return tuple(
        StaleHere(keys[process], names.data_names[data], names.data_types[type_id], value, run, since)
        for process, data, type_id, value, run, since in rows
    )
