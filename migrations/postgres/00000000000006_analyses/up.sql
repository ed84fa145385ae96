-- What was found to be wrong with series, and what was put in the place of quantities that are missing or wrong. Readings stay
-- as they are. The same tables in SQLite: ../../sqlite; a test holds both to schema.rs.

-- A channel that was examined. version is a SHA-256 over all that was looked at: while it is the same, nothing is new.
-- model is a JSON object.
CREATE TABLE series_analysis (
    channel_id BIGINT PRIMARY KEY NOT NULL REFERENCES channel (id),
    version TEXT NOT NULL CHECK (length(version) = 64),
    made_at BIGINT NOT NULL,
    start BIGINT,
    step_seconds BIGINT,
    model TEXT NOT NULL,
    verdict TEXT NOT NULL
);

-- What is wrong: first and last interval or instant (UTC epoch microseconds, both inclusive); values are in the unit of the
-- channel.
CREATE TABLE anomaly (
    channel_id BIGINT NOT NULL REFERENCES series_analysis (channel_id),
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    start BIGINT NOT NULL,
    "end" BIGINT NOT NULL,
    severity DOUBLE PRECISION NOT NULL,
    expected DOUBLE PRECISION,
    low DOUBLE PRECISION,
    high DOUBLE PRECISION,
    observed DOUBLE PRECISION,
    reason TEXT NOT NULL,
    PRIMARY KEY (channel_id, ordinal)
);

-- Estimated quantities (millionths of the unit), apart from what was measured; reason says of which fault.
CREATE TABLE estimate (
    channel_id BIGINT NOT NULL REFERENCES channel (id),
    start BIGINT NOT NULL,
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
    quantity BIGINT NOT NULL,
    method TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (channel_id, start)
);
