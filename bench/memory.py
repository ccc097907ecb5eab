"""How much a process grows that asks a store everything the page asks: run apart, with nothing else in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.rows import Row, at_most
from queries import code, overview, traces
from queries.base import MAX_RANGE_NS, Reader, TimeRange
from queries.filters import parse
from queries.search import search

MB = 1e6
HOUR_NS = 3_600 * 10**9
FILTERS = (
    "", "status:error", "duration:>250ms", "group:=orders", "process:save", "value:>1000", "is:root", "zzz",
    "attr.http.route:nowhere",
)  # fmt: skip


def rows(folder: Path, now_ns: int) -> list[Row]:
    """The row of docs/benchmarks.md for the store in `folder`."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.memory", str(folder), str(now_ns)],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    how = f"resident memory of a process of its own, before it opens the store and after {len(FILTERS)} "
    return [
        at_most(
            "growth of a reader of this store", float(said.stdout), 250, 125,
            how + "filters, two searches, Overview and functions over 1 h, 24 h and 30 d", "MB",
        )
    ]  # fmt: skip


def resident() -> float:
    """Bytes of this process that lie in memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1]) * 1024
    return 0.0


def ask_everything(reader: Reader, now_ns: int) -> None:
    """What somebody who looks at everything asks."""
    for length in (HOUR_NS, 24 * HOUR_NS, MAX_RANGE_NS - 1):
        range = TimeRange(now_ns - length, now_ns)
        for text in FILTERS:
            traces.find_spans(reader, parse(text), range)
        for words in ("price", "ba"):
            search(reader, words, range)
        overview.vital_signs(reader, range)
        overview.recent_errors(reader, range)
        overview.group_totals(reader, range)
        for function in code.functions(reader, limit=5):
            code.function_stats(reader, function.group, function.name, function.scope, range)


def main() -> None:
    """Prints the growth in MB."""
    folder, now_ns = Path(sys.argv[1]), int(sys.argv[2])
    before = resident()
    reader = Reader.open(folder)
    ask_everything(reader, now_ns)
    print((resident() - before) / MB)  # noqa: T201
    reader.close()


if __name__ == "__main__":
    main()
