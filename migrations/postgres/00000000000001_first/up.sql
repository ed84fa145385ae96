-- Readings, where they came from, and what became of every file. Instants are epoch seconds in UTC, quantities are
-- millionths of the channel's unit. The same tables in SQLite: ../../sqlite; a test holds both to schema.rs.
-- Text that is ordered or unique compares byte by byte (COLLATE "C"), as in SQLite.

CREATE TABLE run (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    command TEXT NOT NULL,
    version TEXT NOT NULL
);

-- One row for each file received; the id is the order of receiving. A file that is refused again and again for the
-- same reason keeps its row.
CREATE TABLE source_file (
    id BIGINT PRIMARY KEY NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    path TEXT NOT NULL,
    format TEXT COLLATE "C",
    sha256 TEXT COLLATE "C" CHECK (length(sha256) = 64),
    size BIGINT NOT NULL CHECK (size >= 0),
    received_at BIGINT NOT NULL,
    created_at BIGINT,
    generation TEXT,
    generation_number INTEGER,
    environment TEXT COLLATE "C" CHECK (environment IN ('production', 'development')),
    sender TEXT,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('loaded', 'rejected', 'duplicate', 'name-conflict')),
    records BIGINT NOT NULL CHECK (records >= 0),
    inserted BIGINT NOT NULL CHECK (inserted >= 0),
    replaced BIGINT NOT NULL CHECK (replaced >= 0),
    unchanged BIGINT NOT NULL CHECK (unchanged >= 0),
    refused BIGINT NOT NULL CHECK (refused >= 0),
    findings BIGINT NOT NULL CHECK (findings >= 0),
    duration_ms BIGINT NOT NULL CHECK (duration_ms >= 0),
    attempts INTEGER NOT NULL CHECK (attempts >= 1),
    reason_code TEXT,
    reason_message TEXT,
    reason_line BIGINT,
    reason_column BIGINT,
    duplicate_of BIGINT REFERENCES source_file (id),
    run_id TEXT COLLATE "C" NOT NULL REFERENCES run (id)
);
-- The last line of defence of "never loaded twice", whatever the program believes.
CREATE UNIQUE INDEX source_file_loaded_name ON source_file (name) WHERE status = 'loaded';
CREATE UNIQUE INDEX source_file_loaded_content ON source_file (sha256) WHERE status = 'loaded';
CREATE UNIQUE INDEX source_file_attempt ON source_file (name, status, coalesce(sha256, '')) WHERE status <> 'loaded';
CREATE INDEX source_file_size ON source_file (size);
CREATE INDEX source_file_generation ON source_file (format, environment, generation_number);
CREATE INDEX source_file_created_at ON source_file (created_at);
CREATE INDEX source_file_duplicate_of ON source_file (duplicate_of);
CREATE INDEX source_file_run_id ON source_file (run_id);

-- The findings of a file that are kept in full, in their order, and all of them counted.
CREATE TABLE finding (
    file_id BIGINT NOT NULL REFERENCES source_file (id),
    ordinal INTEGER NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('note', 'warning', 'error')),
    line BIGINT,
    col BIGINT,
    length BIGINT,
    message TEXT NOT NULL,
    excerpt TEXT,
    indent INTEGER,
    width INTEGER,
    PRIMARY KEY (file_id, ordinal)
);

CREATE TABLE finding_count (
    file_id BIGINT NOT NULL REFERENCES source_file (id),
    code TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL CHECK (count > 0),
    PRIMARY KEY (file_id, code)
);

-- Refused records of files whose other records are loaded.
CREATE TABLE quarantined_record (
    file_id BIGINT NOT NULL REFERENCES source_file (id),
    ordinal BIGINT NOT NULL,
    line BIGINT NOT NULL,
    text TEXT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (file_id, ordinal)
);

CREATE TABLE meter_point (
    id BIGINT PRIMARY KEY NOT NULL,
    scheme TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    UNIQUE (scheme, code)
);
CREATE INDEX meter_point_code ON meter_point (code);

-- Meter point, name and unit are what a channel is; the rest describes it as the latest file does, but for the zone:
-- its days are cut already.
CREATE TABLE channel (
    id BIGINT PRIMARY KEY NOT NULL,
    meter_point_id BIGINT NOT NULL REFERENCES meter_point (id),
    name TEXT COLLATE "C" NOT NULL,
    unit TEXT COLLATE "C" NOT NULL,
    source_unit TEXT NOT NULL,
    serial TEXT NOT NULL,
    register TEXT NOT NULL,
    plant TEXT NOT NULL,
    zone TEXT NOT NULL,
    UNIQUE (meter_point_id, name, unit)
);

-- The current readings. channel_id and file_id refer to channel and source_file, but not by a constraint: looking both
-- up for every row makes a load take six times as long. They are written in one transaction with what they refer to,
-- and the doctor checks them. There is no index on file_id either: it would cost every load as much again as the table
-- itself, and only the doctor ever asks by file.
CREATE TABLE reading (
    channel_id BIGINT NOT NULL,
    start BIGINT NOT NULL,
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
    quantity BIGINT NOT NULL,
    quality SMALLINT NOT NULL CHECK (quality BETWEEN 0 AND 599),
    file_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    PRIMARY KEY (channel_id, start)
);

-- Every value that another took the place of. A value of a file that came late (an older file where the sender's time
-- decides) never was current: its file_id is greater than superseded_by. No constraints and no index on file_id, as above.
CREATE TABLE reading_history (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    channel_id BIGINT NOT NULL,
    start BIGINT NOT NULL,
    minutes INTEGER NOT NULL,
    quantity BIGINT NOT NULL,
    quality SMALLINT NOT NULL,
    file_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    superseded_by BIGINT NOT NULL
);
CREATE INDEX reading_history_key ON reading_history (channel_id, start);
-- The replaced readings of a load are counted through this one.
CREATE INDEX reading_history_superseded_by ON reading_history (superseded_by);

-- Once for each statement, not for each row: a load of many corrections writes its history in one go. A writer's
-- session has hash joins off, for its looking up of few rows in many; here two lists of equal length meet.
CREATE FUNCTION reading_superseded() RETURNS trigger LANGUAGE plpgsql SET enable_hashjoin = on AS $$
BEGIN
    INSERT INTO reading_history (channel_id, start, minutes, quantity, quality, file_id, line, superseded_by)
    SELECT o.channel_id, o.start, o.minutes, o.quantity, o.quality, o.file_id, o.line, n.file_id
    FROM old_rows o JOIN new_rows n ON n.channel_id = o.channel_id AND n.start = o.start
    WHERE o.quantity <> n.quantity OR o.minutes <> n.minutes OR o.quality <> n.quality;
    RETURN NULL;
END
$$;
CREATE TRIGGER reading_superseded AFTER UPDATE ON reading
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION reading_superseded();

-- One row for each channel and civil day of its zone with a reading. Readings without a value (quality 5xx) are left
-- out of count, sum, min and max. The sum is sum_units + sum_micros / 10^6.
CREATE TABLE daily_summary (
    channel_id BIGINT NOT NULL REFERENCES channel (id),
    day INTEGER NOT NULL,
    count BIGINT NOT NULL CHECK (count >= 0),
    sum_units BIGINT NOT NULL,
    sum_micros INTEGER NOT NULL CHECK (sum_micros BETWEEN 0 AND 999999),
    min BIGINT,
    max BIGINT,
    expected INTEGER NOT NULL CHECK (expected >= 1),
    PRIMARY KEY (channel_id, day)
);

-- For people who open the database by hand.
CREATE VIEW readings AS
SELECT m.code AS meter, c.name AS channel,
    to_char(to_timestamp(r.start) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start,
    to_char(to_timestamp(r.start + r.minutes * 60) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "end",
    r.quantity / 1000000::numeric AS value, c.unit AS unit,
    CASE r.quality / 100 WHEN 0 THEN 'unstated' WHEN 1 THEN 'A' WHEN 2 THEN 'E' WHEN 3 THEN 'S' WHEN 4 THEN 'F' ELSE 'N' END
        || CASE r.quality % 100 WHEN 0 THEN '' ELSE lpad((r.quality % 100)::text, 2, '0') END AS quality,
    f.name AS file, r.line AS line
FROM reading r
JOIN channel c ON c.id = r.channel_id
JOIN meter_point m ON m.id = c.meter_point_id
JOIN source_file f ON f.id = r.file_id;

CREATE VIEW daily AS
SELECT m.code AS meter, c.name AS channel, to_char(DATE '1970-01-01' + d.day, 'YYYY-MM-DD') AS date, c.zone AS zone, c.unit AS unit,
    d.count AS count, d.expected AS expected, d.sum_units + d.sum_micros / 1000000::numeric AS sum,
    d.min / 1000000::numeric AS min, d.max / 1000000::numeric AS max
FROM daily_summary d
JOIN channel c ON c.id = d.channel_id
JOIN meter_point m ON m.id = c.meter_point_id;

CREATE VIEW files AS
SELECT name, format, status, to_char(to_timestamp(received_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS received_at,
    to_char(to_timestamp(created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created_at, sha256, size, records, inserted, replaced,
    unchanged, refused, findings, attempts, reason_code, reason_message, reason_line, path
FROM source_file;
