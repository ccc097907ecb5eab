"""Who may import whom, read from the source; and that importing does nothing."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import ROOT, clean_environment
from tests.support.source import OURS, Module, modules

ALL = OURS
STATUS = "live.collector_status"  # the record of what the collector says of itself
# The direction of dependencies: what a package may import of ours, itself aside.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "app": ALL,
    "bench": ALL,
    "commands": ALL,
    "config": frozenset({"config_sources"}),
    "config_sources": frozenset(),
    "logs": frozenset(),
    "processes": frozenset({"data.lock", "flowglass"}),
    "data": frozenset({"config"}),
    "queries": frozenset({"data", "config"}),
    "collector": frozenset({"data", "flowglass.redact", "config"}),
    "alerting": frozenset({"queries", "data", "flowglass.redact", "config"}),
    "jobs": frozenset({"data", "queries", "alerting", "config"}),
    "live": frozenset({"queries", "config"}),
    "api": frozenset({"queries", "alerting", "data", "config", STATUS}),
    "dashboard": frozenset({"queries", "alerting", "config", STATUS}),
    "callbacks": frozenset({"dashboard", "live", "queries", "alerting", "data", "config"}),
    "flowglass": frozenset(),
    "demo": frozenset({"flowglass"}),
}
# Two files wire a process together and so know more than their package.
WIRING: dict[str, frozenset[str]] = {
    "collector.main": frozenset({"jobs"}),
    "dashboard.app": frozenset({"callbacks", "api", "live", "flowglass.redact"}),
}
PAGE_LIBRARIES = frozenset({"dash", "dash_bootstrap_components", "flask", "plotly"})
WITHOUT_PAGE = frozenset({"queries", "data", "collector", "alerting", "jobs"})
DRIVERS = frozenset({"sqlite3", "pysqlite3", "apsw", "sqlite_utils"})
WITHOUT_DRIVER = frozenset(
    {"callbacks", "dashboard", "api", "live", "alerting", "collector", "jobs", "queries"}
)
# Modules of these places are siblings on one level: what two of them need moves one level down.
SUBJECTS: dict[str, frozenset[str]] = {
    "queries": frozenset({"traces", "overview", "code", "stale", "health"}),
    "dashboard.tabs": frozenset({"overview", "traces", "code", "alerts"}),
    "callbacks": frozenset({"overview", "traces", "code", "alerts"}),
}
READS_ENVIRONMENT = frozenset({"config", "flowglass", "demo", "bench"})

MODULES = modules()


def ours(name: str) -> bool:
    return name.split(".")[0] in OURS


def permitted(module: Module, name: str) -> bool:
    """Whether the rules let this module import that name."""
    package = name.split(".")[0]
    allowed = MAY_IMPORT[module.package] | WIRING.get(module.name, frozenset())
    if package == module.package or package in allowed:
        return True
    return any(name == one or name.startswith(f"{one}.") or one.startswith(f"{name}.") for one in allowed)


def by_name(module: Module) -> str:
    return module.name


@pytest.mark.parametrize("module", MODULES, ids=by_name)
def test_a_module_imports_only_what_its_place_may(module: Module) -> None:
    wrong = {name for name in module.imports() if ours(name) and not permitted(module, name)}
    assert not wrong


@pytest.mark.parametrize("module", [one for one in MODULES if one.package in WITHOUT_PAGE], ids=by_name)
def test_what_stores_and_reads_knows_nothing_of_the_page(module: Module) -> None:
    assert not {name for name in module.imports() if name.split(".")[0] in PAGE_LIBRARIES}


@pytest.mark.parametrize("module", [one for one in MODULES if one.package in WITHOUT_DRIVER], ids=by_name)
def test_only_the_store_knows_the_database_driver(module: Module) -> None:
    assert not {name for name in module.imports() if name.split(".")[0] in DRIVERS}


@pytest.mark.parametrize("module", [one for one in MODULES if one.package == "flowglass"], ids=by_name)
def test_the_tracer_needs_the_standard_library_only(module: Module) -> None:
    foreign = {name.split(".")[0] for name in module.imports()} - set(sys.stdlib_module_names) - {"flowglass"}
    assert not foreign


@pytest.mark.parametrize(
    ("place", "module"),
    [
        pytest.param(place, one, id=one.name)
        for place in SUBJECTS
        for one in MODULES
        if one.name.startswith(f"{place}.")
    ],
)
def test_subjects_of_one_level_do_not_import_each_other(place: str, module: Module) -> None:
    subject = module.name.removeprefix(f"{place}.")
    if subject not in SUBJECTS[place]:
        return
    siblings = {f"{place}.{other}" for other in SUBJECTS[place] - {subject}}
    assert not siblings & module.imports()


def test_jobs_do_not_import_each_other() -> None:
    jobs = {one.name for one in MODULES if one.package == "jobs"} - {"jobs", "jobs.schedule", "jobs.watching"}
    sideways = {one.name: jobs & one.imports() - {one.name} for one in MODULES if one.name in jobs}
    assert not {name: found for name, found in sideways.items() if found}


def test_every_package_is_under_a_rule() -> None:
    assert set(MAY_IMPORT) == OURS
    folders = {path.parent.name for path in ROOT.glob("*/*.py")} - {"tests", ".venv"}
    assert folders <= OURS


@pytest.mark.parametrize(
    "module", [one for one in MODULES if one.package not in READS_ENVIRONMENT], ids=by_name
)
def test_only_config_reads_the_environment(module: Module) -> None:
    reads = [
        f"line {node.lineno}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert not reads


IMPORTING = """
import importlib, json, os, sys, threading
sys.dont_write_bytecode = True
seen = []
WATCHED = {"socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen", "os.mkdir", "os.fork"}
def watch(event, arguments):
    writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if event in WATCHED or (writing and arguments[0] != os.devnull):
        seen.append([event, repr(arguments[:2])])
sys.addaudithook(watch)
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps([seen, [thread.name for thread in threading.enumerate()]]))
"""


def test_importing_everything_opens_nothing_and_starts_no_thread() -> None:
    names = [one.name for one in MODULES if not one.name.endswith("__main__")]
    answer = subprocess.run(
        [sys.executable, "-c", IMPORTING, json.dumps(names)],
        cwd=ROOT,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    opened, threads = json.loads(answer.stdout)
    assert opened == []
    assert threads == ["MainThread"]


def test_control_db_is_opened_without_pandas(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from data.control import Control\n"
        "Control.open(Path(sys.argv[1])).close()\n"
        "assert 'pandas' not in sys.modules\n"
        "import pandas  # whoever does need it gets it"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        check=True,
    )
