"""Fixtures that start the real thing: Flowglass on free ports, browsers that must leave a clean console."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from selenium.webdriver.chrome.options import Options

# A commit that must outlast a power cut waits for the disk, 5 ms and more, and some tests make hundreds. None
# cuts the power: what they write lies in memory, where there is room for it.
MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 2**30
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# A busy machine makes an example slow; that is no finding of a test that asserts behaviour.
hypothesis.settings.register_profile("flowglass", deadline=None)
hypothesis.settings.load_profile("flowglass")
pytest.register_assert_rewrite("tests.support")

from tests.support import running  # noqa: E402
from tests.support.browser import Browsers, chromium  # noqa: E402
from tests.support.running import Flowglass  # noqa: E402

# Files that take long come first: one worker that ends with the longest of them would end alone.
SLOW = (
    "browser", "collector", "commands", "demo", "processes", "test_app", "alerting/test_end_to_end",
    "queries/test_overview", "queries/test_traces.py",
)  # fmt: skip
# What only runs in processes of its own is measured by these.
MEASURED = ("commands/test_look", "jobs", "processes", "test_app", "collector/test_main")
TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files first, each whole."""
    items.sort(key=lambda item: not _is_among(item.path, SLOW))


def _is_among(file: Path, names: tuple[str, ...]) -> bool:
    return file.relative_to(TESTS).as_posix().startswith(names)


@pytest.fixture(scope="module", autouse=True)
def _measured(request: pytest.FixtureRequest) -> None:
    """Whether what the tests of this file start counts for coverage."""
    running.measured = _is_among(request.path, MEASURED)


def pytest_setup_options() -> Options:
    """What dash[testing] starts Chromium with."""
    return chromium()


@pytest.fixture
def start_flowglass(tmp_path: Path) -> Iterator[Callable[..., Flowglass]]:
    """Starts Flowglass and waits until it is ready; every one started is stopped at the end."""
    started: list[Flowglass] = []

    def start(**options: object) -> Flowglass:
        folder = tmp_path / f"flowglass-{len(started)}"
        started.append(Flowglass(folder, **options))  # type: ignore[arg-type]
        return started[-1].start()

    yield start
    for one in started:
        one.end()


@pytest.fixture
def browsers(tmp_path: Path) -> Iterator[Browsers]:
    """Opens browsers that share nothing; at the end each must have a clean console."""
    opened = Browsers(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared_flowglass(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    """One Flowglass for tests that only ask and never stop it."""
    with Flowglass(tmp_path_factory.mktemp("shared")) as running:
        yield running
