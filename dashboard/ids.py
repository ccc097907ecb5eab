"""Every component id of the page. An id's prefix names its owner; tests and JavaScript read this."""

from __future__ import annotations

from typing import ClassVar


class Shell:
    """The frame, which is always mounted. Tabs talk only through FILTER, REFRESH and wishes."""

    MAIN = "obs-main-container"
    TABS = "obs-tabs"
    REFRESH_INTERVAL = "obs-refresh-interval-store"  # milliseconds between refreshes; 0 is paused
    TIMER = "obs-refresh-timer"
    FILTER = "obs-filter-store"  # the parsed URL as plain data, the answer to every wish

    ASKED = "shell-asked"  # FILTER, when the tab that is mounted is to answer anew
    WISHED = "shell-wished"  # begins the id of one store a tab: a wish for another URL of this tab
    LATE = "shell-late"  # whether the page came before all of its answers were there
    NAVIGATE = "shell-navigate"  # any other wish: a dict of changes; only callbacks/shell.py reads it
    CONTENT = "shell-content"
    TAB = "shell-tab"  # the tab that is mounted
    REFRESH = "shell-refresh"  # rises at the cadence of vital signs; below zero: a refresh by hand
    REFRESH_SLOW = "shell-refresh-slow"  # rises at the cadence of trends: one of LANES after the other
    LANES: ClassVar[tuple[str, ...]] = tuple(f"shell-refresh-slow-{at}" for at in range(8))
    POLL = "shell-poll"  # rises as REFRESH does, while push does not feed the page
    THEME = "shell-theme"  # "dark" or "light", as shown

    DOCK = "shell-dock"
    STRIP = "shell-strip"
    VITALS = "shell-vitals"
    HEALTH = "shell-health"
    HEALTH_MENU = "shell-health-menu"
    HEALTH_LIST = "shell-health-list"
    SERVER_STATUS = "server-status"  # the name that the requirements give it
    EARLIER = "shell-earlier"
    LATER = "shell-later"
    RANGE = "shell-range"
    RANGE_NAME = "shell-range-name"
    RANGE_SPAN = "shell-range-span"
    RANGE_MENU = "shell-range-menu"
    CUSTOM_FROM = "shell-custom-from"
    CUSTOM_TO = "shell-custom-to"
    CUSTOM_APPLY = "shell-custom-apply"
    CUSTOM_ERROR = "shell-custom-error"
    LIVE = "shell-live"
    LIVE_WORD = "shell-live-word"
    CADENCE = "shell-cadence"
    CADENCE_MENU = "shell-cadence-menu"
    REFRESH_NOW = "shell-refresh-now"
    FRESH = "shell-fresh"
    COPY = "shell-copy"
    THEME_BUTTON = "shell-theme-button"
    THEME_MENU = "shell-theme-menu"
    BANNER = "shell-banner"
    TOASTS = "shell-toasts"
    SEARCH = "shell-search"
    PALETTE = "shell-palette"
    PALETTE_TEXT = "shell-palette-text"
    PALETTE_CLEAR = "shell-palette-clear"
    PALETTE_STATUS = "shell-palette-status"
    PALETTE_LIST = "shell-palette-list"
    KEYS = "shell-keys"
    KEYS_BUTTON = "shell-keys-button"
    ALERTS_COUNT = "shell-alerts-count"  # firing critical alerts
    ALERTS_DOCK = "shell-alerts-dock"

    @staticmethod
    def wished(tab: str) -> str:
        return f"{Shell.WISHED}-{tab}"

    @staticmethod
    def tab_link(tab: str) -> str:
        return f"shell-tab-{tab}"

    @staticmethod
    def dock_link(tab: str) -> str:
        return f"shell-dock-{tab}"


class Live:
    """Where pushed messages arrive: one store per type, always mounted."""

    VITAL_SIGNS = "live-vital-signs"
    OVERVIEW = "live-overview"
    ERROR_EVENT = "live-error-event"
    HEALTH_UPDATE = "live-health-update"
    NEW_ROWS = "live-new-rows"
    ALERTS = "live-alerts"
    BY_TYPE: ClassVar[dict[str, str]] = {
        "vital_signs": VITAL_SIGNS,
        "overview": OVERVIEW,
        "error_event": ERROR_EVENT,
        "health_update": HEALTH_UPDATE,
        "new_rows": NEW_ROWS,
        "alerts": ALERTS,
    }


class Overview:
    """The Overview tab."""

    ROOT = "overview-root"
    WISH = "overview-wish"  # where the server wants to go: changes to the URL
    FIRST = "overview-first"  # the first visit, before any span has come
    WAIT = "overview-wait"
    BODY = "overview-body"
    NOTICE = "overview-notice"
    VERDICT = "overview-verdict"
    ERROR_RATE = "overview-error-rate"
    THROUGHPUT = "overview-throughput"
    QUEUE = "overview-queue"
    WRITER = "overview-writer"
    TILES = (ERROR_RATE, THROUGHPUT, QUEUE, WRITER)
    ERRORS_TABS = "overview-errors-tabs"
    ERRORS_META = "overview-errors-meta"
    ERRORS_LAST = "overview-errors-last"
    ERROR_ROWS = "overview-error-rows"
    ERRORS_OTHER = "overview-errors-other"
    ERRORS = (ERRORS_TABS, ERROR_ROWS, ERRORS_OTHER)
    PROCESSES_TABS = "overview-processes-tabs"
    PROCESSES = "overview-processes"
    PROCESSES_META = "overview-processes-meta"
    INCIDENT = "overview-incident"
    INCIDENT_CHART = "overview-incident-chart"
    INCIDENT_SWITCH = "overview-incident-switch"
    INCIDENT_META = "overview-incident-meta"
    GRID = "overview-grid"
    GOT_IT = "overview-got-it"
    GROUPS = "overview-groups"
    GROUPS_META = "overview-groups-meta"
    PIE = "overview-pie"
    PIE_TOTAL = "overview-pie-total"
    STALE = "overview-stale"
    STALE_META = "overview-stale-meta"
    FOOT = "overview-foot"
    NOW = (VERDICT, *TILES, ERRORS_META, NOTICE)


class Traces:
    """The Trace Explorer tab."""

    ROOT = "traces-root"

    # What the parts of the tab tell each other.
    QUERY = "traces-query"  # what decides the rows: range, filter, order; taken from the URL
    PICK = "traces-pick"  # the open trace and span; taken from the URL
    CAME = "traces-came"  # the URL that the tab was mounted with
    PAGE = "traces-page"  # first page of rows
    LISTED = "traces-listed"  # rises when a first page of rows is drawn
    MORE = "traces-more"  # wish for the next page
    NEXT = "traces-next"  # the next page
    OPEN = "traces-open"  # wish for the calls of one row
    CHILDREN = "traces-children"  # those calls
    EMPTIED = "traces-emptied"  # a search that has ended without a row
    CHECK = "traces-check"  # filter text as it is typed
    CHECKED = "traces-checked"  # whether it can be read, and where not
    CONTROLS = "traces-controls"  # what the controls beside the text show
    COMPLETE = "traces-complete"  # the text and the caret's place, to be completed
    COMPLETED = "traces-completed"  # what may stand there

    # The filter.
    BOX = "traces-box"
    CLEAR = "traces-clear"
    TEXT = "traces-text"
    PAINT = "traces-paint"
    WHY_NOT = "traces-why-not"
    PROPOSALS = "traces-proposals"  # the list below the text: names and values that may stand at the caret
    META = "traces-meta"
    CHIPS = "traces-chips"
    GROUP = "traces-group"
    PROCESS = "traces-process"
    ERRORS = "traces-errors"

    # The list.
    LIST = "traces-list"
    GRID = "traces-grid"
    FOOT = "traces-foot"
    NOTE = "traces-note"
    NEW = "traces-new"  # the bar that says how many rows have arrived
    FOLLOW = "traces-follow"
    ARRIVED_WISH = "traces-arrived-wish"
    ARRIVED = "traces-arrived"
    COLUMNS_MENU = "traces-columns-menu"
    TIMES_MENU = "traces-times-menu"
    JUMP = "traces-jump"  # the time to list from
    FIELD = "traces-field"
    FIELD_LIST = "traces-field-list"
    EMPTY = "traces-empty"

    # The whole of what the filter lets through.
    SURVEY = "traces-survey"  # counts over time and by duration
    FACETS = "traces-facets"
    HIDDEN = "traces-hidden"  # how many of Flowglass' own spans are left out
    FACET_PANEL = "traces-facet-panel"
    HIST = "traces-hist"
    HIST_TITLE = "traces-hist-title"
    HIST_NOTE = "traces-hist-note"
    HEAT = "traces-heat"
    HEAT_NOTE = "traces-heat-note"
    REGION = "traces-region"  # the selected part of the heatmap; taken from the URL
    DIFFERENCE = "traces-difference"
    SERIES = "traces-series"
    SERIES_WISH = "traces-series-wish"
    JUDGE = "traces-judge"  # how the open series is to be judged
    JUDGED = "traces-judged"
    SERIES_CHART = "traces-series-chart"
    EXPORT_MENU = "traces-export-menu"
    PRESETS_MENU = "traces-presets-menu"

    # The open span.
    DETAIL = "traces-detail"
    HEAD = "traces-head"
    SPAN = "traces-span"
    FIRST_BAD = "traces-first-bad"
    SHOWN = "traces-shown"  # which span the panel shows, for the scripts
    TRACE = "traces-trace"
    FIND = "traces-find"
    FIND_ONLY = "traces-find-only"
    FIND_WISH = "traces-find-wish"
    FOUND_IDS = "traces-found-ids"
    FOUND = "traces-found"
    HIDE_MENU = "traces-hide-menu"
    HIDE_LIST = "traces-hide-list"
    WIDE = "traces-wide"
    OUTLINE = "traces-outline"  # calls of the open trace, part by part
    OUTLINE_WISH = "traces-outline-wish"
    RAW = "traces-raw"
    RAW_WISH = "traces-raw-wish"
    COMPARE = "traces-compare"
    COMPARE_WISH = "traces-compare-wish"


class Code:
    """The Code Inspector tab."""

    ROOT = "code-root"
    WISH = "code-wish"  # where the server wants to go: changes to the URL
    PICK = "code-pick"  # what is typed to find a function
    CHOICES = "code-choices"
    PLACE = "code-place"  # file and line, version, links
    LEVEL_BOX = "code-level-box"
    LEVELS = "code-levels"
    LEVEL_SET = "code-level-set"  # rises when a level was set
    LEVEL_NOTE = "code-level-note"
    LEVEL_LABEL = "code-level-label"
    TOOLS = "code-tools"
    OPEN = "code-open"  # links out: its calls, the editor
    EXPORT = "code-export"
    DOWNLOAD = "code-download"
    EDITOR_MENU = "code-editor-menu"
    EDITOR_OWN = "code-editor-own"  # an address of one's own
    START = "code-start"  # hot, slow and failing functions while none is chosen
    CHOSEN = "code-chosen"
    SOURCE_META = "code-source-meta"
    SOURCE_NOTE = "code-source-note"  # why there is no source, or what was left out of it
    SOURCE = "code-source"  # filled by assets/js/code.js from SOURCE_DATA
    SOURCE_DATA = "code-source-data"
    SOURCE_NOTES = "code-source-notes"  # what is laid over the drawn lines
    SOURCE_KEY = "code-source-key"  # what is drawn, so that a refresh does not draw it again
    VERDICT = "code-verdict"
    NUMBERS = "code-numbers"
    HISTORY = "code-history"
    HISTORY_BOX = "code-history-box"
    HISTORY_TITLE = "code-history-title"
    HISTORY_TABS = "code-history-tabs"
    RELATIONS = "code-relations"  # callers and callees, in place of the history
    VALUES = "code-values"
    VALUES_META = "code-values-meta"
    VALUES_TABS = "code-values-tabs"
    VERSIONS = "code-versions"
    VERSIONS_META = "code-versions-meta"

    @staticmethod
    def level(name: str) -> str:
        return f"code-level-{name or 'own'}"


class Alerts:
    """The Alerts tab."""

    ROOT = "alerts-root"
    WISH = "alerts-wish"  # where the server wants to go: changes to the URL
    STALE = "alerts-stale"  # values that are stale now
    STALE_META = "alerts-stale-meta"
    STALE_PANEL = "alerts-stale-panel"

    # What the parts of the tab tell each other.
    ACT = "alerts-act"  # what was pressed, with the form around it
    DONE = "alerts-done"  # what came of it
    DRAFT = "alerts-draft"  # what is typed into the builder

    CARDS = "alerts-cards"
    TABS = "alerts-tabs"
    TOOLS = "alerts-tools"
    NOTICE = "alerts-notice"
    LIST = "alerts-list"
    FEED = "alerts-feed"
    FOOT = "alerts-foot"
    BUILD = "alerts-build"  # one rule: its form or its detail, and its chart
    RULE_HEAD = "alerts-rule-head"
    RULE = "alerts-rule"
    SUGGESTED = "alerts-suggested"  # a threshold learned from history, below the sentence
    MESSAGE = "alerts-message"
    MESSAGE_META = "alerts-message-meta"
    CHART_HEAD = "alerts-chart-head"
    CHART = "alerts-chart"
    SLIDER = "alerts-slider-box"
    JUDGED = "alerts-judged"
