"""After a kill between two files: brings main.db up to what the segments hold.

A segment notes each commit with its ids; main.db notes the last commit whose effects it took in. What lies
between is read back from the spans, turned into the same facts as on arrival, and applied once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from data.body import decode
from data.codes import Codes
from data.facts import Facts, by_series
from data.ids import start_of
from data.rows import COLUMNS
from data.values import codes_of, number_of

NAMES = [name.strip() for name in COLUMNS.split(",")]
PARENT, PROCESS, VERSION, STATUS, DURATION, MEMORY, DATA, TYPE, VALUE, BODY = (
    2 + NAMES.index(name)
    for name in (
        "parent_id",
        "process",
        "version",
        "status",
        "duration_ns",
        "memory",
        "data",
        "type",
        "value",
        "body",
    )
)


def facts_of(rows: Sequence[tuple[Any, ...]], codes: Codes) -> Facts:
    """The facts of stored rows: id, start_off, then as COLUMNS says; in order of start."""
    rows = sorted(rows, key=lambda row: start_of(row[0], row[1]))
    seen = [decode(row[BODY]).all_observations(row[DATA], row[TYPE], row[VALUE]) for row in rows]
    starts = np.array([start_of(row[0], row[1]) for row in rows], np.int64)
    process = np.array([row[PROCESS] for row in rows], np.int64)
    span = np.repeat(np.arange(len(rows)), [len(each) for each in seen])
    flat = [one for each in seen for one in each]
    names = np.array([one.name_id for one in flat], np.int64)
    order = by_series(process[span], span, names, starts[span])
    flat = [flat[at] for at in order.tolist()]
    values = [one.value for one in flat]
    types = codes.types.text
    numbers = np.array([number_of(types.get(one.type_id, ""), one.value) for one in flat], np.float64)
    return Facts(
        start_ns=starts,
        process=process,
        version=np.array([row[VERSION] or 0 for row in rows], np.int64),
        duration_ns=np.array([row[DURATION] for row in rows], np.int64),
        error=np.array([row[STATUS] == 2 for row in rows], np.bool_),
        root=np.array([row[PARENT] is None for row in rows], np.bool_),
        memory=np.array([row[MEMORY] for row in rows], np.float64),
        span=span[order],
        name=names[order],
        type=np.array([one.type_id for one in flat], np.int64),
        number=numbers,
        code=codes_of(values, numbers),
        changed=np.zeros(len(flat), np.bool_),
        values=values,
    )
