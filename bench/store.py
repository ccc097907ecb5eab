"""The store's write path beside a bare insert, over a build of N spans of the reference data.

`python -m bench.store N` prints the rows alone; FULL=1 in `make bench` means 10,000,000.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from bench import memory, upkeep, world
from bench.reference.bare_insert import Bare
from bench.reference.bare_insert import rows as bare_rows
from bench.rows import Row, at_least, at_most, figure
from config import StalenessSettings, StoreSettings
from data.seed import reference_spans
from data.store import Store

BATCH = 5_000
MINUTES_NS = 49 * 3_600 * 10**9
CHUNK = 50_000  # spans at most made beforehand, so that making them is not measured
DECILES = 10
SMALLER = (100_000, 1_000_000)


@dataclass
class Build:
    """What a build cost, chunk by chunk, in CPU seconds of this process."""

    spans: int = 0
    bytes: int = 0
    store: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    minutes: list[bool] = field(default_factory=list)  # whether cells of minutes were kept of a chunk too

    @property
    def ratio(self) -> float:
        """Rows per second of the store, as a share of the bare insert's; median of the chunks."""
        return statistics.median(self._ratios())

    @property
    def ratio_with_minutes(self) -> float:
        """The same of the newest 49 hours, whose spans also have cells of minutes."""
        return statistics.median(
            one for one, with_minutes in zip(self._ratios(), self.minutes, strict=True) if with_minutes
        )

    @property
    def fall(self) -> float:
        """Speed of the last tenth of the build, as a share of the first's; each beside its bare inserts.

        Of what is written without cells of minutes: so both do the same work.
        """
        alike = self.minutes.index(True)
        tenth = max(1, alike // DECILES)
        first = sum(self.bare[:tenth]) / sum(self.store[:tenth])
        last = sum(self.bare[alike - tenth : alike]) / sum(self.store[alike - tenth : alike])
        return last / first

    def _ratios(self) -> list[float]:
        return [bare / store for bare, store in zip(self.bare, self.store, strict=True)]


def build(folder: Path, spans: int, now_ns: int) -> Build:
    """Fills a store, with a bare insert of the same spans beside it."""
    taken = Build(spans)
    stream = reference_spans(spans, 1, now_ns)
    began_ns = time.process_time_ns()

    def clock() -> int:
        """Goes on only while this process works: what else the machine does must not bring flushes on."""
        return now_ns + time.process_time_ns() - began_ns

    store = Store.open(folder / "db", StoreSettings(max_bytes=10**12), StalenessSettings(), clock)
    size = max(BATCH, min(CHUNK, spans // 40))  # of a chunk: at least three to a tenth of the build
    while chunk := list(islice(stream, size)):
        rows = bare_rows(chunk)
        gc.collect()
        gc.freeze()
        taken.bare.append(_bare_seconds(folder / "bare.db", rows))
        began = time.process_time()
        for at in range(0, len(chunk), BATCH):
            store.write(chunk[at : at + BATCH])
        taken.store.append(time.process_time() - began)
        taken.minutes.append(chunk[-1].start_ns >= now_ns - MINUTES_NS)
        gc.unfreeze()
    began = time.process_time()
    store.close()
    taken.store[-1] += time.process_time() - began
    taken.bytes = sum(file.stat().st_size for file in (folder / "db").iterdir())
    return taken


def _bare_seconds(path: Path, given: list[tuple[str, ...]]) -> float:
    """What a bare insert of these rows costs, into a file of its own."""
    bare = Bare(path)
    bare.insert(given)
    bare.close()
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    return bare.seconds


def rows(spans: int) -> list[Row]:
    """The rows of docs/benchmarks.md: smaller stores for comparison, then the one of this size."""
    made = [row for size in SMALLER if size < spans for row in _small(size)]
    with tempfile.TemporaryDirectory() as name:
        folder, now_ns = Path(name), time.time_ns()
        made += _large(build(folder, spans, now_ns))
        world.keep(spans, folder / "db", now_ns)
        made += memory.rows(folder / "db", now_ns)
        return made + upkeep.rows(folder / "db", now_ns)


def _small(spans: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        taken = build(Path(folder), spans, time.time_ns())
    size = f"{spans // 720:,} spans an hour: the fewer, the more of them have rollup cells of their own"
    return [
        Row(f"write path at {spans:,} spans, beside a bare insert", figure(taken.ratio), size),
        Row(f"bytes per span at {spans:,} spans", figure(taken.bytes / spans, "B"), size),
    ]


def _large(taken: Build) -> list[Row]:
    batches = f"commits of {BATCH:,}; CPU of the process, whose clock flushes derived tables each second"
    return [
        at_least(
            "store write path, everything on, beside a bare insert", taken.ratio, 0.20, 0.40,
            f"{batches}; median of chunks of up to {CHUNK:,}, each beside a bare insert of the same spans",
        ),
        at_least(
            "ingest in the last tenth of the build, beside the first", taken.fall, 0.8, 0.95,
            "each as a share of the bare inserts beside it; without the newest 49 hours, which have cells of "
            "minutes as well",
        ),
        Row(
            "store write path in the newest 49 hours, beside a bare insert", figure(taken.ratio_with_minutes),
            "with cells of minutes for every group, process and series",
        ),
        at_most(
            "bytes per span on disk", taken.bytes / taken.spans, 350, 220,
            "all files of the folder after closing, dictionaries, text index and rollups included", "B",
        ),
    ]  # fmt: skip


def main() -> None:
    """Prints the rows for the given number of spans."""
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000):
        print(f"{row.what}: {row.measured} (hold {row.hold}, reach for {row.reach}); {row.how}")  # noqa: T201


if __name__ == "__main__":
    main()
