"""The frame of the page: header bar, strip of vital signs, range and refresh controls, dock, stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash.development.base_component import Component

from dashboard import tabs
from dashboard.components import palette
from dashboard.components.marks import Children, attr, icon, icon_button, lamp
from dashboard.components.mounted import Mounted
from dashboard.components.store import Store
from dashboard.components.told import Told
from dashboard.components.view import View
from dashboard.components.when import zone_choice
from dashboard.ids import Live, Shell
from dashboard.light import dcc, html
from dashboard.url import PRESETS, PageState

if TYPE_CHECKING:
    from config import Settings
    from live.collector_status import CollectorStatus

CADENCES_MS = (5_000, 10_000, 30_000, 60_000)
THEMES = (("system", "As the system", "circle-half"), ("dark", "Dark", "moon"), ("light", "Light", "sun"))


def layout(settings: Settings) -> Component:
    """The whole page with no tab in it yet."""
    shown = tabs.enabled(settings)
    return html.Div(
        [
            *stores(settings, shown),
            html.A("Skip to content", href=f"#{Shell.CONTENT}", className="skip"),
            html.Header(
                [bar(shown), strip(settings.refresh.vital_seconds)],
                className="bezel",
                **attr(data_bs_theme="dark"),
            ),
            View(id=Shell.BANNER, className="banner", role="status", hidden=True),
            html.Main(id=Shell.CONTENT, tabIndex=-1),
            dock(shown),
            palette.palette(),
            palette.key_list(shown),
            html.Div(id=Shell.TOASTS, className="toasts", role="status", **attr(aria_live="polite")),
        ],
        id=Shell.MAIN,
        className="" if any(tab.key == "alerts" for tab in shown) else "no-alerts",
    )


def content(tab: tabs.Tab, settings: Settings, state: PageState) -> Children:
    """A tab as it is mounted. The Overview's verdict is its heading; the others get one that is only read."""
    heading = [] if tab.key == "overview" else [html.H1(tab.title, className="sr")]
    return [*heading, tab.layout(settings, state), Mounted()]


def stores(settings: Settings, shown: tuple[tabs.Tab, ...]) -> list[Component]:
    """What the parts of the page tell each other, and the one timer."""
    cadence = round(settings.refresh.vital_seconds * 1000)
    return [
        Told(Shell.FILTER, "url"),
        Store(id=Shell.ASKED),
        *[Store(id=Shell.wished(tab.key)) for tab in shown],
        Told(Shell.LATE, "late", False),
        Store(id=Shell.NAVIGATE),
        Store(id=Shell.TAB),
        Store(id=Shell.REFRESH, data=0),
        *[Store(id=id, data=0) for id in (Shell.REFRESH_SLOW, *Shell.LANES)],
        Store(id=Shell.POLL, data=0),
        Store(id=Live.NEW_ROWS),
        Told(Live.ERROR_EVENT, "error"),
        Told(Live.VITAL_SIGNS, "parts"),
        Told(Live.HEALTH_UPDATE, "parts"),
        Told(Live.OVERVIEW, "overviewNow"),
        Told(Live.ALERTS, "alerts"),
        Told(Shell.THEME, "theme"),
        Told(Shell.REFRESH_INTERVAL, "cadence", cadence),
        dcc.Interval(id=Shell.TIMER, interval=cadence),
    ]


def bar(shown: tuple[tabs.Tab, ...]) -> Component:
    """Logo, tabs, tools."""
    return html.Div([brand(), tab_bar(shown), tools()], className="bar")


def brand() -> Component:
    picture = html.Img(src="/assets/logo.svg", alt="", width=40, height=24)
    return dcc.Link(
        [picture, html.Span(["Flow", html.I("glass")])], href="/", className="brand", title="Flowglass"
    )


def tab_bar(shown: tuple[tabs.Tab, ...]) -> Component:
    links = [
        dcc.Link(
            [tab.title, *alerts_count(tab, Shell.ALERTS_COUNT)],
            id=Shell.tab_link(tab.key),
            href=tab.path,
            title=f"{tab.title}  g {tab.letter}",
            **attr(data_tab=tab.key),
        )
        for tab in shown
    ]
    return html.Nav(links, id=Shell.TABS, className="tabs", **attr(aria_label="Tabs"))


def dock(shown: tuple[tabs.Tab, ...]) -> Component:
    """The tabs on a phone."""
    links = [
        dcc.Link(
            [icon(tab.icon), tab.short, *alerts_count(tab, Shell.ALERTS_DOCK)],
            id=Shell.dock_link(tab.key),
            href=tab.path,
            **attr(data_tab=tab.key),
        )
        for tab in shown
    ]
    return html.Nav(links, id=Shell.DOCK, className="dock", **attr(aria_label="Tabs"))


def alerts_count(tab: tabs.Tab, id: str) -> list[Component]:
    """How many critical alerts fire, beside the Alerts tab; hidden while there is none."""
    if tab.key != "alerts":
        return []
    return [html.Span(id=id, className="count bad", title="critical alerts firing", hidden=True)]


def tools() -> Component:
    find = html.Button(
        [icon("search"), html.Span("Search everything"), html.Kbd("Ctrl K")],
        id=Shell.SEARCH,
        type="button",
        className="find",
        title="Search everything  Ctrl K",
    )
    return html.Div(
        [
            find,
            icon_button("search", "Search everything", look="only-s", **attr(data_search="1")),
            icon_button("link-45deg", "Copy link to this view  y", id=Shell.COPY),
            html.Div(
                [
                    icon_button(
                        "circle-half", "Theme", id=Shell.THEME_BUTTON, **menu_button(Shell.THEME_MENU)
                    ),
                    menu(Shell.THEME_MENU, "Theme", theme_items(), look="right"),
                ],
                className="pop",
            ),
            icon_button("question-lg", "Keys  ?", id=Shell.KEYS_BUTTON, look="kb"),
        ],
        className="tools",
    )


def strip(seconds: float) -> Component:
    """Vital signs left, time and refresh right; the same place on every tab."""
    return html.Div(
        [
            View(id=Shell.VITALS, className="vitals", role="group", **attr(aria_label="Vital signs")),
            health_control(),
            html.Div([range_control(), refresh_control(seconds)], className="ctl"),
        ],
        id=Shell.STRIP,
        className="strip",
    )


def health_control() -> Component:
    """Lamps of everything; pressed, the list with the reasons."""
    lamps = View(tag="span", id=Shell.SERVER_STATUS, className="row-x")
    button = html.Button(
        lamps, id=Shell.HEALTH, type="button", className="health", title="Health of everything",
        **menu_button(Shell.HEALTH_MENU),
    )  # fmt: skip
    return html.Div(
        [button, menu(Shell.HEALTH_MENU, "Health", View(id=Shell.HEALTH_LIST), look="health-menu")],
        className="pop hp",
    )


def range_control() -> Component:
    shown = html.Button(
        [
            html.Span(icon("clock"), className="only-l"),
            html.B("1h", id=Shell.RANGE_NAME),
            html.Span(id=Shell.RANGE_SPAN),
            html.Span(icon("caret-down-fill"), className="only-l"),
        ],
        id=Shell.RANGE,
        type="button",
        className="rng",
        title="Time range  t",
        **menu_button(Shell.RANGE_MENU),
    )
    segments = [
        arrow(Shell.EARLIER, "chevron-left", "Earlier", "["),
        shown,
        arrow(Shell.LATER, "chevron-right", "Later", "]"),
    ]
    return html.Div([html.Div(segments, className="seg"), range_menu()], className="pop")


def arrow(button_id: str, sign: str, label: str, key: str) -> Component:
    """One step of the range along time."""
    return html.Button(
        icon(sign), id=button_id, type="button", title=f"{label}  {key}", **attr(aria_label=label)
    )


def range_menu() -> Component:
    presets: list[Component] = [
        html.Button(f"Last {name}", type="button", className="mi", **attr(data_range=name))
        for name in PRESETS
    ]
    custom: list[Component] = [
        html.H3(["Custom, ", html.Span("UTC", className="zone-word")]),
        html.Label(["From", dcc.Input(id=Shell.CUSTOM_FROM, type="text", placeholder="2026-11-21T13:00")]),
        html.Label(["To", dcc.Input(id=Shell.CUSTOM_TO, type="text", placeholder="2026-11-21T14:00")]),
        html.Div(id=Shell.CUSTOM_ERROR, className="bad t1", role="alert"),
        html.Button("Show this range", id=Shell.CUSTOM_APPLY, type="button", className="btn-x pri"),
    ]
    custom += [html.H3("Times in"), html.Div(zone_choice(), className="zones")]
    parts: Children = [html.Div(presets, className="presets"), html.Div(custom, className="custom")]
    return menu(Shell.RANGE_MENU, "Time range", parts, look="right range-menu")


def refresh_control(seconds: float) -> Component:
    live = html.Button(
        [html.Span(className="pulse"), html.Span("Live", id=Shell.LIVE_WORD)],
        id=Shell.LIVE,
        type="button",
        className="on",
        title="Pause  .",
        **attr(aria_pressed="true"),
    )
    now = html.Button(
        [
            icon("arrow-clockwise"),
            html.Span(id=Shell.FRESH, className="age", **attr(data_every=f"{seconds:g}", data_word="")),
        ],
        id=Shell.REFRESH_NOW,
        type="button",
        title="Refresh now  r",
    )
    cadence = html.Button(
        icon("caret-down-fill"),
        id=Shell.CADENCE,
        type="button",
        title="How often",
        **menu_button(Shell.CADENCE_MENU),
        **attr(aria_label="How often"),
    )
    items = [
        html.Button(f"Every {ms // 1000} s", type="button", className="mi", **attr(data_cadence=str(ms)))
        for ms in CADENCES_MS
    ]
    off = html.Button("Paused", type="button", className="mi", **attr(data_cadence="0"))
    shown = menu(Shell.CADENCE_MENU, "Refresh", [html.H3("Refresh"), *items, off], look="right")
    return html.Div([html.Div([live, now, cadence], className="seg"), shown], className="pop")


def theme_items() -> list[Component]:
    return [
        html.Button([icon(sign), words], type="button", className="mi", **attr(data_theme_choice=choice))
        for choice, words, sign in THEMES
    ]


def menu_button(menu_id: str) -> dict[str, Any]:
    """What makes a button open that menu (assets/js/menus.js)."""
    return {"data-menu": menu_id, "aria-haspopup": "true", "aria-expanded": "false", "aria-controls": menu_id}


def menu(menu_id: str, label: str, children: Children, *, look: str = "") -> Component:
    """A menu below its button, closed until assets/js/menus.js opens it."""
    return html.Div(
        children,
        id=menu_id,
        className=f"menu {look}".strip(),
        hidden=True,
        role="group",
        **attr(aria_label=label),
    )


def banner(status: CollectorStatus) -> Children:
    """What is wrong with the way in, None when nothing is. The Overview says it in its verdict instead."""
    if not status.reachable:
        return warning(f"The collector is down: {status.why}.", "What was stored before is shown below.")
    if status.writer == "OK":
        return None
    return warning(f"The writer is {status.writer}.", status.writer_reason or "New spans arrive late.")


def warning(what: str, mend: str) -> Children:
    return [lamp("bad"), html.B(what), html.Span(mend)]


def no_such_page(path: str) -> Component:
    """An address that leads nowhere, with the way back."""
    return html.Section(
        html.Div(
            [
                html.B("There is no page here"),
                html.Br(),
                html.Span(path, className="mono"),
                html.Div(
                    dcc.Link("Open the first tab", href="/", className="btn-x pri"), className="row-x actions"
                ),
            ],
            className="empty",
        ),
        className="panel",
    )
