"""A writer and a reader in two processes: what is acknowledged is seen at once, and nothing half done."""

from __future__ import annotations

import os
from pathlib import Path

from data.segment import arrival_ids
from data.sqlite import connect_reader
from tests.data.made import DAY_NS, NOON_NS, SECOND_NS, call, opened

ROUNDS = 60
ROWS = 100


def write_rounds(folder: Path, said: int, heard: int) -> None:
    """Writes, tells how many spans there are, and waits for the other's nod now and then."""
    with opened(folder) as store:
        for at in range(ROUNDS):
            start = NOON_NS + (at % 3) * DAY_NS + at * SECOND_NS
            store.write(
                [call(start + each, f"v{at}", f"name{at}")._replace(name=f"p{at}") for each in range(ROWS)]
            )
            os.write(said, b".")
            os.read(heard, 1)


def read_everything(folder: Path) -> tuple[int, int, int]:
    """Spans in segments, spans in arrivals, and spans that name something unknown."""
    main = connect_reader(folder / "main.db")
    names = {row[0] for row in main.execute("SELECT id FROM process")}
    data = {row[0] for row in main.execute("SELECT id FROM data_name")}
    spans = unknown = arrived = 0
    known: dict[int, set[int]] = {}
    for id_, name in main.execute("SELECT id, name FROM segment").fetchall():
        segment = connect_reader(folder / name)
        rows = segment.execute("SELECT id, process, data FROM span").fetchall()
        known[id_] = {row[0] for row in rows}
        spans += len(rows)
        unknown += sum(process not in names or datum not in data for _, process, datum in rows)
        segment.close()
    for segment_id, ids in main.execute("SELECT segment_id, ids FROM arrivals"):
        arrived += len(arrival_ids(ids))
        assert set(arrival_ids(ids).tolist()) <= known[segment_id]
    main.close()
    return spans, arrived, unknown


def test_a_reader_sees_each_acknowledged_span_at_once_and_whole(tmp_path: Path) -> None:
    said_r, said_w = os.pipe()
    heard_r, heard_w = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            write_rounds(tmp_path, said_w, heard_r)
            code = 0
        finally:
            os._exit(code)
    for at in range(1, ROUNDS + 1):
        os.read(said_r, 1)
        assert read_everything(tmp_path) == (at * ROWS, at * ROWS, 0)
        os.write(heard_w, b".")
    assert os.waitpid(pid, 0)[1] == 0
    for one in (said_r, said_w, heard_r, heard_w):
        os.close(one)


def test_a_reader_that_keeps_an_old_view_stops_nobody(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([call(NOON_NS, 1)])
        reader = connect_reader(next(tmp_path.glob("spans-*.db")))
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM span").fetchone() == (1,)
        for at in range(1, 30):
            store.write([call(NOON_NS + at * SECOND_NS + each, "x" * 4_000) for each in range(200)])
        store.checkpoint()
        assert reader.execute("SELECT count(*) FROM span").fetchone() == (1,)
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM span").fetchone() == (1 + 29 * 200,)
        reader.close()
