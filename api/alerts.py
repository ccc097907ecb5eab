"""/api/v1/alerts: rules, channels, silences, acknowledgements, events, and what is not ok now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from alerting import edit
from alerting.edit import Invalid
from alerting.parts import page_url, redactor_of, secrets_of, sender_of
from alerting.preview import SPANS, preview
from alerting.review import review
from alerting.rule import FieldError
from alerting.rule_import import exported, import_rules
from alerting.trial import Trial, try_channel
from api import alert_bodies as bodies
from api.control import control_of
from api.parameters import choice, limit, moment, only
from api.problems import BadParameter
from api.serial import json_response, rfc3339
from config import Settings
from data import control_channels, control_silences
from data.control import WHO, Control
from queries import alert_edits, alert_log, alerts
from queries.alert_review import acted
from queries.base import Reader, TimeRange

MOST = 1_000
TEXTS = ("rule_id", "key", "severity", "reason", "hours")  # of a silence
PREFIX = "/api/v1/alerts"
Routes = dict[tuple[str, str], Callable[..., Response]]


def blueprint(reader: Reader, settings: Settings, now_ns: Callable[[], int]) -> Blueprint:
    """The routes over one data folder."""
    routes = Blueprint("api_alerts", __name__, url_prefix=PREFIX)
    book = Book(reader, settings, now_ns)
    table: Routes = {
        ("GET", ""): book.active,
        ("GET", "/rules"): book.rules,
        ("POST", "/rules"): book.add_rule,
        ("GET", "/rules.toml"): book.export_rules,
        ("POST", "/rules/import"): book.import_rules,
        ("POST", "/rules/replay"): book.replay,
        ("GET", "/rules/<id>"): book.rule,
        ("PUT", "/rules/<id>"): book.change_rule,
        ("DELETE", "/rules/<id>"): book.delete_rule,
        ("POST", "/rules/<id>/test"): book.test_rule,
        ("GET", "/rules/<id>/evaluations"): book.evaluations,
        ("GET", "/channels"): book.channels,
        ("POST", "/channels"): book.add_channel,
        ("GET", "/channels/<id>"): book.channel,
        ("PUT", "/channels/<id>"): book.change_channel,
        ("DELETE", "/channels/<id>"): book.delete_channel,
        ("POST", "/channels/<id>/test"): book.test_channel,
        ("GET", "/silences"): book.silences,
        ("POST", "/silences"): book.add_silence,
        ("DELETE", "/silences/<id>"): book.end_silence,
        ("POST", "/acknowledgements"): book.acknowledge,
        ("GET", "/events"): book.events,
        ("GET", "/edits"): book.edits,
        ("GET", "/review"): book.review,
    }
    for (method, path), view in table.items():
        routes.add_url_rule(path, view.__name__, view, methods=[method])
    return routes


class Book:
    """What each route does."""

    def __init__(self, reader: Reader, settings: Settings, now_ns: Callable[[], int]) -> None:
        self._reader = reader
        self._settings = settings
        self._now_ns = now_ns
        self._secrets = secrets_of(settings)

    @property
    def _control(self) -> Control:
        return control_of(self._settings, self._reader)

    # Rules.

    def rules(self) -> Response:
        """Every rule, the oldest first; `state` active or paused lists only those."""
        only(request.args, ("state",))
        wanted = choice(request.args, "state", ("all", "active", "paused"))
        found = [
            bodies.rule_json(one)
            for one in edit.rules(self._control)
            if wanted == "all" or one.rule.enabled == (wanted == "active")
        ]
        return json_response({"rules": found})

    def rule(self, id: str) -> Response:
        only(request.args, ())
        return _tagged(bodies.rule_json(edit.rule(self._control, id)))

    def add_rule(self) -> Response:
        made = edit.add_rule(self._control, bodies.rule_fields(bodies.body()), self._now_ns(), WHO)
        return _created(f"{PREFIX}/rules/{made.rule.id}", bodies.rule_json(made))

    def change_rule(self, id: str) -> Response:
        """Replaces all of a rule; 409 when somebody else has changed it meanwhile."""
        fields = bodies.body()
        seen = bodies.revision(fields)
        plain = bodies.rule_fields(fields)
        return _tagged(
            bodies.rule_json(edit.change_rule(self._control, id, seen, plain, self._now_ns(), WHO))
        )

    def delete_rule(self, id: str) -> Response:
        edit.delete_rule(self._control, id, self._now_ns(), WHO)
        return Response(status=204)

    def export_rules(self) -> Response:
        """The rules that were made on the page or over the API, as a file to keep or to check in."""
        only(request.args, ())
        response = Response(exported(self._control), mimetype=bodies.TOML)
        response.headers["Content-Disposition"] = 'attachment; filename="rules.toml"'
        response.headers["Cache-Control"] = "no-store"
        return response

    def import_rules(self) -> Response:
        """Takes in the rules of a TOML text: all of them, or none."""
        done = import_rules(self._control, bodies.toml_text(), "the body", self._now_ns(), WHO)
        return json_response(asdict(done))

    def replay(self) -> Response:
        """What a rule, saved or not, would have done over 24h, 7d or 30d."""
        only(request.args, ("range",))
        length = SPANS[choice(request.args, "range", tuple(SPANS))]
        rule = edit.checked(self._control, bodies.rule_fields(bodies.body()))
        rules = edit.rules_by_id(self._control) if rule.members else {}
        found = preview(rule, self._reader, self._now_ns(), length, rules).replay(rule)
        return json_response(
            {
                "fired": len(found.episodes), "untold": found.untold, "flaps": found.flaps,
                "longest_seconds": found.longest_ns / 1e9,
                "groups": found.keys, "step_seconds": found.step_ns / 1e9,
                "known_from": rfc3339(found.known_from_ns),
                "episodes": [
                    {
                        "key": one.key, "began": rfc3339(one.start_ns), "severity": one.severity,
                        "ended": rfc3339(one.end_ns) if one.end_ns else None, "worst": one.worst,
                        "told": rfc3339(one.told_ns) if one.told_ns else None,
                    }
                    for one in found.episodes[:MOST]
                ],
            }
        )  # fmt: skip

    def evaluations(self, id: str) -> Response:
        """The newest evaluations of a rule, of one group key or of all."""
        only(request.args, ("key", "limit"))
        edit.rule(self._control, id)
        found = alert_log.evaluations(
            self._reader, id, request.args.get("key"), limit=limit(request.args, MOST)
        )
        known = alert_log.known_from(self._reader, id)
        return json_response(
            {
                "evaluations": [_evaluation(one) for one in found],
                "known_from": None if known is None else rfc3339(known),
            }
        )

    def test_rule(self, id: str) -> Response:
        """Sends a test message to a channel of the rule; which one must be said when it has several."""
        fields = bodies.body(("channel",)) if request.content_length else {}
        rule = edit.rule(self._control, id).rule
        known = rule.every_channel
        channel = fields.get("channel") or (known[0] if len(known) == 1 else None)
        if not known:
            raise Invalid(FieldError("channels", "the rule has no channel to try"))
        if channel not in known:
            raise Invalid(FieldError("channel", f"one of {', '.join(known)}"))
        return self._try(channel, rule.name)

    # Channels.

    def channels(self) -> Response:
        only(request.args, ())
        return json_response({"channels": [bodies.channel_json(one) for one in edit.channels(self._control)]})

    def channel(self, id: str) -> Response:
        only(request.args, ())
        return _tagged(bodies.channel_json(edit.channel(self._control, id)))

    def add_channel(self) -> Response:
        plain = bodies.channel_fields(bodies.body())
        made = edit.add_channel(self._control, self._secrets, plain, self._now_ns(), WHO)
        return _created(f"{PREFIX}/channels/{made.channel.id}", bodies.channel_json(made))

    def change_channel(self, id: str) -> Response:
        """Replaces a channel; without `secret` the one it has stays."""
        fields = bodies.body()
        seen = bodies.revision(fields)
        plain = bodies.channel_fields(fields)
        made = edit.change_channel(self._control, self._secrets, id, seen, plain, self._now_ns(), WHO)
        return _tagged(bodies.channel_json(made))

    def delete_channel(self, id: str) -> Response:
        control_channels.delete_channel(self._control, id, self._now_ns(), WHO)
        return Response(status=204)

    def test_channel(self, id: str) -> Response:
        """Sends a message marked TEST, and says what became of it, within 10 s."""
        if request.content_length:
            bodies.body(())
        return self._try(id, "")

    def _try(self, channel: str, rule_name: str) -> Response:
        settings = self._settings
        sent = try_channel(
            self._control, self._secrets, redactor_of(settings), page_url(settings), channel, self._now_ns(),
            sender_of(settings), rule_name,
        )  # fmt: skip
        return json_response(_trial(sent))

    # Quiet.

    def silences(self) -> Response:
        """Silences that have not ended."""
        only(request.args, ())
        found = control_silences.silences(self._control, self._now_ns())
        return json_response({"silences": [bodies.silence_json(one) for one in found]})

    def add_silence(self) -> Response:
        """`ends` as a time, or `seconds` from now; without rule_id, key and severity it covers everything.

        With `hours` it repeats, and needs no end.
        """
        fields = bodies.body((*TEXTS, "starts", "ends", "seconds"))
        now, seconds = self._now_ns(), fields.get("seconds")
        ends = bodies.moment_of(fields, "ends")
        if seconds is not None:
            if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
                raise Invalid(FieldError("seconds", "a whole number above 0"))
            ends = now + seconds * 10**9
        texts = {name: fields.get(name, "") for name in TEXTS}
        wrong = [FieldError(name, "a text") for name, given in texts.items() if not isinstance(given, str)]
        if wrong:
            raise Invalid(*wrong)
        starts = bodies.moment_of(fields, "starts")
        made = edit.add_silence(self._control, now, WHO, ends_ns=ends, starts_ns=starts, **texts)
        return _created(f"{PREFIX}/silences/{made.id}", bodies.silence_json(made))

    def end_silence(self, id: str) -> Response:
        """Ends it now."""
        control_silences.end_silence(self._control, id, self._now_ns())
        return Response(status=204)

    def acknowledge(self) -> Response:
        """Somebody looks after what fires: it is not told again, but for its end."""
        fields = bodies.body(("rule_id", "key"))
        wanted = (fields.get("rule_id"), fields.get("key", ""))
        now = self._now_ns()
        found = next((o for o in alerts.active(self._reader, now) if (o.rule_id, o.key) == wanted), None)
        if found is None or not found.episode_ns:
            raise Invalid(FieldError("rule_id", "nothing fires of this rule and key"))
        control_silences.acknowledge(self._control, found.rule_id, found.key, found.episode_ns, WHO, now)
        return json_response({"rule_id": found.rule_id, "key": found.key, "acknowledged_by": WHO})

    # What is, and what was.

    def active(self) -> Response:
        """The summary, and everything that is not ok: worst first."""
        only(request.args, ("limit",))
        now = self._now_ns()
        found = alerts.active(self._reader, now, limit(request.args, MOST, 200))
        return json_response(
            {
                "counts": asdict(alerts.counts(self._reader, now)),
                "alerts": [bodies.alert_json(one) for one in found],
            }
        )

    def events(self) -> Response:
        """The newest events, 100 unless `limit` says otherwise, with what became of their deliveries."""
        only(request.args, ("rule", "severity", "kind", "from", "limit", "cursor"))
        args, most = request.args, limit(request.args, MOST)
        found = alert_log.events(
            self._reader, args.get("rule", ""), moment(args, "from") or 0, most, before=_cursor(args),
            severity=args.get("severity", ""), kind=args.get("kind", ""),
        )  # fmt: skip
        after = f"{found[-1].at_ns}.{found[-1].id}" if len(found) == most else None
        return json_response({"events": [bodies.event_json(one) for one in found], "next_cursor": after})

    def edits(self) -> Response:
        """Who changed which rule, newest first, with every field before and after."""
        only(request.args, ("rule", "from", "limit", "cursor"))
        args, most = request.args, limit(request.args, MOST)
        given = args.get("cursor", "")
        if given and not (given.isascii() and given.isdigit() and len(given) < 19):
            raise BadParameter("cursor", "the next_cursor of the page before")
        since = moment(args, "from") or 0
        found = alert_edits.edits(self._reader, args.get("rule", ""), since, most, int(given or 2**62))
        after = str(found[-1].id) if len(found) == most else None
        return json_response({"edits": [bodies.edit_json(one) for one in found], "next_cursor": after})

    def review(self) -> Response:
        """Rules that fire unattended, never fire, flap or overlap, over 24h, 7d or 30d."""
        only(request.args, ("range",))
        now = self._now_ns()
        over = TimeRange(now - SPANS[choice(request.args, "range", ("7d", "24h", "30d"))], now)
        firings = alert_log.history(self._reader, over.start_ns, limit=alert_log.MOST_EVENTS)
        found = review(edit.rules(self._control), firings, acted(self._reader, over), over)
        return json_response({"findings": [bodies.finding_json(one) for one in found]})


def _cursor(args: Any) -> tuple[int, str] | None:
    given = args.get("cursor", "")
    if not given:
        return None
    at, point, id = given.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 20 and point and id):
        raise BadParameter("cursor", "the next_cursor of the page before")
    return int(at), id


def _evaluation(one: alert_log.Evaluation) -> dict[str, Any]:
    return {
        "key": one.key, "at": rfc3339(one.at_ns), "value": one.value, "samples": one.samples,
        "state": one.status, "query_ms": round(one.query_ms, 3), "text": one.text,
    }  # fmt: skip


def _trial(sent: Trial) -> dict[str, Any]:
    found: dict[str, Any] = {"success": sent.success, "channel": sent.channel}
    if sent.message:
        found["message"] = sent.message
    if sent.error:
        found["error"] = sent.error
    return found


def _tagged(found: dict[str, Any]) -> Response:
    response = json_response(found)
    response.headers["ETag"] = f'"{found["revision"]}"'
    return response


def _created(place: str, found: dict[str, Any]) -> Response:
    response = _tagged(found) if "revision" in found else json_response(found)
    response.status_code = 201
    response.headers["Location"] = place
    return response
