"""/api/v1/staleness: when single values count as stale, where that differs from the settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import Forbidden

from alerting.edit import Invalid
from alerting.judging import FIELDS, Series, as_json, judge
from alerting.rule import FieldError
from api import alert_bodies as bodies
from api.parameters import only
from api.serial import json_response, rfc3339
from config import Settings
from data.control import WHO, Control, opened
from data.series_rules import SeriesRule
from queries.base import Reader
from queries.series_rules import series_rules

NAMES = ("group", "scope", "process", "data")
PATH = "/api/v1/staleness"


def blueprint(reader: Reader, settings: Settings, now_ns: Callable[[], int]) -> Blueprint:
    """Both routes over one data folder."""
    routes = Blueprint("api_staleness", __name__)
    usual = settings.staleness

    def listed() -> Response:
        """What differs, and what it differs from."""
        only(request.args, ())
        default = {
            "repeats": usual.repeats, "min_seconds": usual.min_seconds, "tolerance": usual.float_tolerance,
        }  # fmt: skip
        found = [_json(one) for one in series_rules(reader)]
        return json_response({"settings": default, "series": found})

    def replace() -> Response:
        """Says how one series is judged; what is left out is as the settings say."""
        given = bodies.body((*NAMES, *FIELDS, "changed", "changed_by"))
        made = judge(_control(settings, reader), reader, _series(given), given, now_ns(), WHO)
        return json_response(_json(made))

    routes.add_url_rule(PATH, "listed", listed, methods=["GET"])
    routes.add_url_rule(PATH, "replace", replace, methods=["PUT"])
    return routes


def _series(given: dict[str, Any]) -> Series:
    texts = {name: given.get(name, "") for name in NAMES}
    wrong = [
        FieldError(name, "a text") if not isinstance(text, str) else FieldError(name, "name it")
        for name, text in texts.items()
        if not isinstance(text, str) or (not text and name != "scope")
    ]
    if wrong:
        raise Invalid(*wrong)
    return Series(**texts)


def _json(rule: SeriesRule) -> dict[str, Any]:
    changed = rfc3339(rule.changed_ns) if rule.changed_ns else None
    return as_json(rule) | {"changed": changed, "changed_by": rule.changed_by}


def _control(settings: Settings, reader: Reader) -> Control:
    """control.db; a folder that is only looked into is not written."""
    directory = Path(settings.store.data_dir)
    if directory.resolve() != reader.directory.resolve():
        raise Forbidden("this data is opened read-only")
    return opened(directory.resolve())
