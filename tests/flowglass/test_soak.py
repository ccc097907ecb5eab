"""Minutes long, from the package registry: the installed tracer, foreign test suites, a foreign back end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.tracer_sink import Sink as CountingSink
from tests.flowglass.conftest import ROOT
from tests.flowglass.sink import Sink
from tests.support.ports import free_port
from tests.support.wait import wait_until

pytestmark = pytest.mark.soak
INSTALL_SECONDS, SUITE_SECONDS = 600, 900
# Well-known pure-Python packages whose source archives carry their tests: name, version, where the code is.
SUITES = [("itsdangerous", "2.2.0", "src"), ("idna", "3.20", "."), ("click", "8.5.1", "src")]
BACK_END = "arize-phoenix==20.26.1"


def run(command: Sequence[str | Path], cwd: Path, seconds: int = INSTALL_SECONDS, **env: str) -> str:
    """What a command prints; it must end well."""
    given = {"PATH": os.environ["PATH"], "HOME": str(cwd), "PYTHONDONTWRITEBYTECODE": "1", **env}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=given, capture_output=True, text=True, timeout=seconds
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def pip(python: Path, *args: str | Path, cwd: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP"))}
    return run([python, "-m", "pip", *args], cwd, **kept)


def venv(folder: Path) -> Path:
    """The interpreter of a new environment."""
    run([sys.executable, "-m", "venv", folder], folder.parent)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with what `pip install ./` brings."""
    folder = tmp_path_factory.mktemp("installed")
    # A copy: a build leaves folders behind.
    copy = folder / "checkout"
    shutil.copytree(ROOT / "flowglass", copy / "flowglass", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    python = venv(folder / "venv")
    pip(python, "install", "-q", copy, cwd=folder)
    return python


def test_installing_brings_the_tracer_and_its_command_only(installed: Path, tmp_path: Path) -> None:
    packages = json.loads(pip(installed, "list", "--format", "json", cwd=tmp_path))
    assert {one["name"] for one in packages} - {"pip", "setuptools"} == {"flowglass"}
    assert run([installed.parent / "flowglass", "--version"], tmp_path).startswith("flowglass 0.")
    places = run([installed, "-c", "import flowglass; print(flowglass.__path__[0])"], tmp_path)
    files = {path.name for path in Path(places.strip()).iterdir()}
    assert {"py.typed", "redact.py"} <= files
    assert not {"dashboard", "collector", "demo"} & {
        path.name for path in Path(places.strip()).parent.iterdir()
    }


def test_a_notebook_of_ipython_is_traced(installed: Path, tmp_path: Path, server: Sink) -> None:
    python = venv(tmp_path / "venv")
    pip(python, "install", "-q", "ipython", cwd=tmp_path)
    cells = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in ("%load_ext flowglass", "def total(n):\\n    return n + 1", "print(total(2))"):
    shell.run_cell(cell).raise_error()
"""
    env = {"PYTHONPATH": str(ROOT), "OTEL_EXPORTER_OTLP_ENDPOINT": server.url}
    assert run([python, "-c", cells], tmp_path, **env).strip().endswith("3")
    assert [(one.name, one.value("return")) for one in server.spans] == [("total", 3)]


def outcomes(report: Path) -> dict[str, str]:
    """How each test of a JUnit report ended."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        ended = [part.tag for part in case if part.tag in ("failure", "error", "skipped")]
        found[f"{case.get('classname')}::{case.get('name')}"] = ended[0] if ended else "passed"
    return found


@pytest.fixture(scope="module")
def suite_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suites")
    python = venv(folder / "venv")
    needed = [
        "pytest",
        "freezegun",
        "hypothesis",
        *(f"{name}=={version}" for name, version, _where in SUITES),
    ]
    pip(python, "install", "-q", *needed, cwd=folder)
    return python


@pytest.mark.parametrize(("name", "version", "where"), SUITES, ids=lambda value: str(value))
def test_a_foreign_suite_ends_as_without(
    suite_python: Path, tmp_path: Path, name: str, version: str, where: str
) -> None:
    # Fetched as it is, not built: only its files are wanted.
    pip(
        suite_python, "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", tmp_path,
        f"{name}=={version}", cwd=tmp_path,
    )  # fmt: skip
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    folder = tmp_path / f"{name}-{version}"
    with CountingSink() as sink:
        env = {"PYTHONPATH": f"{folder / where}:{ROOT}", "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url}
        reports = []
        for label, traced in (("plain", []), ("traced", ["-m", "flowglass", "run"])):
            report = tmp_path / f"{label}.xml"
            pytest_args = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", "--junitxml", report]
            run([suite_python, *traced, *pytest_args], folder, SUITE_SECONDS, **env)
            reports.append(outcomes(report))
        assert sink.count() > 0, "nothing was traced"
    plain, traced_too = reports
    assert len(plain) > 100
    assert traced_too == plain


@pytest.fixture
def phoenix(tmp_path: Path) -> Iterator[str]:
    """Another OTLP back end, from the package registry."""
    python = venv(tmp_path / "venv")
    pip(python, "install", "-q", BACK_END, cwd=tmp_path)
    port = free_port()
    env = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PHOENIX_WORKING_DIR": str(tmp_path / "data"),
        "PHOENIX_HOST": "127.0.0.1", "PHOENIX_PORT": str(port), "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }  # fmt: skip
    with (tmp_path / "phoenix.log").open("w") as log:
        process = subprocess.Popen([python.parent / "phoenix", "serve"], env=env, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: answers(f"{url}/healthz"), "the back end is up")
            yield url
        finally:
            process.terminate()
            process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_another_back_end_takes_what_is_sent(phoenix: str, tmp_path: Path) -> None:
    program = """
import flowglass
@flowglass.trace
def outer(n): return inner(n)
@flowglass.trace
def inner(n): raise ValueError("no")
try: outer(1)
except ValueError: pass
assert flowglass.flush(30)
assert flowglass.stats()["sent"] == 2 and flowglass.stats()["dropped"] == 0, flowglass.stats()
"""
    run([sys.executable, "-c", program], tmp_path, PYTHONPATH=str(ROOT), OTEL_EXPORTER_OTLP_ENDPOINT=phoenix)

    def stored() -> list[dict[str, object]]:
        with urllib.request.urlopen(f"{phoenix}/v1/projects/default/spans", timeout=30) as answer:
            return list(json.load(answer)["data"])

    wait_until(lambda: len(stored()) == 2, "both spans are stored")
    spans = {str(one["name"]): one for one in stored()}
    outer_context, inner = spans["outer"]["context"], spans["inner"]
    assert isinstance(outer_context, dict)
    assert inner["parent_id"] == outer_context["span_id"]
    assert {one["status_code"] for one in spans.values()} == {"ERROR"}
