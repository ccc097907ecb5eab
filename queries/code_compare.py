"""Two versions of one function, judged on the calls next to the switch between them."""

from __future__ import annotations

import numpy as np

from queries.base import Reader, TimeRange
from queries.calls import Calls, calls_of, process_id
from queries.names import Names
from queries.verdict import Blocks, Verdict, blocks, judge, nearest

REACH_NS = 24 * 3600 * 10**9  # how far from the switch calls are taken
SEED = 20_261_121  # the same calls get the same verdict, whoever asks


def verdict(reader: Reader, group: str, name: str, scope: str, old: str, new: str, switch_ns: int) -> Verdict:
    """`old` and `new` are hashes of versions; `switch_ns` is when the new one was first seen."""
    around = TimeRange(max(0, switch_ns - REACH_NS), switch_ns + REACH_NS)
    with reader.session() as session:
        key = process_id(session.names, group, name, scope)
        calls = calls_of(session, key, around)
        names = session.names
    before = _side(calls, names, key, old, newest_first=True)
    after = _side(calls, names, key, new, newest_first=False)
    return judge(before, after, np.random.default_rng(SEED))


def _side(calls: Calls, names: Names, process: int | None, hash: str, *, newest_first: bool) -> Blocks:
    keys = [id for id, known in names.versions.items() if (known.process_id, known.hash) == (process, hash)]
    mine = calls.where(np.isin(calls.version, keys))
    near = mine.where(nearest(mine.start_us, newest_first))
    return blocks(near.start_us, near.duration_ns, near.error)
