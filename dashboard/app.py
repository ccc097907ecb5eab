"""Puts the page together: Flask server, doors, assets, layout, and the callbacks of the tabs that are on."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import plotly.io  # type: ignore[import-untyped]
from dash import Dash, html
from dash.development.base_component import Component
from flask import Flask, Response, request
from plotly.utils import PlotlyJSONEncoder  # type: ignore[import-untyped]

import api
import callbacks.alerts
import callbacks.alerts_news
import callbacks.code
import callbacks.health
import callbacks.incident
import callbacks.overview
import callbacks.pushed
import callbacks.shell
import callbacks.traces
import live.socket
from callbacks.context import Context
from callbacks.shared import SharedResults
from dashboard import bundle, door, page, shell, shrink, tabs, theme, zone
from dashboard.ids import Live, Shell
from dashboard.url import PageState
from flowglass.redact import Redactor
from live.hub import Hub

if TYPE_CHECKING:
    from config import Settings
    from live.collector_status import CollectorStatus
    from queries.base import Reader

MAX_REQUEST = 4 << 20  # bytes of one callback's inputs
A_DAY = "public, max-age=86400"  # fonts, which styles name without a version
FOREVER = "public, max-age=31536000, immutable"


def overview(app: Dash, ctx: Context) -> None:
    """The Overview has two modules of callbacks."""
    callbacks.overview.register(app, ctx)
    callbacks.incident.register(app, ctx)


def alerts(app: Dash, ctx: Context) -> None:
    """Alerts are seen on every tab, too."""
    callbacks.alerts.register(app, ctx)
    callbacks.alerts_news.register(app, ctx)


REGISTER = {
    "overview": overview,
    "traces": callbacks.traces.register,
    "code": callbacks.code.register,
    "alerts": alerts,
}


def build(
    settings: Settings,
    reader: Reader,
    status: Callable[[], CollectorStatus],
    now_ns: Callable[[], int] = time.time_ns,
) -> Dash:
    """The application, ready to be served. Starts nothing."""
    plotly.io.json.config.default_engine = "json"  # a quarter of orjson's time: Plotly copies all for that
    server = Flask("flowglass")
    server.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST
    app = page.Application(
        "flowglass",
        server=server,  # type: ignore[arg-type]  # Dash types it as its flag alone
        assets_folder=str(page.ASSETS),
        include_assets_files=False,
        title="Flowglass",
        update_title="",
        add_log_handler=False,
        index_string=page.index(page_config(settings), bundle.bundle("css").url, bundle.bundle("js").url),
    )
    bundle.install(server)
    hubs: list[Hub] = []
    rules = settings.redaction
    redactor = Redactor(keys=rules.keys, patterns=rules.patterns, enabled=rules.enabled)
    ctx = Context(
        settings, reader, status, SharedResults(), now_ns,
        push=lambda: hubs[0].numbers().clients, mask_code=redactor.code,
    )  # fmt: skip
    hubs.append(Hub(callbacks.pushed.feeds(ctx), settings.dashboard.max_connections, encode))
    zone.install(server)
    live.socket.install(server, hubs[0])
    shown = tabs.enabled(settings)
    all_of_it = [shell.layout(settings), *[tab.layout(settings, PageState()) for tab in shown]]
    app.validation_layout = html.Div(all_of_it)  # type: ignore[assignment]  # Dash types it as unset

    def layout() -> Component:
        """The page with its answers. Dash looks at it at the first request for anything, too: answers of
        that moment would be kept, and shown to who sends a first span just then.
        """
        if request.path != "/_dash-layout":
            return shell.layout(settings)
        return callbacks.shell.first_page(ctx, *asked_for(), request.cookies.get(theme.COOKIE))

    app.layout = layout
    callbacks.shell.register(app, ctx)
    callbacks.health.register(app, ctx)
    for tab in shown:
        REGISTER[tab.key](app, ctx)
    ctx.first.bind(app, now_ns)
    api.register(server, reader, settings, status, now_ns)
    harden(app, settings)
    return app


def asked_for() -> tuple[str | None, str | None]:
    """Path and query of the page that asks for its layout; None when its browser does not tell."""
    page = urlsplit(request.referrer or "")
    return (
        (page.path, f"?{page.query}" if page.query else "") if page.netloc == request.host else (None, None)
    )


def encode(message: Any) -> str:
    """A pushed message as JSON; components in it as Dash sends them."""
    return json.dumps(message, cls=PlotlyJSONEncoder)


def page_config(settings: Settings) -> dict[str, object]:
    """What the JavaScript of the assets needs to know."""
    fast, slow = settings.refresh.vital_seconds, settings.refresh.trends_seconds
    return {
        "cadence": round(fast * 1000),
        "stores": Live.BY_TYPE,
        "slowEvery": max(1, round(slow / fast)),
        "lanes": Shell.LANES,
        "tabs": [
            {"key": tab.key, "path": tab.path, "title": tab.title, "letter": tab.letter}
            for tab in tabs.enabled(settings)
        ],
    }


def harden(app: Dash, settings: Settings) -> None:
    """Doors, headers and compression, around everything that is served."""
    server = app.server
    shrink.install(server)
    policy = content_policy(app)

    def add_headers(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if response.mimetype == "text/html":
            response.headers["Content-Security-Policy"] = policy
            response.headers["Cache-Control"] = "no-cache"
        elif request.path == "/_dash-layout":  # it is of one page, which its address does not say
            response.headers["Cache-Control"] = "no-store"
        elif request.path.startswith("/assets/") and response.status_code == 200:
            named = "m" in request.args
            response.headers["Cache-Control"] = FOREVER if named else A_DAY
        return response

    server.after_request(add_headers)
    door.install(server, settings.dashboard.allowed_hosts)


def content_policy(app: Dash) -> str:
    """Only what this server sends may run; inline scripts are named by their hash."""
    own = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in page.inline_scripts()
    ]
    hashes = " ".join([f"'sha256-{digest}'" for digest in own] + list(app.csp_hashes()))
    return (
        f"default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
