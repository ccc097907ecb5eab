"""The tables of alerts in control.db. The page owns rules, channels and silences, the collector the rest."""

from __future__ import annotations

ALERTS = (
    """
    CREATE TABLE alert_rule (
        id TEXT PRIMARY KEY,
        revision INTEGER NOT NULL,           -- rises with each edit; an edit of another revision is refused
        body TEXT NOT NULL,                  -- JSON, alerting/rule.py
        created_ns INTEGER NOT NULL,
        changed_ns INTEGER NOT NULL,
        changed_by TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE alert_state (               -- survives restarts, so that nothing is told twice
        rule_id TEXT NOT NULL,
        key TEXT NOT NULL,
        body TEXT NOT NULL,                  -- JSON, alerting/state.py
        at_ns INTEGER NOT NULL,
        PRIMARY KEY (rule_id, key)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE alert_event (
        id TEXT PRIMARY KEY,                 -- the same for the same happening, so that it is kept once
        rule_id TEXT NOT NULL,
        rule_name TEXT NOT NULL,
        key TEXT NOT NULL,
        kind TEXT NOT NULL,
        at_ns INTEGER NOT NULL,
        severity TEXT NOT NULL,
        value REAL,
        text TEXT NOT NULL,
        episode_ns INTEGER NOT NULL,
        announced INTEGER NOT NULL,
        detail TEXT NOT NULL                 -- JSON: threshold, unit, evidence
    ) STRICT
    """,
    "CREATE INDEX alert_event_at ON alert_event (at_ns)",  # control_alerts.events
    "CREATE INDEX alert_event_rule ON alert_event (rule_id, key, at_ns)",  # control_alerts.events of one rule
    """
    CREATE TABLE alert_evaluation (
        rule_id TEXT NOT NULL,
        key TEXT NOT NULL,
        at_ns INTEGER NOT NULL,
        value REAL,
        samples INTEGER NOT NULL,
        status TEXT NOT NULL,
        query_ms REAL NOT NULL,
        PRIMARY KEY (rule_id, key, at_ns)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE alert_channel (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        body TEXT NOT NULL,                  -- JSON without secrets
        secret BLOB,                         -- encrypted, NULL when there is none or it is in the environment
        changed_ns INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE alert_outbox (              -- "sending" is committed before an attempt is made
        id INTEGER PRIMARY KEY,
        event_id TEXT NOT NULL,
        channel_id TEXT NOT NULL,
        channel_name TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'dropped')),
        attempts INTEGER NOT NULL,
        next_try_ns INTEGER NOT NULL,
        created_ns INTEGER NOT NULL,
        finished_ns INTEGER NOT NULL,        -- 0 until sent, failed for good or dropped
        answer TEXT NOT NULL,
        latency_ms REAL NOT NULL,
        twice INTEGER NOT NULL,              -- 1: it may have been sent before a crash
        UNIQUE (event_id, channel_id)
    ) STRICT
    """,
    "CREATE INDEX alert_outbox_due ON alert_outbox (next_try_ns) WHERE state IN ('waiting', 'sending')",
    """
    CREATE TABLE alert_silence (
        id TEXT PRIMARY KEY,
        rule_id TEXT NOT NULL,               -- "" any rule
        key TEXT NOT NULL,                   -- a pattern with *, "" any key
        author TEXT NOT NULL,
        reason TEXT NOT NULL,
        starts_ns INTEGER NOT NULL,
        ends_ns INTEGER NOT NULL,
        created_ns INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE alert_ack (
        rule_id TEXT NOT NULL,
        key TEXT NOT NULL,
        episode_ns INTEGER NOT NULL,
        author TEXT NOT NULL,
        at_ns INTEGER NOT NULL,
        PRIMARY KEY (rule_id, key, episode_ns)
    ) STRICT, WITHOUT ROWID
    """,
)
ALERT_EDITS = (
    "ALTER TABLE alert_channel ADD COLUMN revision INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE alert_channel ADD COLUMN created_ns INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE alert_channel ADD COLUMN changed_by TEXT NOT NULL DEFAULT 'local'",
    "ALTER TABLE alert_silence ADD COLUMN severity TEXT NOT NULL DEFAULT ''",  # "" any
    "ALTER TABLE alert_evaluation ADD COLUMN text TEXT NOT NULL DEFAULT ''",  # what was seen, if no number
)
ALERT_HOURS = (
    "ALTER TABLE alert_silence ADD COLUMN hours TEXT NOT NULL DEFAULT ''",  # "" all the time, data/hours.py
)
ALERT_TIES = (
    """
    CREATE TABLE alert_tie (                 -- a firing is the effect of another
        rule_id TEXT NOT NULL,
        key TEXT NOT NULL,
        episode_ns INTEGER NOT NULL,         -- when it began
        rule_name TEXT NOT NULL,
        severity TEXT NOT NULL,
        cause_id TEXT NOT NULL,
        cause_key TEXT NOT NULL,
        cause_episode_ns INTEGER NOT NULL,
        cause_name TEXT NOT NULL,
        calls INTEGER NOT NULL,              -- traced calls from the effect down to the cause
        at_ns INTEGER NOT NULL,
        told_ns INTEGER NOT NULL,            -- when it had been told by itself before, 0 never
        ended_ns INTEGER NOT NULL,           -- 0 while the tie holds
        PRIMARY KEY (rule_id, key, episode_ns, cause_id, cause_key, cause_episode_ns)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX alert_tie_cause ON alert_tie (cause_id, cause_key, cause_episode_ns)",  # control_ties
)
ALERT_PROGRESS = (
    """
    CREATE TABLE alert_progress (            -- how far each rule has been judged
        rule_id TEXT PRIMARY KEY,
        rule_name TEXT NOT NULL,
        shape TEXT NOT NULL,                 -- of what it looks at: another one begins anew
        at_ns INTEGER NOT NULL,              -- the newest moment that was judged
        known_from_ns INTEGER NOT NULL       -- calls that ended before this were not counted
    ) STRICT, WITHOUT ROWID
    """,
)
ALERT_FILES = (
    "ALTER TABLE alert_rule ADD COLUMN source TEXT NOT NULL DEFAULT ''",  # name of its file, "" written here
    """
    CREATE TABLE alert_file (                -- what is wrong in the folder of rules
        name TEXT NOT NULL,                  -- of the file, "" the folder itself
        place INTEGER NOT NULL,
        said TEXT NOT NULL,                  -- one line: where, what, how to mend it
        PRIMARY KEY (name, place)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE alert_edit (                -- who changed which rule, kept for 365 days
        id INTEGER PRIMARY KEY,
        rule_id TEXT NOT NULL,
        rule_name TEXT NOT NULL,
        at_ns INTEGER NOT NULL,
        who TEXT NOT NULL,
        before TEXT NOT NULL,                -- the rule's body, "" when it was made
        after TEXT NOT NULL                  -- "" when it was deleted
    ) STRICT
    """,
    "CREATE INDEX alert_edit_rule ON alert_edit (rule_id, id)",  # queries.alert_edits.edits of one rule
    "CREATE INDEX alert_edit_at ON alert_edit (at_ns)",  # the same of a range; what is too old
)
ALERT_SUBJECTS = (
    "ALTER TABLE alert_edit ADD COLUMN subject TEXT NOT NULL DEFAULT 'rule'",  # or channel
)
