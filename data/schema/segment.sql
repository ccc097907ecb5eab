-- spans-<day>-<nnnn>.db: the spans of one UTC day of start, or 256 MB of it, whichever comes first.

CREATE TABLE span (
    id INTEGER PRIMARY KEY,              -- start_us << 11 | sequence: order of time, keyset, range
    start_off INTEGER NOT NULL,          -- start_ns - (id >> 11) * 1000: the exact start
    trace_hi INTEGER NOT NULL,           -- trace id as two signed 64-bit integers, big-endian
    trace_lo INTEGER NOT NULL,
    span_id INTEGER NOT NULL,            -- signed 64-bit, big-endian
    parent_id INTEGER,                   -- NULL for a root
    process INTEGER NOT NULL,
    version INTEGER,                     -- code_version.id
    resource INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    status INTEGER NOT NULL,             -- OTLP: 0 Unset, 1 Ok, 2 Error
    duration_ns INTEGER NOT NULL,
    memory INTEGER,                      -- bytes
    data INTEGER,                        -- primary observation: data_name.id
    type INTEGER,                        -- data_type.id
    value ANY,                           -- number as number, everything else as text
    exception INTEGER,                   -- exception_type.id
    exception_message TEXT,
    body TEXT                            -- JSON, data/body.py: everything else of the OTLP span
) STRICT;

CREATE INDEX span_trace ON span (trace_lo);                                   -- one trace, repeats
CREATE INDEX span_process ON span (process);                                  -- (process, time)
CREATE INDEX span_error ON span (id, process, duration_ns) WHERE status = 2;  -- errors only
CREATE INDEX span_slow ON span (id, process, duration_ns) WHERE duration_ns >= 250000000;

CREATE VIRTUAL TABLE span_text USING fts5 (  -- rowid = span.id; string values and exceptions only
    body, content='', detail=none, columnsize=0,
    tokenize="unicode61 remove_diacritics 2"
);
INSERT INTO span_text (span_text, rank) VALUES ('automerge', 16);  -- 4 by default: a fifth of its time is merging

CREATE TABLE batch (                     -- commits whose effects main.db may not hold yet; read after a crash
    batch INTEGER PRIMARY KEY,
    committed_ns INTEGER NOT NULL,
    ids BLOB NOT NULL                    -- span.id, little-endian int64 each, in order of arrival
) STRICT;
