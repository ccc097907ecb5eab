-- main.db: dictionaries, segments, arrivals, series. One writer (the collector), many readers.
-- Ids are dictionary codes; names are stored once. Every index names the query it serves.

CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
-- keys: generation (raised whenever the list of segments changes), batch (last committed),
--       segment_number (of the newest segment ever made)

CREATE TABLE process_group (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE            -- service.name
) STRICT;

CREATE TABLE process (                   -- identity: (group, name, scope); file and line are not part of it
    id INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL REFERENCES process_group,
    name TEXT NOT NULL,                  -- the span's name
    scope TEXT NOT NULL DEFAULT '',      -- instrumentation scope = module
    first_seen_ns INTEGER NOT NULL,
    UNIQUE (group_id, name, scope)
) STRICT;

CREATE TABLE data_name (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE data_type (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE exception_type (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE resource (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    group_id INTEGER NOT NULL REFERENCES process_group,
    body TEXT NOT NULL                   -- JSON: attributes, dropped_attributes, schema_url
) STRICT;

CREATE TABLE scope (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    body TEXT NOT NULL                   -- JSON: version, attributes, dropped_attributes, schema_url
) STRICT;

CREATE TABLE code_version (
    id INTEGER PRIMARY KEY,
    process_id INTEGER NOT NULL REFERENCES process,
    hash TEXT NOT NULL,
    source TEXT,                         -- NULL until a span brings it
    function TEXT NOT NULL DEFAULT '',
    file TEXT NOT NULL DEFAULT '',
    line INTEGER NOT NULL DEFAULT 0,
    first_seen_ns INTEGER NOT NULL,
    last_seen_ns INTEGER NOT NULL,
    UNIQUE (process_id, hash)
) STRICT;

CREATE TABLE segment (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,           -- spans-2026-11-20-0001.db; a number is never used twice
    day INTEGER NOT NULL,                -- days since 1970, UTC, of span start
    state TEXT NOT NULL CHECK (state IN ('live', 'sealed', 'retiring')),
    min_id INTEGER,                      -- of span.id, NULL while empty
    max_id INTEGER,
    rows INTEGER NOT NULL DEFAULT 0,
    applied_batch INTEGER NOT NULL DEFAULT 0  -- last batch whose effects on series and rollups main.db holds
) STRICT;

CREATE TABLE arrivals (                  -- the last 15 minutes or 1 M spans, whichever is less
    batch INTEGER NOT NULL,
    segment_id INTEGER NOT NULL,
    committed_ns INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    ids BLOB NOT NULL,                   -- span.id, little-endian int64 each, in order of arrival
    PRIMARY KEY (batch, segment_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE series (                    -- one per value series (group, process, data name)
    process_id INTEGER NOT NULL,
    data_name_id INTEGER NOT NULL,
    value ANY,                           -- the last value: number, or text (long ones cut, with a digest)
    type_id INTEGER NOT NULL,
    code INTEGER NOT NULL,               -- 64 bits that equal values share (data/values.py)
    anchor REAL,                         -- the run's first value as a number
    run INTEGER NOT NULL,                -- equal values in a row, 1 = just changed
    run_start_ns INTEGER NOT NULL,       -- start of the run's first span
    last_ns INTEGER NOT NULL,            -- start of the run's last span
    before_ns INTEGER NOT NULL,          -- start of the last span before the run
    calls INTEGER NOT NULL,              -- observations ever
    exempt INTEGER NOT NULL DEFAULT 0,   -- 1: bool, None, enum, constant (product decision 16)
    stale INTEGER NOT NULL DEFAULT 0,    -- 1: flagged now
    PRIMARY KEY (process_id, data_name_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX series_stale ON series (last_ns) WHERE stale = 1;   -- queries.alerts: values stale now
