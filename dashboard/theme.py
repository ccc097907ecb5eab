"""The two themes: the script that sets one before the first paint, and the tokens that figures need.

`TOKENS` repeats what figures take from assets/css/00-tokens.css, because Plotly cannot read CSS variables;
a test compares the two.
"""

from __future__ import annotations

from typing import Literal

Theme = Literal["dark", "light"]

COOKIE = "fl-theme"  # the theme that is shown, for the figures that come with the page

# Runs in <head>, before any style is applied, so that no page is ever drawn in the wrong theme.
FIRST_PAINT = """(function(){var c="system";try{c=localStorage.getItem("fl-theme")||c}catch(e){}
var t=c==="dark"||c==="light"?c:matchMedia("(prefers-color-scheme: light)").matches?"light":"dark";
var h=document.documentElement;h.dataset.bsTheme=t;h.dataset.choice=c;
window.flowglass_theme=function(t){document.cookie="fl-theme="+t+"; path=/; samesite=strict"};
window.flowglass_theme(t)})()"""

SERIES = {"p50": "#3b82f6", "p95": "#f59e0b", "p99": "#ef4444", "thr": "#10b981"}

TOKENS: dict[Theme, dict[str, str]] = {
    "light": {
        "ground": "#e6eaee", "panel": "#ffffff", "well": "#f3f6f8", "raised": "#edf1f4",
        "line": "#d9e0e6", "line-2": "#c3cdd6", "line-ctl": "#7b8997", "grat": "#e3e9ee",
        "text": "#0e1820", "text-2": "#374653", "text-3": "#55646f",
        "accent": "#0b6b80", "accent-tint": "#dcf0f4",
        "ok": "#0a6b45", "ok-lamp": "#0d925e", "ok-tint": "#dcf3e8",
        "warn": "#7d4e00", "warn-lamp": "#b97400", "warn-tint": "#fdf0d2",
        "bad": "#b3201f", "bad-lamp": "#d92d2a", "bad-tint": "#fde5e4",
        "stale": "#5b34bd", "stale-lamp": "#7c55dd", "stale-tint": "#ece6fb",
        "p50-ink": "#1d5fd1", "p95-ink": "#8f5600", "p99-ink": "#b3201f", "thr-ink": "#06704c",
        "ramp-1": "#33525f", "ramp-2": "#5b7987", "ramp-3": "#84a0ac",
        "ramp-4": "#a9bfc9", "ramp-5": "#c8d6dd", "ramp-6": "#dde6ea",
    },
    "dark": {
        "ground": "#070b0f", "panel": "#111920", "well": "#0a1016", "raised": "#1b262f",
        "line": "#1f2b35", "line-2": "#2f3e4a", "line-ctl": "#647684", "grat": "#15202a",
        "text": "#e8eef2", "text-2": "#b3c1cc", "text-3": "#8b9ca9",
        "accent": "#6fd8ea", "accent-tint": "#0f313a",
        "ok": "#45d49a", "ok-lamp": "#2ecc8f", "ok-tint": "#0d2b22",
        "warn": "#f7bf4f", "warn-lamp": "#f5b83d", "warn-tint": "#30240d",
        "bad": "#ff8781", "bad-lamp": "#f4524d", "bad-tint": "#3a1719",
        "stale": "#bda4ff", "stale-lamp": "#9a7bf5", "stale-tint": "#251d40",
        "p50-ink": "#7fb0ff", "p95-ink": "#f7bf4f", "p99-ink": "#ff8781", "thr-ink": "#45d49a",
        "ramp-1": "#a9c3cf", "ramp-2": "#7f9eac", "ramp-3": "#5b7b89",
        "ramp-4": "#42606d", "ramp-5": "#304a56", "ramp-6": "#243944",
    },
}  # fmt: skip


def theme(name: str | None) -> Theme:
    """The theme of that name; dark for anything else."""
    return "light" if name == "light" else "dark"


def token(name: Theme, key: str) -> str:
    """A colour of this theme."""
    return SERIES.get(key) or TOKENS[name][key]


def faint(colour: str, share: float) -> str:
    """The same colour, partly transparent."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share:g})"
