"""Alerts: the review of the rules, what mends them, and edits that are taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import no_update

from alerting import edit
from alerting.learned import NoSuggestion
from alerting.mend import Mended, calmed, mended_words, raised
from alerting.message import value_text
from alerting.review import review
from alerting.rule import Rule
from callbacks.alerts_preview import preview_of
from callbacks.alerts_state import Board, Data
from callbacks.alerts_suggested import suggestion
from callbacks.alerts_writing import plain_of
from callbacks.control import control_of
from dashboard import url
from dashboard.components import alert_edits, alert_review, alert_suggested
from dashboard.components.marks import Children
from dashboard.url import PageState
from data.control import WHO, NotThere
from queries import alert_edits as log
from queries import alert_log
from queries.alert_review import acted
from queries.limits import TimeRange

if TYPE_CHECKING:
    from callbacks.context import Context

FIRINGS = 10_000
EDITS = 50
DAY_NS, WEEK_NS = 86_400 * 10**9, 7 * 86_400 * 10**9
Act = Mapping[str, Any]
Done = dict[str, Any]


def listed(ctx: Context, seen: Board, state: PageState) -> Children:
    """What is found in the range on the screen, of a week at least when that is short, and the last edits."""
    start, end = url.window_ns(state, ctx.now_ns())
    widened = end - start < DAY_NS
    range = TimeRange(end - WEEK_NS if widened else start, end)
    firings = [
        one for one in alert_log.history(ctx.reader, range.start_ns, limit=FIRINGS) if one.fired_ns < end
    ]
    found = review(seen.rules, firings, acted(ctx.reader, range), range)
    return [
        alert_review.over(range.start_ns, range.end_ns, widened=widened) if seen.rules else None,
        alert_review.listed(found, len(seen.rules), state),
        alert_review.edits_head(),
        edits(ctx, seen, state) or alert_review.no_edits(),
    ]


def edits(ctx: Context, seen: Board, state: PageState, rule: str = "") -> Children:
    """The newest edits, of one rule or of all."""
    names = seen.channel_names | seen.rule_names
    files = {one.rule.id: one.source for one in seen.rules if one.source}
    made = log.edits(ctx.reader, rule, limit=EDITS)
    return alert_edits.listed(made, names, files, state, of_rule=bool(rule))


def mend_raise(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """The threshold to where a replay is quiet."""
    rule = edit.rule(control_of(ctx), str(wish["rule"])).rule
    done = raised(rule, preview_of(ctx, rule, "7d"))
    none = "a replay of 7 days gives no threshold that is quiet"
    return _mended(ctx, rule, done, "a replay of 7 days fires", none), no_update


def mend_calm(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """It keeps firing for longer."""
    rule = edit.rule(control_of(ctx), str(wish["rule"])).rule
    done = calmed(rule, ctx.reader, int(wish.get("at") or 0))
    none = "firing for longer would not make it steadier"
    return _mended(ctx, rule, done, "a replay of that hour fires", none), no_update


def mend_learn(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """The threshold that its own history suggests."""
    rule = edit.rule(control_of(ctx), str(wish["rule"])).rule
    found = suggestion(ctx, rule)
    if isinstance(found, NoSuggestion):
        why = found.why or "its history is not kept by process"
        return _unchanged(rule, why), no_update
    plain = plain_of(rule) | {"warning": found.value, "critical": None, "recovery": None}
    edit.change_rule(control_of(ctx), rule.id, rule.revision, plain, ctx.now_ns(), WHO)
    words = f"{alert_suggested.limit(found)}; it {alert_suggested.would(found)}"
    return _said(True, f"{rule.name} now fires at {words}."), no_update


def _mended(ctx: Context, rule: Rule, done: Mended | None, judged: str, none: str) -> Done:
    """Keeps the mended rule, or says why there is `none`."""
    if done is None:
        return _unchanged(rule, none)
    edit.change_rule(control_of(ctx), rule.id, rule.revision, plain_of(done.rule), ctx.now_ns(), WHO)
    words = mended_words(rule, done, lambda value: value_text(value, rule.unit))
    times = "not at all" if not done.after else "once" if done.after == 1 else f"{done.after} times"
    return _said(True, f"{rule.name}: {words}; {judged} {times}, before {done.before} times.")


def _unchanged(rule: Rule, why: str) -> Done:
    return _said(False, f"{rule.name} stays as it is: {why}.")


def restore(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """A rule as it was before an edit."""
    given = str(wish.get("id") or "")
    found = log.edit(ctx.reader, int(given)) if given.isdigit() else None
    if found is None or found.before is None or found.subject != "rule":
        raise NotThere(given)
    saved = edit.restore(control_of(ctx), found.rule_id, found.before, ctx.now_ns(), WHO)
    return _said(True, f"{saved.rule.name} is as it was before", toast=True), no_update


def _said(ok: bool, words: str, **more: Any) -> Done:
    return {"ok": ok, "said": words, "place": "list", **more}


REVIEW_ACTS = {
    "mend-raise": mend_raise, "mend-calm": mend_calm, "mend-learn": mend_learn, "restore": restore,
}  # fmt: skip
