"""A rule read aloud."""

from __future__ import annotations

import pytest

from alerting.rule import Rule
from alerting.sentence import limit, sentence, subject

ONE = 'process:="price_order" group:="pricing"'


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            Rule("a", filter=ONE, metric="p95", warning=210, critical=400, recovery=190, for_=300),
            "Fires when p95 latency of price_order over 5 min is above 210 ms for 5 min, "
            "and as critical above 400 ms; it is over below 190 ms.",
        ),
        (
            Rule("b", metric="error rate", critical=5, group_by="process", keep_firing=60),
            "Fires when the error rate of every call over 5 min is above 5 %, as critical, "
            "each process by itself; it is over for 1 min.",
        ),
        (
            Rule("c", kind="stale", data="return", filter='group:="fx"', repeats=20, min_seconds=60),
            "Fires when return of every call of fx repeats more than 20 times in a row "
            "and stays so for 1 min.",
        ),
        (
            Rule("d", kind="stale", data="rate", filter="duration:>5ms", tolerance=0.1),
            "Fires when rate of duration:>5ms, numbers within 0.1 counting as equal, "
            "repeats more than 5 times in a row.",
        ),
        (
            Rule("e", kind="no calls", window=600, group_by="attr.http.route"),
            "Fires when nothing of every call was called for 10 min, though it was in the day before, "
            "each http.route by itself.",
        ),
        (
            Rule("f", kind="new exception"),
            "Fires when every call raises what it did not raise in the seven days before.",
        ),
        (
            Rule("g", kind="type change", data="tier"),
            "Fires when tier of every call has another type than usual.",
        ),
        (
            Rule("h", metric="value", data="total", statistic="mean", operator="below", warning=1),
            "Fires when the mean of total of every call over 5 min is below 1.",
        ),
    ],
    ids=lambda one: one.name if isinstance(one, Rule) else "",
)
def test_every_kind_reads_as_one_plain_sentence(rule: Rule, said: str) -> None:
    assert sentence(rule) == said


def test_the_subject_names_a_value_and_its_calls() -> None:
    assert subject(Rule("a", kind="stale", data="return", filter='process:="fx_rate"')) == "return of fx_rate"
    assert subject(Rule("b", data="ignored", filter="status:error")) == "status:error"


def test_the_limit_is_that_of_the_severity() -> None:
    rule = Rule("a", metric="p95", warning=210, critical=400)
    assert (limit(rule, "warning"), limit(rule, "critical")) == ("210 ms", "400 ms")
    assert limit(Rule("b", critical=3)) == "3 ms"
    assert limit(Rule("c", kind="stale", repeats=1200)) == "1,200 repeats"
    assert limit(Rule("d", kind="no calls")) == "0"
