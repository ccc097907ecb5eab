"""Alerts: everything that a press does. Each answer says what came of it, in words and by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from alerting import edit
from alerting.edit import InUse, Invalid, ReadOnly
from alerting.members import standing_now
from alerting.rule import FieldError
from alerting.sample import judged_now
from alerting.watch import LAG_NS
from callbacks.alerts_channels import CHANNEL_ACTS, send_test
from callbacks.alerts_review import REVIEW_ACTS
from callbacks.alerts_state import Data, open_state
from callbacks.alerts_writing import Writing, plain_of, writing
from callbacks.binding import serve
from callbacks.control import control_of
from dashboard import format
from dashboard.components.alert_replay import point_text
from dashboard.components.alert_words import measure_word
from dashboard.components.states import Failure
from dashboard.ids import Alerts, Shell
from dashboard.url import PageState
from data import control_silences
from data.control import WHO, EditConflict, NotThere
from data.hours import HoursError, moment

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

NS = 10**9
SNOOZE_NS = 3600 * NS
VERDICTS = 8  # keys whose verdict is listed
Act = Mapping[str, Any]
Done = dict[str, Any]


def act(ctx: Context, wish: Act | None, data: Data, draft: Data) -> tuple[Any, Any]:
    """Does what was pressed; what came of it, and where to go then."""
    if not wish:
        raise PreventUpdate
    state = open_state(data)
    try:
        done, go = ACTS[str(wish.get("act"))](ctx, wish, state, draft)
    except KeyError:
        raise PreventUpdate from None
    except Invalid as error:
        done, go = _invalid(wish, error), no_update
    except EditConflict:
        done, go = _conflict(ctx, wish), no_update
    except ReadOnly as error:
        done, go = _said(wish, False, f"It stands in the file {error}: change it there."), no_update
    except InUse as error:
        done, go = _said(wish, False, f"Not deleted: {error} is made of it. Change that first."), no_update
    except NotThere:
        done, go = _said(wish, False, "It is gone: somebody deleted it meanwhile."), no_update
    return done | {"at": str(ctx.now_ns()), "act": wish.get("act")}, go


def _said(wish: Act, ok: bool, words: str, **more: Any) -> Done:
    """The answer, shown where the press was."""
    return {"ok": ok, "said": words, "place": str(wish.get("place") or "list"), **more}


def _invalid(wish: Act, error: Invalid) -> Done:
    errors = {one.field: one.message for one in error.errors}
    form, values = str(wish.get("form") or ""), dict(wish.get("values") or {})
    words = "Not saved: mend what is marked." if form != "silence" else "Not silenced: mend what is marked."
    values.pop("secret", None)
    return _said(wish, False, words, errors=errors, form=form, values=values)


def _conflict(ctx: Context, wish: Act) -> Done:
    """409: somebody else was faster, and which of the two counts is for a person to say."""
    begun = str(wish.get("for") or "").split("\n")  # of a form: edit, rule, revision
    id = begun[1] if begun[0] == "edit" else str(wish.get("rule") or "")
    if not id:
        return _said(wish, False, "Somebody changed this channel meanwhile. Open it again to see theirs.")
    theirs = edit.rule(control_of(ctx), id)
    ago = format.age((ctx.now_ns() - theirs.changed_ns) / NS)
    words = (
        f"Not saved: {theirs.changed_by} changed this rule {ago} ago, to revision {theirs.rule.revision}. "
        "What you wrote is still here."
    )
    return _said(wish, False, words, conflict=True)


def acknowledge(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """Somebody looks after this firing."""
    episode = int(wish.get("episode") or 0)
    rule = edit.rule(control_of(ctx), str(wish["rule"])).rule
    control_silences.acknowledge(
        control_of(ctx), rule.id, str(wish.get("key") or ""), episode, WHO, ctx.now_ns()
    )
    return _said(wish, True, f"{rule.name} acknowledged by {WHO}", toast=True), no_update


def snooze(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """Quiet for an hour; it goes on being judged."""
    now, rule = ctx.now_ns(), edit.rule(control_of(ctx), str(wish["rule"])).rule
    edit.add_silence(
        control_of(ctx), now, WHO, ends_ns=now + SNOOZE_NS, reason="snoozed for 1 h", rule_id=rule.id,
        key=str(wish.get("key") or ""),
    )  # fmt: skip
    return _said(wish, True, f"{rule.name} is quiet until {format.day_clock_zone(now + SNOOZE_NS)}",
                 toast=True), no_update  # fmt: skip


def silence(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """What the sentence on the Silences view says."""
    values, now = dict(wish.get("values") or {}), ctx.now_ns()
    made = edit.add_silence(
        control_of(ctx), now, WHO, reason=str(values.get("reason") or ""),
        rule_id=str(values.get("rule") or ""), key=str(values.get("key") or "").strip(),
        severity=str(values.get("severity") or ""), **_when(values, now),
    )  # fmt: skip
    words = f"until {format.day_clock_zone(made.ends_ns)}" if not made.hours else made.hours
    begins = f"from {format.day_clock(made.starts_ns)} " if made.starts_ns > now and not made.hours else ""
    return _said(wish, True, f"Silenced {begins}{words}", toast=True), no_update


def _when(values: Mapping[str, Any], now_ns: int) -> dict[str, Any]:
    """When it holds, as the sentence says: from now on, between two times of a zone, or again and again."""
    how = str(values.get("seconds") or "")
    if how == "hours":
        hours = str(values.get("hours") or "").strip()
        if not hours:
            raise Invalid(
                FieldError("hours", "days, times and a zone, such as sat 22:00-04:00 Europe/Berlin")
            )
        return {"hours": hours}
    if how != "between":
        return {"ends_ns": now_ns + int(how) * NS if how.isdigit() else 0}
    zone = str(values.get("zone") or "").strip() or "UTC"
    try:
        begin, end = (moment(str(values.get(name) or ""), zone) for name in ("from", "to"))
    except HoursError as error:
        raise Invalid(FieldError("zone", str(error))) from None
    except ValueError:
        raise Invalid(FieldError("ends", "give both times, such as 2026-11-20 22:00")) from None
    return {"starts_ns": begin, "ends_ns": end}


def end_silence(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    control_silences.end_silence(control_of(ctx), str(wish["id"]), ctx.now_ns())
    return _said(wish, True, "The silence has ended", toast=True), no_update


def switch(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """Active or paused."""
    paused = wish.get("on") == "0"
    saved = edit.pause_rule(control_of(ctx), str(wish["rule"]), paused, ctx.now_ns(), WHO)
    word = "paused" if paused else "active"
    return _said(wish, True, f"{saved.rule.name} is {word}", toast=True), no_update


def delete_rule(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    edit.delete_rule(control_of(ctx), str(wish["rule"]), ctx.now_ns(), WHO)
    gone = {"rule": "", "key": "", "edit": ""}
    return _said(wish, True, "The rule is deleted; its events stay", toast=True), gone


def _written(ctx: Context, wish: Act, state: PageState, draft: Data) -> Writing:
    """The rule that the form says; raises Invalid with what is wrong in it."""
    found = writing(ctx, state, _draft(wish, draft))
    if found is None:
        raise PreventUpdate
    if found.errors:
        raise Invalid(*found.errors)
    return found


def save_rule(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """Keeps what the form says; after that the rule is open, and the next pass judges it."""
    found = _written(ctx, wish, state, draft)
    plain, now, control = plain_of(found.rule), ctx.now_ns(), control_of(ctx)
    if found.rule.id:
        revision = found.theirs if wish["act"] == "overwrite" else found.revision
        saved = edit.change_rule(control, found.rule.id, revision, plain, now, WHO)
    else:
        saved = edit.add_rule(control, plain, now, WHO)
    go = dict.fromkeys(("new", "edit", "data", "metric", "name", "by", "q"), "") | {"rule": saved.rule.id}
    return _said(wish, True, f"{saved.rule.name} is saved and judged from now on", toast=True,
                 forget=True), go  # fmt: skip


def evaluate(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """The rule judged once by the scheduler's own code; nothing is kept and nobody is told."""
    found = _written(ctx, wish, state, draft)
    rule, moment = found.rule, ctx.now_ns() - LAG_NS
    verdicts = judged_now(rule, ctx.reader, moment, standing_now(control_of(ctx), ctx.reader, rule, moment))
    if not verdicts:
        return _said(wish, True, "Judged: no call matches now."), no_update
    bad = [one for one in verdicts if one.status in ("firing", "pending")]
    order = sorted(verdicts, key=lambda one: (one not in bad, one.key))
    lines = [
        f"{one.key or measure_word(rule)}: {point_text(rule, one.value, one.text)} → {one.status}"
        for one in order[:VERDICTS]
    ]
    words = "Judged now: it would fire." if bad else "Judged now: it would not fire."
    if len(verdicts) > 1:
        words = f"Judged now: {len(bad)} of {len(verdicts)} groups would fire."
    return _said(wish, True, words, lines=lines), no_update


def test_rule(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """A message marked TEST to each channel that the sentence names."""
    found = writing(ctx, state, _draft(wish, draft))
    if found is None:
        raise PreventUpdate
    if not found.rule.every_channel:
        return _said(wish, False, "The sentence tells nobody: choose a channel first."), no_update
    trials = [send_test(ctx, id, found.rule.name) for id in found.rule.every_channel]
    good = all(one.ok for one in trials)
    words = "Test message delivered." if good else "Not every test message arrived."
    return _said(wish, good, words, lines=[one.words for one in trials]), no_update


def close(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """The note goes away."""
    return _said(wish, True, ""), no_update


def _draft(wish: Act, draft: Data) -> Data:
    """What stands in the form at the press, which may be newer than what was sent while typing."""
    return {"for": wish["for"], "values": wish.get("values") or {}} if wish.get("for") else draft


ACTS: Mapping[str, Callable[[Context, Act, PageState, Data], tuple[Done, Any]]] = {
    "acknowledge": acknowledge, "snooze": snooze, "silence": silence, "end-silence": end_silence,
    "switch": switch, "delete-rule": delete_rule, "save-rule": save_rule, "overwrite": save_rule,
    "evaluate": evaluate, "test-rule": test_rule, "close": close, **CHANNEL_ACTS, **REVIEW_ACTS,
}  # fmt: skip


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, act,
        Output(Alerts.DONE, "data"), Output(Alerts.WISH, "data"),
        Input(Alerts.ACT, "data"), State(Shell.FILTER, "data"), State(Alerts.DRAFT, "data"),
        on_failure=_failed, at_first=False,
    )  # fmt: skip


def _failed(failure: Failure) -> tuple[Any, Any]:
    done = {"ok": False, "said": f"{failure.what} {failure.mend}", "place": "list", "toast": True}
    return done, no_update
