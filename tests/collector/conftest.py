"""One collector for tests that only ask, and its store opened for reading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.collecting import RunningCollector


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A running collector that nobody stops."""
    with RunningCollector(
        tmp_path_factory.mktemp("asked"), FLOWGLASS_COLLECTOR__MAX_REQUEST_BYTES="200000"
    ) as run:
        yield run
