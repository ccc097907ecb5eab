"""Alerts: what a rule would have done, read once per rule and span; thresholds only live it through again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alerting.combination import members_of
from alerting.preview import SPANS, Preview, preview
from alerting.rule import Rule
from callbacks.alerts_state import board

if TYPE_CHECKING:
    from callbacks.context import Context

KEPT_SECONDS = 60.0
NS = 10**9


def preview_of(ctx: Context, rule: Rule, span: str) -> Preview:
    """The evaluations of the span that ends now; shared by all that differ in thresholds only."""
    bare = measured(rule)
    now = ctx.now_ns()
    rules = {one.rule.id: one.rule for one in board(ctx).rules} if rule.members else {}
    made_of = tuple(rules[id] for id in members_of(rule, rules) if id in rules)
    key = ("alerts.preview", bare, made_of, span, now // round(KEPT_SECONDS * NS))
    return ctx.cache.get(key, lambda: preview(bare, ctx.reader, now, SPANS[span], rules), KEPT_SECONDS)


def measured(rule: Rule) -> Rule:
    """The rule without what only decides over numbers that were measured."""
    return replace(
        rule, name="", revision=0, id=rule.id if rule.members else "",
        warning=None, critical=None, recovery=None, for_=0, keep_firing=0,
        min_samples=1, no_data="keep", repeats=0, severity="warning", channels=(), owner="", runbook="",
        message_title="", message_text="", group_wait=0, repeat=0, enabled=True, hours="", escalation=(),
    )  # fmt: skip
