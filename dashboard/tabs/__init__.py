"""The tabs, in their order. Removing one is removing its four files and its line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dash.development.base_component import Component

from dashboard.tabs import alerts, code, overview, traces
from dashboard.url import PATHS, PageState

if TYPE_CHECKING:
    from config import Settings


@dataclass(frozen=True)
class Tab:
    """One tab: its feature flag and key, its names, its icon on a phone, its key after `g`."""

    key: str
    title: str
    short: str
    icon: str
    letter: str
    layout: Callable[[Settings, PageState], Component]  # as it is mounted with a URL
    keys: tuple[tuple[str, str], ...] = ()  # that work on this tab alone

    @property
    def path(self) -> str:
        return PATHS[self.key]


TABS = (
    Tab("overview", "Overview", "Overview", "speedometer2", "o", overview.layout),
    Tab("traces", "Trace Explorer", "Traces", "list-nested", "t", traces.layout, traces.KEYS),
    Tab("code", "Code Inspector", "Code", "code-slash", "c", code.layout, (("f", "Find a function"),)),
    Tab("alerts", "Alerts", "Alerts", "bell", "a", alerts.layout, alerts.KEYS),
)


def enabled(settings: Settings) -> tuple[Tab, ...]:
    """The tabs that are switched on."""
    return tuple(tab for tab in TABS if getattr(settings.features, tab.key))
