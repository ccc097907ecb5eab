"""The store's write path beside a bare insert, over a build of N spans of the reference data.

`python -m bench.store N` prints the rows alone; FULL=1 in `make bench` means 10,000,000.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from bench.reference.bare_insert import Bare
from bench.reference.bare_insert import rows as bare_rows
from bench.rows import Row, at_least, at_most
from config import StalenessSettings, StoreSettings
from data.seed import reference_spans
from data.store import Store

BATCH = 5_000
CHUNK = 50_000  # spans made beforehand, so that making them is not measured
DECILES = 10


@dataclass
class Build:
    """What a build cost, chunk by chunk, in CPU seconds of this process."""

    spans: int = 0
    bytes: int = 0
    store: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Rows per second of the store, as a share of the bare insert's; median of the chunks."""
        ratios = sorted(bare / store for bare, store in zip(self.bare, self.store, strict=True))
        return ratios[len(ratios) // 2]

    @property
    def fall(self) -> float:
        """Speed of the last tenth of the build, as a share of the first's; each beside its bare inserts."""
        tenth = max(1, len(self.store) // DECILES)
        first = sum(self.bare[:tenth]) / sum(self.store[:tenth])
        last = sum(self.bare[-tenth:]) / sum(self.store[-tenth:])
        return last / first


def build(folder: Path, spans: int, now_ns: int) -> Build:
    """Fills a store, with a bare insert of the same spans beside it."""
    taken = Build(spans)
    stream = reference_spans(spans, 1, now_ns)
    began_ns = time.process_time_ns()

    def clock() -> int:
        """Goes on only while this process works: what else the machine does must not bring flushes on."""
        return now_ns + time.process_time_ns() - began_ns

    store = Store.open(folder / "db", StoreSettings(max_bytes=10**12), StalenessSettings(), clock)
    bare = Bare(folder / "bare.db")
    while chunk := list(islice(stream, CHUNK)):
        rows = bare_rows(chunk)
        gc.collect()
        gc.freeze()
        began = bare.seconds
        bare.insert(rows)
        taken.bare.append(bare.seconds - began)
        began = time.process_time()
        for at in range(0, len(chunk), BATCH):
            store.write(chunk[at : at + BATCH])
        taken.store.append(time.process_time() - began)
        gc.unfreeze()
    began = time.process_time()
    store.close()
    taken.store[-1] += time.process_time() - began
    bare.close()
    taken.bytes = sum(file.stat().st_size for file in (folder / "db").iterdir())
    return taken


def rows(spans: int) -> list[Row]:
    """The rows of docs/benchmarks.md."""
    with tempfile.TemporaryDirectory() as folder:
        taken = build(Path(folder), spans, time.time_ns())
    batches = f"commits of {BATCH:,}; CPU of the process, whose clock flushes derived tables each second"
    return [
        at_least(
            "store write path, everything on, beside a bare insert", taken.ratio, 0.20, 0.40,
            f"{batches}; median of chunks of {CHUNK:,}, each beside a bare insert of the same spans",
        ),
        at_least(
            "ingest in the last tenth of the build, beside the first", taken.fall, 0.8, 0.95,
            "each as a share of the bare inserts beside it",
        ),
        at_most(
            "bytes per span on disk", taken.bytes / taken.spans, 350, 220,
            "all files of the folder after closing, dictionaries, text index and rollups included", "B",
        ),
    ]  # fmt: skip


def main() -> None:
    """Prints the rows for the given number of spans."""
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000):
        print(f"{row.what}: {row.measured} (hold {row.hold}, reach for {row.reach})")  # noqa: T201


if __name__ == "__main__":
    main()
