-- Versions of days, what senders say of intervals beyond their values, and reads of registers. Databases that hold none
-- of these pay nothing for them. The same tables in Postgres: ../../postgres; a test holds both to schema.rs.

-- How a value came into the history: 0, another value took its place (or it came late under the rule of the sender's
-- time, when its file_id is greater than superseded_by); 1, it was withdrawn, because its day was said anew in intervals
-- of another length; 2, it never was current, because its day had been said in a later version.
ALTER TABLE reading_history ADD COLUMN manner SMALLINT NOT NULL DEFAULT 0 CHECK (manner BETWEEN 0 AND 2);

-- What each file said of a civil day of a channel, where it states a version (the sender's time of the last change, epoch
-- seconds). The day is held by the greatest version; of equal ones by the file its sender made last, then by the one
-- received last. minutes and line are those of the readings that the file would have current. No constraints on
-- channel_id and file_id, as with readings; the doctor checks them.
CREATE TABLE day_version (
    channel_id BIGINT NOT NULL,
    day INTEGER NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    file_id BIGINT NOT NULL,
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
    line BIGINT NOT NULL,
    PRIMARY KEY (channel_id, day, version, file_id)
) WITHOUT ROWID;

-- Reasons, texts and statuses of intervals, each for the readings of its own file alone.
CREATE TABLE interval_event (
    id INTEGER PRIMARY KEY NOT NULL,
    channel_id BIGINT NOT NULL,
    start BIGINT NOT NULL,
    "end" BIGINT NOT NULL,
    quality SMALLINT NOT NULL CHECK (quality BETWEEN 0 AND 599),
    reason SMALLINT,
    text TEXT NOT NULL,
    file_id BIGINT NOT NULL,
    line BIGINT NOT NULL
);
CREATE INDEX interval_event_start ON interval_event (channel_id, start);

-- Reads of registers, current and superseded. Texts that a format does not have are empty; previous_quality is empty where
-- there is no stand before. serial and register are those of the meter that was read, whatever the channel says by now.
-- counted: as how many records it was inserted; below 0, with how many it took the place of others; 0, it came late and
-- never was current.
CREATE TABLE register_read (
    id INTEGER PRIMARY KEY NOT NULL,
    channel_id BIGINT NOT NULL,
    serial TEXT NOT NULL,
    register TEXT NOT NULL,
    period TEXT NOT NULL,
    rate TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('', 'E', 'I')),
    previous_at BIGINT,
    previous_read TEXT NOT NULL,
    previous_quality SMALLINT CHECK (previous_quality BETWEEN 0 AND 599),
    previous_reason SMALLINT,
    previous_reason_text TEXT NOT NULL,
    previous_trans_code TEXT NOT NULL,
    previous_service_order TEXT NOT NULL,
    read_at BIGINT,
    read TEXT NOT NULL,
    quality SMALLINT NOT NULL CHECK (quality BETWEEN 0 AND 599),
    reason SMALLINT,
    reason_text TEXT NOT NULL,
    trans_code TEXT NOT NULL,
    service_order TEXT NOT NULL,
    quantity BIGINT,
    demand BIGINT,
    demand_at BIGINT,
    status TEXT NOT NULL,
    reset_count BIGINT,
    reset_at BIGINT,
    version BIGINT NOT NULL CHECK (version >= 0),
    file_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    counted SMALLINT NOT NULL,
    superseded_by BIGINT
);
-- Found by channel and time; a read without a time counts as one of 1970.
CREATE INDEX register_read_at ON register_read (channel_id, coalesce(read_at, 0));

-- For people who open the database by hand: the current reads.
CREATE VIEW registers AS
SELECT m.code AS meter, c.name AS channel, r.register AS register, r.serial AS serial, r.period AS period, r.rate AS rate,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.previous_at, 'unixepoch') AS previous_at, r.previous_read AS previous_read,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.read_at, 'unixepoch') AS read_at, r.read AS read,
    CASE r.quality / 100 WHEN 0 THEN 'unstated' WHEN 1 THEN 'A' WHEN 2 THEN 'E' WHEN 3 THEN 'S' WHEN 4 THEN 'F' ELSE 'N' END
        || CASE r.quality % 100 WHEN 0 THEN '' ELSE printf('%02d', r.quality % 100) END AS quality,
    r.quantity / 1000000.0 AS quantity, c.unit AS unit, r.demand / 1000000.0 AS demand,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.demand_at, 'unixepoch') AS demand_at, r.status AS status,
    f.name AS file, r.line AS line
FROM register_read r
JOIN channel c ON c.id = r.channel_id
JOIN meter_point m ON m.id = c.meter_point_id
JOIN source_file f ON f.id = r.file_id
WHERE r.superseded_by IS NULL;
