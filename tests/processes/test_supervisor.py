"""The supervisor with small children of its own: ready, restart, failed start, stop, and sudden death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes.supervisor import describe
from tests.support.running import ROOT
from tests.support.wait import wait_until

PROGRAM = """
import json, logging, sys
from processes.supervisor import Child, Supervisor
logging.basicConfig(level="INFO")
children = [Child(name, arguments) for name, arguments in json.loads(sys.argv[1])]
sys.exit(Supervisor(children, lambda: print("ready", flush=True)).run())
"""
# A child that follows the rules: says ready, notes its pid, ends on SIGTERM or with its supervisor.
GOOD = """
import os, signal, sys
from pathlib import Path
from processes.child import Ties
options = dict(zip(sys.argv[2::2], map(int, sys.argv[3::2])))
ties = Ties(options["--life-fd"], options["--ready-fd"])
ties.watch_parent()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with Path(sys.argv[1]).open("a") as file:
    file.write(f"{os.getpid()}\\n")
ties.say_ready()
while True:
    signal.pause()
"""
DEAF = GOOD.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")
# Starts a grandchild that outlives it unless the whole group is ended.
PARENT = GOOD.replace(
    "ties.say_ready()", "import subprocess; subprocess.Popen(['sleep', '1000']); ties.say_ready()"
)


class Run:
    """A supervisor with the given children, in a process of its own."""

    def __init__(self, folder: Path, **programs: str) -> None:
        self.folder = folder
        children = [[name, ["-c", program, str(folder / name)]] for name, program in programs.items()]
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps(children)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> Run:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        return self

    def pids(self, name: str) -> list[int]:
        file = self.folder / name
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

    def finish(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.process.terminate()
        run.finish()


def start(runs: list[Run], folder: Path, **programs: str) -> Run:
    runs.append(Run(folder, **programs))
    return runs[-1]


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_every_child_and_exits_with_zero(
    runs: list[Run], tmp_path: Path, number: signal.Signals
) -> None:
    run = start(runs, tmp_path, one=GOOD, two=GOOD).ready()
    run.process.send_signal(number)
    code, _ = run.finish()
    assert code == 0
    assert not alive(run.pids("one")[0])
    assert not alive(run.pids("two")[0])


def test_a_killed_child_comes_back_and_the_other_stays(runs: list[Run], tmp_path: Path) -> None:
    run = start(runs, tmp_path, one=GOOD, two=GOOD).ready()
    os.kill(run.pids("one")[0], signal.SIGKILL)
    wait_until(lambda: len(run.pids("one")) == 2, "second start of the killed child")
    assert len(run.pids("two")) == 1
    run.process.terminate()
    code, errors = run.finish()
    assert code == 0
    assert "one ended (signal SIGKILL), starting it again in 0.2 s" in errors


def test_a_child_that_dies_again_and_again_is_started_ever_more_slowly(
    runs: list[Run], tmp_path: Path
) -> None:
    run = start(runs, tmp_path, one=GOOD).ready()
    for count in (1, 2, 3):
        wait_until(lambda count=count: len(run.pids("one")) == count, f"start {count}")
        os.kill(run.pids("one")[-1], signal.SIGKILL)
    wait_until(lambda: len(run.pids("one")) == 4, "start 4")
    run.process.terminate()
    _, errors = run.finish()
    waits = [line.rsplit(" in ")[-1] for line in errors.splitlines() if "starting it again" in line]
    assert waits == ["0.2 s", "0.4 s", "0.8 s"]


def test_a_child_that_cannot_start_ends_the_start_with_its_own_code(runs: list[Run], tmp_path: Path) -> None:
    run = start(runs, tmp_path, one=GOOD, two="import sys; sys.exit(3)")
    code, errors = run.finish()
    assert code == 3
    assert "ended before" not in errors
    assert not any(alive(pid) for pid in run.pids("one"))


def test_a_child_that_crashes_at_the_start_is_named(runs: list[Run], tmp_path: Path) -> None:
    run = start(runs, tmp_path, one=GOOD, two="import os; os.abort()")
    code, errors = run.finish()
    assert code == 1
    assert "two ended before it was ready (signal SIGABRT)" in errors


def test_a_child_that_ignores_the_signal_is_ended_all_the_same(runs: list[Run], tmp_path: Path) -> None:
    run = start(runs, tmp_path, one=DEAF).ready()
    run.process.send_signal(signal.SIGINT)
    assert run.finish()[0] == 0
    assert not alive(run.pids("one")[0])


def test_what_a_child_started_ends_with_it(runs: list[Run], tmp_path: Path) -> None:
    run = start(runs, tmp_path, one=PARENT).ready()
    child = run.pids("one")[0]
    grandchild = int(Path(f"/proc/{child}/task/{child}/children").read_text())
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: len(run.pids("one")) == 2, "second start")
    assert not alive(grandchild)


def test_children_end_when_the_supervisor_is_killed(runs: list[Run], tmp_path: Path) -> None:
    run = start(runs, tmp_path, one=GOOD, two=GOOD).ready()
    run.process.kill()
    run.finish()
    wait_until(
        lambda: not alive(run.pids("one")[0]) and not alive(run.pids("two")[0]), "end of both children"
    )


@pytest.mark.parametrize(
    ("code", "words"), [(0, "exit code 0"), (3, "exit code 3"), (-9, "signal SIGKILL"), (-99, "signal 99")]
)
def test_an_exit_code_reads_as_words(code: int, words: str) -> None:
    assert describe(code) == words
