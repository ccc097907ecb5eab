"""`flowglass run`: the program behaves as it does without, and is traced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flowglass.conftest import ROOT
from tests.flowglass.sink import Sink

MAIN = """
import sys
from parts.prices import price

def total(items):
    return sum(price(item) for item in items)

class Shop:
    def open(self):
        return total(["tea", "milk"])

if __name__ == "__main__":
    print(sys.argv, __name__, __spec__ is None, sys.path[0])
    print(Shop().open())
    if "fail" in sys.argv:
        total([None])
    if "exit" in sys.argv:
        sys.exit(7)
    if "interrupt" in sys.argv:
        raise KeyboardInterrupt
"""
PACKAGE_MAIN = """
import sys
from parts.prices import price
def start(): return price("x")
print(sys.argv, __name__, __package__, start())
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program with a package and a library of somebody else."""
    (tmp_path / "shop.py").write_text(MAIN)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "__init__.py").write_text("")
    (tmp_path / "parts" / "__main__.py").write_text(PACKAGE_MAIN)
    (tmp_path / "parts" / "prices.py").write_text("def price(item):\n    return len(item)\n")
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "foreign.py").write_text("def foreign():\n    return 1\n")
    (tmp_path / "uses.py").write_text(
        "import sys\nsys.path.append('site-packages')\n"
        "import foreign, json\nforeign.foreign()\njson.dumps(1)\n"
    )
    return tmp_path


@pytest.fixture
def run(folder: Path, server: Sink) -> Run:
    """Runs Python with arguments in the folder, sending to `server`."""

    def running(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
        given = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": server.url,
            **env,
        }
        command = [sys.executable, *args]
        return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=120)

    return running


@pytest.mark.parametrize(
    "args",
    [["shop.py"], ["shop.py", "a", "-m", "--level", "b"], ["shop.py", "fail"], ["shop.py", "exit"],
     ["shop.py", "interrupt"], ["-m", "parts", "x"], ["-m", "parts.prices"], ["-m", "shop", "fail"]],
    ids=" ".join,
)  # fmt: skip
def test_a_program_says_and_ends_as_without(run: Run, args: list[str]) -> None:
    before, after = run(*args), run("-m", "flowglass", "run", *args)
    assert after.stdout == before.stdout
    assert after.returncode == before.returncode
    assert after.stderr.replace("<frozen runpy>", "") == without_runpy(before.stderr)


def without_runpy(text: str) -> str:
    """A traceback without the two frames in which Python itself starts a module."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if "<frozen runpy>" not in line)


def test_its_own_functions_are_traced(run: Run, server: Sink) -> None:
    run("-m", "flowglass", "run", "shop.py")
    assert [(one.scope, one.name) for one in server.spans] == [
        ("parts.prices", "price"), ("parts.prices", "price"),
        ("__main__", "total"), ("__main__", "Shop.open"),
    ]  # fmt: skip
    assert {one.resource["service.name"] for one in server.spans} == {"shop"}
    assert server.spans[-1].value("return") == 7


def test_a_module_is_traced_too(run: Run, server: Sink) -> None:
    run("-m", "flowglass", "run", "-m", "parts")
    assert [one.name for one in server.spans] == ["price", "start"]
    assert server.spans[0].resource["service.name"] == "parts"


def test_libraries_are_not_traced_unless_they_are_named(run: Run, server: Sink) -> None:
    run("-m", "flowglass", "run", "uses.py")
    assert not server.spans
    run("-m", "flowglass", "run", "--include", "foreign", "uses.py")
    assert [one.name for one in server.spans] == ["foreign"]


def test_options_reach_the_tracer(run: Run, server: Sink) -> None:
    run("-m", "flowglass", "run", "--service", "till", "--level", "timing", "--exclude", "parts*", "shop.py")
    assert [one.name for one in server.spans] == ["total", "Shop.open"]
    assert server.spans[0].resource["service.name"] == "till"
    assert server.spans[0].value("arg.items") is None


def test_the_environment_names_the_service(run: Run, server: Sink) -> None:
    run("-m", "flowglass", "run", "shop.py", OTEL_SERVICE_NAME="corner")
    assert server.spans[0].resource["service.name"] == "corner"


def test_a_script_that_is_not_there_is_said_in_one_line(run: Run) -> None:
    done = run("-m", "flowglass", "run", "nope.py")
    assert done.returncode == 2
    assert done.stderr == "flowglass: can't open file 'nope.py'\n"


def test_a_module_that_is_not_there_is_said_in_one_line(run: Run) -> None:
    done = run("-m", "flowglass", "run", "-m", "nope.deeper")
    assert done.returncode != 0
    assert "nope" in done.stderr and "Traceback" not in done.stderr


def test_an_interrupted_program_ends_by_that_signal(run: Run) -> None:
    assert run("-m", "flowglass", "run", "shop.py", "interrupt").returncode == -signal.SIGINT


def test_disabled_it_just_runs(run: Run, server: Sink) -> None:
    assert run("-m", "flowglass", "run", "shop.py", OTEL_SDK_DISABLED="true").returncode == 0
    assert not server.requests


def test_the_version_is_told(run: Run) -> None:
    assert run("-m", "flowglass", "--version").stdout.startswith("flowglass 0.")
