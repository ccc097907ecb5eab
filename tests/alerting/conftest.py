"""Time enough to read the past, however busy the machine: tests that are about cutting off say so."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("alerting.regression", "queries.alert_rows"):
        monkeypatch.setattr(f"{module}.SECONDS", 120.0)
