"""Rules to begin with: what most people want to be told, with thresholds that a replay then corrects."""

from __future__ import annotations

from dataclasses import dataclass

from alerting.rule import Rule


@dataclass(frozen=True, slots=True)
class Template:
    """A named beginning. `why` says when it helps."""

    key: str
    why: str
    rule: Rule


TEMPLATES: tuple[Template, ...] = (
    Template(
        "errors", "Calls fail more often than they should",
        Rule("Error rate", metric="error rate", warning=2.0, critical=5.0, min_samples=20, window=300),
    ),
    Template(
        "slow", "The slowest calls take too long",
        Rule("Slow calls", metric="p95", warning=500.0, critical=1000.0, recovery=400.0, min_samples=20,
             window=300, for_=60),
    ),
    Template(
        "stale", "A value is the same call after call",
        Rule("Value stopped changing", kind="stale", data="return", repeats=20, severity="critical"),
    ),
    Template(
        "exception", "Something is raised that was never raised before",
        Rule("New exception", kind="new exception", severity="warning", window=300),
    ),
    Template(
        "type", "A value arrives with another type than usual",
        Rule("Type change", kind="type change", data="return", severity="warning", window=300),
    ),
    Template(
        "silent", "What used to be called is not called any more",
        Rule("No calls any more", kind="no calls", severity="critical", window=600),
    ),
    Template(
        "value", "A number leaves the range it should stay in",
        Rule("Value too high", metric="value", data="return", warning=100.0, window=300),
    ),
    Template(
        "traffic", "There is far more, or far less, to do than usual",
        Rule("Little traffic", metric="traffic", operator="below", warning=0.1, window=300, for_=300),
    ),
    Template(
        "stale count", "More and more values stop changing",
        Rule("Stale values", metric="stale count", warning=5.0, for_=60),
    ),
    Template(
        "queue", "Spans wait longer and longer to be written",
        Rule("Queue depth", metric="queue depth", warning=5_000.0, critical=25_000.0, for_=30),
    ),
    Template(
        "memory", "Single calls take a lot of memory",
        Rule("Memory of a call", metric="memory", warning=50.0, critical=200.0, window=300),
    ),
    Template(
        "spike", "Far more calls fail than is usual at this hour",
        Rule("Error spike", kind="error spike", warning=3.0, critical=10.0, min_samples=20, window=300),
    ),
    Template(
        "growth", "Calls leave more and more memory behind",
        Rule("Memory growth", kind="memory growth", warning=1.0, min_samples=20, window=1800),
    ),
    Template(
        "regression", "A new version is slower or fails more than the one before",
        Rule("New version is worse", kind="regression", group_by="process", severity="warning"),
    ),
    Template(
        "combination", "Several rules fire at the same time, or one without another",
        Rule("Together", kind="combination", severity="critical"),
    ),
)  # fmt: skip


def template(key: str) -> Template:
    """The template of this key; the first one for any other."""
    return next((one for one in TEMPLATES if one.key == key), TEMPLATES[0])
