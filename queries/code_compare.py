"""Two versions of one function, judged on the calls next to the switch between them.

The minutes of a side are cells of the rollups while those are kept (49 hours): the verdict's bins are theirs.
Of older switches, and where there are few spans, the calls themselves are read, from the switch outwards
until there are enough.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from data.histogram import ZERO_EXPONENT
from queries.base import Reader, Session, TimeRange
from queries.calls import Calls, calls_of, process_id
from queries.cells import MINUTE_NS, MINUTES, Cells, cover, read
from queries.code_parts import joined
from queries.measures import NS_PER_US, Ints
from queries.tally import are_few_spans
from queries.verdict import ENOUGH_CALLS, ENOUGH_MINUTES, MINUTE_US, Blocks, Verdict, blocks, judge, nearest

REACH_NS = 24 * 3600 * 10**9  # how far from the switch calls are taken
STRETCH_NS = 600 * 10**9  # of calls that are read at first
MOST_CALLS = 10 * ENOUGH_CALLS  # of one side; then fewer minutes will do
SEED = 20_261_121  # the same calls get the same verdict, whoever asks


FOREVER_NS = 2**62


def verdict(
    reader: Reader, group: str, name: str, scope: str, old: str, new: str, switch_ns: int,
    until_ns: int = FOREVER_NS,
) -> Verdict:  # fmt: skip
    """`old` and `new` are hashes of versions; `switch_ns` is when the new one was first seen.

    Calls that began at `until_ns`, a whole minute, or later are left out: the verdict as it was then.
    """
    with reader.session() as session:
        process = process_id(session.names, group, name, scope)
        known = session.names.versions.items()
        before, after = (
            {id for id, one in known if (one.process_id, one.hash) == (process, hash)} for hash in (old, new)
        )
        cells = _minutes(session, process, switch_ns)
        if cells is not None:
            cells = cells.where(cells.start_ns < until_ns)
        if cells is not None:
            sides = _of_cells(cells, before, newest_first=True), _of_cells(cells, after, newest_first=False)
        else:
            sides = (
                _of_calls(session, process, before, switch_ns, until_ns, newest_first=True),
                _of_calls(session, process, after, switch_ns, until_ns, newest_first=False),
            )
    return judge(*sides, np.random.default_rng(SEED))


def _minutes(session: Session, process: int | None, switch_ns: int) -> Cells | None:
    """The cells of all minutes around the switch, None when they are no longer kept or the spans are few."""
    middle = switch_ns // MINUTE_NS * MINUTE_NS
    around = TimeRange(max(0, middle - REACH_NS), middle + REACH_NS)
    covered = cover(session, around, most=MINUTES)
    if process is None or covered.edges or any(piece.tier != MINUTES for piece in covered.pieces):
        return None
    return None if are_few_spans(session, covered) else read(session, covered, "process", process)


def _of_cells(cells: Cells, versions: Collection[int], *, newest_first: bool) -> Blocks:
    """One side from its minutes next to the switch."""
    mine = cells.where(np.isin(cells.version, list(versions)))
    minutes = mine.start_ns // NS_PER_US
    order = np.argsort(minutes)[:: -1 if newest_first else 1]
    reached = np.cumsum(mine.calls[order])
    near = order[: max(ENOUGH_MINUTES, int(np.searchsorted(reached, ENOUGH_CALLS)) + 1)]
    mine = mine.where(np.isin(np.arange(len(order)), near))
    codes, counts, sizes = mine.durations
    bins = np.where(codes == 0, 0, codes - ZERO_EXPONENT)  # no time at all counts as one nanosecond
    low, width = (int(bins.min()), int(np.ptp(bins)) + 1) if len(bins) else (0, 1)
    row = np.repeat(np.arange(len(sizes)), sizes)
    table = np.bincount(row * width + bins - low, counts, len(sizes) * width)
    return Blocks(table.reshape(-1, width).astype(np.float64), mine.errors.astype(np.float64), low)


def _of_calls(
    session: Session, process: int | None, versions: Collection[int], switch_ns: int, until_ns: int, *,
    newest_first: bool,
) -> Blocks:  # fmt: skip
    """One side from its calls, read from the switch outwards."""
    found = [calls_of(session, None, TimeRange(switch_ns, switch_ns + 1))]
    begun, length = 0, STRETCH_NS
    while begun < REACH_NS and not _enough(found):
        reached = min(REACH_NS, begun + length)
        sign = -1 if newest_first else 1
        start, end = sorted((max(0, switch_ns + sign * begun), max(0, switch_ns + sign * reached)))
        if start == end:
            break
        stretch = calls_of(session, process, TimeRange(start, end))
        kept = np.isin(stretch.version, list(versions)) & (stretch.start_us < until_ns // NS_PER_US)
        found.append(stretch.where(kept))
        begun = reached
        if len(stretch.start_us) < ENOUGH_CALLS:  # a quiet function: look further at once
            length *= 2
    near = joined(found)
    near = near.where(nearest(near.start_us, newest_first))
    return blocks(near.start_us, near.duration_ns, near.error)


def _enough(found: list[Calls]) -> bool:
    """Whether these calls reach as far as the verdict looks, or are very many already."""
    starts: Ints = np.concatenate([one.start_us for one in found])
    minutes = len(np.unique(starts // MINUTE_US))
    if len(starts) >= MOST_CALLS and minutes >= ENOUGH_MINUTES // 2:
        return True
    return len(starts) > ENOUGH_CALLS and minutes > ENOUGH_MINUTES
