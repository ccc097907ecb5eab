"""The calls of one function as arrays, each with the code version it ran; what code subjects are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.base import Reader, Session, TimeRange
from queries.measures import Ints, id_bounds
from queries.names import Names

NO_VERSION = 0
NO_MEMORY = -(2**63)
CALLS = """
SELECT id, duration_ns, status = 2, coalesce(version, 0), coalesce(memory, -9223372036854775808)
FROM span INDEXED BY span_process
WHERE process = ? AND id >= ? AND id < ?
"""


@dataclass(frozen=True, slots=True)
class Calls:
    """One array per column, same length, in no particular order.

    `version` is code_version.id or NO_VERSION, `memory` is bytes or NO_MEMORY.
    """

    start_us: Ints
    duration_ns: Ints
    error: npt.NDArray[np.bool_]
    version: Ints
    memory: Ints

    def where(self, chosen: npt.NDArray[np.bool_]) -> Calls:
        """The chosen calls only."""
        return Calls(
            self.start_us[chosen],
            self.duration_ns[chosen],
            self.error[chosen],
            self.version[chosen],
            self.memory[chosen],
        )


def process_id(names: Names, group: str, name: str, scope: str) -> int | None:
    """The dictionary id of a process, None when nobody has seen it."""
    return names.process_ids.get((group, name, scope))


def is_known(reader: Reader, group: str, name: str, scope: str) -> bool:
    """Whether the store has ever seen this process."""
    with reader.session() as session:
        return process_id(session.names, group, name, scope) is not None


def calls_of(session: Session, process: int | None, range: TimeRange) -> Calls:
    """Every call of this process that started in the range."""
    low, high = id_bounds(range)
    rows: list[tuple[int, ...]] = []
    for segment in session.within(low, high) if process is not None else ():
        rows += session.segment(segment, CALLS, (process, low, high))
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return Calls(table[:, 0] >> 11, table[:, 1], table[:, 2] == 1, table[:, 3], table[:, 4])
