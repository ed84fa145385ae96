-- Sensors: what they are called, which of their days have measurements, and the lake that holds these. Databases without
-- sensors pay nothing for them. The same tables in Postgres: ../../postgres; a test holds both to schema.rs.

-- A mapping of names may be corrected under its own name, and be set back to what it said before; whether it says
-- anything new is decided when it is taken.
DROP INDEX source_file_loaded_name;
DROP INDEX source_file_loaded_content;
CREATE UNIQUE INDEX source_file_loaded_name ON source_file (name) WHERE status = 'loaded' AND format <> 'sensor-mapping';
CREATE UNIQUE INDEX source_file_loaded_content ON source_file (sha256) WHERE status = 'loaded' AND format <> 'sensor-mapping';
-- The two above guard; these find.
CREATE INDEX source_file_name ON source_file (name);
CREATE INDEX source_file_sha256 ON source_file (sha256);

-- Objects of stores whose content is known: an object with this address, entity tag and size need not be read again.
CREATE TABLE source_object (
    address TEXT PRIMARY KEY NOT NULL,
    etag TEXT NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    file_id BIGINT NOT NULL REFERENCES source_file (id)
) WITHOUT ROWID;
CREATE INDEX source_object_file_id ON source_object (file_id);

-- A name and a sensor belong to each other alone.
CREATE UNIQUE INDEX meter_point_sensor_name ON meter_point (name) WHERE scheme = 'sensor';

-- What mappings have said, current and superseded; the current name also stands in meter_point. counted: 1, the sensor had
-- no name before; -1, it had another.
CREATE TABLE sensor_name (
    id INTEGER PRIMARY KEY NOT NULL,
    meter_point_id BIGINT NOT NULL REFERENCES meter_point (id),
    name TEXT NOT NULL,
    file_id BIGINT NOT NULL REFERENCES source_file (id),
    line BIGINT NOT NULL,
    counted SMALLINT NOT NULL CHECK (counted IN (-1, 1)),
    superseded_by BIGINT REFERENCES source_file (id)
);
CREATE INDEX sensor_name_meter_point_id ON sensor_name (meter_point_id);
CREATE INDEX sensor_name_file_id ON sensor_name (file_id);
CREATE INDEX sensor_name_superseded_by ON sensor_name (superseded_by);

-- One row for each sensor and civil day of its zone with measurements: how many instants, the first and the last of them
-- (UTC epoch microseconds). What is measured outside of them must be new; only inside of them need the lake be asked.
CREATE TABLE sensor_day (
    channel_id BIGINT NOT NULL REFERENCES channel (id),
    day INTEGER NOT NULL,
    count BIGINT NOT NULL CHECK (count >= 1),
    first BIGINT NOT NULL,
    last BIGINT NOT NULL CHECK (last >= first),
    PRIMARY KEY (channel_id, day)
) WITHOUT ROWID;

-- What each file of measurements has put into the lake: inserted + replaced rows carry its id there.
CREATE TABLE measured_file (
    file_id BIGINT PRIMARY KEY NOT NULL REFERENCES source_file (id),
    inserted BIGINT NOT NULL CHECK (inserted >= 0),
    replaced BIGINT NOT NULL CHECK (replaced >= 0),
    unchanged BIGINT NOT NULL CHECK (unchanged >= 0)
);

-- The lake of this database; one row, once it is made. A location without a leading slash and without :// is beside the
-- file of the database. readings: whether it also takes the readings of meters.
CREATE TABLE lake (
    id TEXT PRIMARY KEY NOT NULL,
    location TEXT NOT NULL,
    readings SMALLINT NOT NULL CHECK (readings IN (0, 1)),
    made_at BIGINT NOT NULL
);

-- Every change of a table of the lake, in its order. This is what decides; the lake's own log follows, and says how far
-- it has come by the number of the last one.
CREATE TABLE lake_publication (
    dataset TEXT NOT NULL CHECK (dataset IN ('measurements', 'superseded', 'readings')),
    number BIGINT NOT NULL CHECK (number >= 1),
    operation TEXT NOT NULL CHECK (operation IN ('load', 'compact')),
    made_at BIGINT NOT NULL,
    PRIMARY KEY (dataset, number)
) WITHOUT ROWID;

-- The data files of the lake: each is part of its table from the publication that added it to the one that removed it.
CREATE TABLE lake_file (
    id INTEGER PRIMARY KEY NOT NULL,
    dataset TEXT NOT NULL,
    path TEXT NOT NULL,
    day INTEGER NOT NULL,
    size BIGINT NOT NULL CHECK (size > 0),
    rows BIGINT NOT NULL CHECK (rows > 0),
    first_series TEXT NOT NULL,
    last_series TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    first_file BIGINT NOT NULL,
    last_file BIGINT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    added BIGINT NOT NULL,
    removed BIGINT,
    UNIQUE (dataset, path),
    FOREIGN KEY (dataset, added) REFERENCES lake_publication (dataset, number),
    FOREIGN KEY (dataset, removed) REFERENCES lake_publication (dataset, number)
);
CREATE INDEX lake_file_day ON lake_file (dataset, day) WHERE removed IS NULL;
CREATE INDEX lake_file_added ON lake_file (added, dataset);
CREATE INDEX lake_file_removed ON lake_file (removed, dataset);

-- For people who open the database by hand.
CREATE VIEW sensors AS
SELECT m.name AS name, m.code AS sensor, c.zone AS zone, sum(d.count) AS measurements,
    strftime('%Y-%m-%dT%H:%M:%SZ', min(d.first) / 1000000, 'unixepoch') AS first,
    strftime('%Y-%m-%dT%H:%M:%SZ', max(d.last) / 1000000, 'unixepoch') AS last
FROM meter_point m
LEFT JOIN channel c ON c.meter_point_id = m.id
LEFT JOIN sensor_day d ON d.channel_id = c.id
WHERE m.scheme = 'sensor'
GROUP BY m.id, m.name, m.code, c.zone;
