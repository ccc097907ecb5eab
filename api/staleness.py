"""/api/v1/staleness: when single values count as stale, where that differs from the settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from alerting.edit import Invalid
from alerting.judging import FIELDS, Series, as_json, judge, usual
from alerting.rule import FieldError
from api import alert_bodies as bodies
from api.control import control_of
from api.parameters import only
from api.serial import json_response, rfc3339
from config import Settings
from data.control import WHO
from data.series_rules import SeriesRule
from queries.base import Reader
from queries.series_rules import series_rules

NAMES = ("group", "scope", "process", "data")
PATH = "/api/v1/staleness"


def blueprint(reader: Reader, settings: Settings, now_ns: Callable[[], int]) -> Blueprint:
    """Both routes over one data folder."""
    routes = Blueprint("api_staleness", __name__)

    def listed() -> Response:
        """What differs, and what it differs from."""
        only(request.args, ())
        found = [_json(one) for one in series_rules(reader)]
        return json_response({"settings": usual(settings.staleness), "series": found})

    def replace() -> Response:
        """Says how one series is judged; what is left out is as the settings say."""
        given = bodies.body((*NAMES, *FIELDS, "changed", "changed_by"))
        made = judge(control_of(settings, reader), reader, _series(given), given, now_ns(), WHO)
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
