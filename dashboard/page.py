"""The HTML around the application: theme before the first paint, local styles and fonts, nothing foreign."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from dash import Dash

from dashboard import ids, zone
from dashboard.theme import FIRST_PAINT

ASSETS = Path(__file__).resolve().parent.parent / "assets"
PLOTLY = "vendor/plotly-cartesian.min.js"
# What a page with a chart has in its address: nothing (the Overview), a function, or a value over time.
WITH_CHARTS = "^/([?]|$)|[?&](fn|series)="
STYLES = ("vendor/bootstrap.min.css", "vendor/bootstrap-icons.min.css")
FONTS = ("fonts/ibm-plex-sans-latin-wdth-normal.woff2", "fonts/ibm-plex-mono-latin-400-normal.woff2")


# The polyfills of Dash are for browsers of before 2016. What others have built in they make slower instead:
# Plotly spent an eighth of its time in trimming text by a regular expression. The only part of them that Dash
# needs, regeneratorRuntime, comes with dash-bootstrap-components as well. No page has a table of Dash's.
UNNEEDED = re.compile(r"<script[^>]*/(?:polyfill@|dash_table/)[^>]*></script>")


class Application(Dash):
    """Dash, without the scripts that no page of ours needs."""

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash names each
        """The index page of these parts."""
        whole: str = super().interpolate_index(**parts)  # type: ignore[no-untyped-call]
        return UNNEEDED.sub("", whole)


def asset_url(name: str) -> str:
    """The address of an asset, with its time of change so that browsers may keep it for good."""
    return f"/assets/{name}?m={(ASSETS / name).stat().st_mtime:.0f}"


def plotly_source() -> str:
    """Plotly's cartesian bundle, where Dash asks for the full one by a fixed name.

    Dash loads it once a chart is mounted. Where one always is, it loads and runs while the layout is put
    together; until then Dash finds a promise under the name that it waits for. Elsewhere it would hold up the
    page for 600 ms.
    """
    address, charts = json.dumps(asset_url(PLOTLY)), json.dumps(WITH_CHARTS)
    getter = f"get:function(){{return {address}}},set:function(){{}}"
    return f"""Object.defineProperty(window,"_dashPlotlyJSURL",{{{getter}}});
if(new RegExp({charts}).test(location.pathname+location.search))
window.Plotly=new Promise(function(done,failed){{
var s=document.createElement("script");s.src={address};s.onload=done;s.onerror=failed;
document.head.append(s)}})"""


# The layout is put together while the browser loads the scripts that will ask for it. A script asks, not a
# tag: the cookies that say theme and zone have to be set before.
ASK_AHEAD = """["/_dash-layout","/_dash-dependencies"].forEach(function(a){
var l=document.createElement("link");l.rel="preload";l.as="fetch";l.crossOrigin="anonymous";l.href=a;
document.head.append(l)})"""


def inline_scripts() -> tuple[str, ...]:
    """Every script that stands in the page itself; the content security policy lists them by hash."""
    return FIRST_PAINT, zone.TELL, ASK_AHEAD, plotly_source()


def index(config: dict[str, Any], own_style: str, own_script: str) -> str:
    """The index page. `config` is what the own script needs to know, ids included."""
    shared = json.dumps({"ids": public_ids(), **config}).replace("<", "\\u003c")
    addresses = [*map(asset_url, STYLES), own_style]
    styles = "".join(f'<link rel="stylesheet" href="{address}">' for address in addresses)
    fonts = "".join(
        f'<link rel="preload" as="font" type="font/woff2" crossorigin href="/assets/{name}">'
        for name in FONTS
    )
    scripts = "".join(f"<script>{text}</script>" for text in inline_scripts())
    return f"""<!DOCTYPE html>
<html lang="en" data-bs-theme="dark"><head>
{{%metas%}}<title>Flowglass</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="dark light">
{scripts}{fonts}<link rel="icon" href="{asset_url("logo.svg")}" type="image/svg+xml">
{styles}{{%css%}}
<script type="application/json" id="fl-config">{shared}</script>
</head><body>
{{%app_entry%}}
<noscript>Flowglass draws its page with JavaScript. Its data can also be read under /api/v1/.</noscript>
<footer>{{%config%}}{{%scripts%}}<script src="{own_script}"></script>{{%renderer%}}</footer>
</body></html>"""


def public_ids() -> dict[str, dict[str, str]]:
    """The ids of every section, for JavaScript, which never repeats them."""
    sections = [found for found in vars(ids).values() if isinstance(found, type)]
    return {section.__name__: _constants(section) for section in sections}


def _constants(section: type) -> dict[str, str]:
    return {name: value for name, value in vars(section).items() if name.isupper() and isinstance(value, str)}
