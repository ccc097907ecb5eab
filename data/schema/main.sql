-- main.db: dictionaries, segments, arrivals, series. One writer (the collector), many readers.
-- Ids are dictionary codes; names are stored once. Every index names the query it serves.

CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
-- keys: generation (raised whenever the list of segments changes), batch (last committed),
--       segment_number (of the newest segment ever made), expired_ns (spans before it may be deleted),
--       rebuild (rollups are to be made anew at the next start)

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
    applied_batch INTEGER NOT NULL DEFAULT 0,  -- last batch whose effects on series and rollups main.db holds
    retired TEXT                         -- why it is retiring: age, size
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
    quiet INTEGER NOT NULL DEFAULT 0,    -- of a stale one: 0 same value, 1 no calls any more, 2 source gone
    PRIMARY KEY (process_id, data_name_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX series_stale ON series (last_ns) WHERE stale = 1;   -- queries.alerts: values stale now

-- Rollups: cells of a minute (tier 0, kept 49 h), an hour (1, 31 d) and a day (2, 31 d). `t` counts them since
-- 1970, UTC. Histograms: data/histogram.py. In order of time, so that a moment's cells are neighbours.

CREATE TABLE rollup_group (
    tier INTEGER NOT NULL,
    t INTEGER NOT NULL,
    group_id INTEGER NOT NULL,
    process_id INTEGER NOT NULL,         -- 0
    calls INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    roots INTEGER NOT NULL,              -- calls without a parent: traces
    duration_ns INTEGER NOT NULL,        -- sum
    longest_ns INTEGER NOT NULL,
    durations BLOB NOT NULL,             -- histogram, ns
    memories BLOB NOT NULL,              -- histogram, bytes; empty when not measured
    PRIMARY KEY (tier, t, group_id, process_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollup_process (
    tier INTEGER NOT NULL,
    t INTEGER NOT NULL,
    process_id INTEGER NOT NULL,
    version_id INTEGER NOT NULL,         -- code_version.id, 0 when unknown
    calls INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    roots INTEGER NOT NULL,
    duration_ns INTEGER NOT NULL,
    longest_ns INTEGER NOT NULL,
    durations BLOB NOT NULL,
    memories BLOB NOT NULL,
    PRIMARY KEY (tier, t, process_id, version_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollup_series (             -- one per value series, as in the table series
    tier INTEGER NOT NULL,
    t INTEGER NOT NULL,
    process_id INTEGER NOT NULL,
    data_name_id INTEGER NOT NULL,
    calls INTEGER NOT NULL,              -- values of any type
    nulls INTEGER NOT NULL,              -- of them None
    changes INTEGER NOT NULL,            -- values that differed from the one before, as they arrived
    total REAL NOT NULL,                 -- sum of the numbers
    least REAL NOT NULL,                 -- of the numbers, 0 when there is none
    most REAL NOT NULL,
    numbers BLOB NOT NULL,               -- histogram, signed; empty when there is no number
    types ANY NOT NULL,                  -- data_type.id of all values, or JSON {data_type.id: values}
    distinct_values INTEGER NOT NULL,    -- 65: more than 64
    value_codes BLOB NOT NULL,           -- 3 bytes for each of them; empty when more
    PRIMARY KEY (tier, t, process_id, data_name_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dropped_segment (           -- what retention took away, for as long as rollups remember it
    name TEXT PRIMARY KEY,
    day INTEGER NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('age', 'size', 'missing')),
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    min_id INTEGER,                      -- of span.id
    max_id INTEGER,
    dropped_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE stale_run (                 -- every run of equal values that was flagged
    process_id INTEGER NOT NULL,
    data_name_id INTEGER NOT NULL,
    run_start_ns INTEGER NOT NULL,       -- start of the run's first span
    flagged_ns INTEGER NOT NULL,         -- when the flag was set, by the collector's clock
    value ANY,
    type_id INTEGER NOT NULL,
    run INTEGER NOT NULL,                -- equal values in a row so far
    last_ns INTEGER NOT NULL,            -- start of the run's last span so far
    ended_ns INTEGER,                    -- when the flag was cleared; NULL while it stands
    PRIMARY KEY (process_id, data_name_id, run_start_ns)
) STRICT, WITHOUT ROWID;
CREATE INDEX stale_run_ended ON stale_run (ended_ns);            -- queries.stale: flagged at a moment
CREATE INDEX stale_run_last ON stale_run (last_ns);              -- queries.stale: history of a range; retention
