"""`import` and `export`: what goes out comes in the same, beside a running Flowglass or without one."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from queries import filters, traces
from queries.base import Reader, TimeRange
from tests.support.collecting import RunningCollector
from tests.support.command import app_py, command, refusal
from tests.support.otlp import ask, request, send, span
from tests.support.running import Flowglass

DAY = 86_400 * 10**9
OLD = 1_600_000_000_000_000_000  # long before anything is kept
Start = Callable[..., Flowglass]


def folder(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made


def everything(data: Path) -> list[str]:
    """Every span stored of the last 30 days as OTLP, in a fixed order."""
    reader, end_ns = Reader.open(data), time.time_ns()
    try:
        page = traces.find_spans(reader, filters.EMPTY, TimeRange(end_ns - 30 * DAY, end_ns))
        details = [traces.span_detail(reader, row.trace_id, row.span_id) for row in page.rows]
        return sorted(json.dumps(traces.otlp_json(one), sort_keys=True) for one in details if one)
    finally:
        reader.close()


@pytest.mark.parametrize("name", ["calls.jsonl", "calls.jsonl.gz"])
def test_what_is_exported_is_imported_the_same(tmp_path: Path, name: str) -> None:
    source, target = folder(tmp_path, "source"), folder(tmp_path, "target")
    command(source, "seed", 80, "--days", 1)
    file = tmp_path / name
    out = command(source, "export", file)
    assert out.returncode == 0, out.stderr
    assert out.stdout.splitlines()[-1] == f"80 calls in {file}"
    into = app_py(target, "import", file)
    assert into.returncode == 0, into.stderr
    assert into.stdout.splitlines()[-1] == "80 calls read, 80 stored"
    exported = everything(source / "db")
    assert len(exported) == 80
    assert everything(target / "db") == exported
    again = command(target, "import", file)
    assert again.stdout.splitlines()[-1] == "80 calls read, 0 stored, 80 were known already"


def test_only_what_matches_is_exported(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    with RunningCollector(tmp_path) as run:
        send(run.url, [span("good"), span("bad", error="no such luck")])
        assert app_py(tmp_path, "export", file, "--q", "status:error").returncode == 0
        (line,) = file.read_bytes().splitlines()
        assert orjson.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"] == "bad"
        assert "is there already; say --overwrite" in refusal(command(tmp_path, "export", file))
        assert command(tmp_path, "export", file, "--overwrite", "--to", "2020-01-01").returncode == 0
    assert file.read_bytes() == b""


def test_a_trace_taken_from_the_page_is_a_file_that_import_reads_back(
    start_flowglass: Start, tmp_path: Path
) -> None:
    run, trace = start_flowglass(), bytes(range(16))
    calls = [span("root", trace_id=trace, span_id=b"r" * 8, attributes={"n": 7, "flowglass.return": "a, b"})]
    calls += [span(f"call {at}", trace_id=trace, parent=b"r" * 8, error="x" * at) for at in range(3)]
    send(run.otlp, calls)
    kept = everything(run.folder / "db")
    assert len(kept) == 4
    send(run.otlp, [span("of another trace")])
    answer = ask(f"{run.page}/api/v1/export?format=otlp&q=trace:{trace.hex()}&name=trace-{trace.hex()}")
    file = tmp_path / f"trace-{trace.hex()}.otlp.json"
    assert file.name in answer.headers["Content-Disposition"]
    file.write_bytes(answer.body)
    target = folder(tmp_path, "target")
    assert command(target, "import", file).stdout.splitlines()[-1] == "4 calls read, 4 stored"
    assert everything(target / "db") == kept


def test_an_import_goes_through_the_running_collector(start_flowglass: Start, tmp_path: Path) -> None:
    run = start_flowglass()
    file = tmp_path / "capture.pb"
    file.write_bytes(request([span("from.the.file"), span("too.old", start_ns=OLD)]))
    answer = command(run.folder, "import", file, FLOWGLASS_OTLP_PORT=str(run.otlp_port))
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1] == "2 calls read, 1 stored"
    assert "1 refused: 1 rejected (too_old)" in answer.stderr
    rows = json.loads(ask(f"{run.page}/api/v1/traces").body)["rows"]
    assert [row["process"] for row in rows] == ["from.the.file"]


def test_an_import_beside_a_collector_that_cannot_be_found_says_so(tmp_path: Path) -> None:
    file = tmp_path / "capture.pb"
    file.write_bytes(request([span("lost")]))
    with RunningCollector(tmp_path):
        line = refusal(command(tmp_path, "import", file, FLOWGLASS_OTLP_PORT="1"))
    assert "no collector answers on 127.0.0.1:1" in line
    assert "set FLOWGLASS_OTLP_PORT" in line


def test_old_captures_are_refused_with_the_way_out_and_taken_when_shifted(tmp_path: Path) -> None:
    file = tmp_path / "old.pb.gz"
    old = [span("first", start_ns=OLD), span("second", start_ns=OLD + 10**9)]
    file.write_bytes(gzip.compress(request(old)))
    answer = command(tmp_path, "import", file)
    assert answer.returncode == 3
    assert answer.stderr.splitlines() == [
        "2 refused: the start is older than what is kept; --shift-to-now moves them"
    ]
    shifted = command(tmp_path, "import", file, "--shift-to-now")
    assert shifted.stdout.splitlines()[-1] == "2 calls read, 2 stored"
    first, second = (orjson.loads(line) for line in everything(tmp_path / "db"))
    starts = sorted(
        int(one["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["startTimeUnixNano"])
        for one in (first, second)
    )
    assert starts[1] - starts[0] == 10**9


def test_secrets_are_masked_on_the_way_in(tmp_path: Path) -> None:
    file = tmp_path / "capture.pb"
    file.write_bytes(request([span("login", attributes={"password": "hunter2"})]))
    command(tmp_path, "import", file)
    (stored,) = everything(tmp_path / "db")
    assert "hunter2" not in stored
    assert "masked" in stored


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "calls.jsonl", "--q", "("], "flowglass: "),
        (["export", "calls.jsonl", "--from", "2026-01-01", "--to", "2026-03-01"], "30 days"),
        (["export", "nowhere/calls.jsonl"], "cannot be written: No such file or directory"),
        (["import", "empty.json", "--shift-to-now"], "holds no call with a time"),
        (["import", "broken.json"], "is not JSON"),
    ],
)
def test_bad_input_is_told_in_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "empty.json").write_text('{"resourceSpans": []}')
    (tmp_path / "broken.json").write_text('{"resourceSpans": ')
    assert said in refusal(command(tmp_path, *arguments))
    assert not (tmp_path / "calls.jsonl").exists()
