-- The warehouse: rows of tables of other databases, and what they add up to. The same tables in Postgres:
-- ../../postgres; a test holds both to schema.rs.

-- A table that is followed. Its name is how people call it and what its exported files are called. key_columns is a JSON
-- array of the columns that rows are grouped by. Times without a zone stay as they are; days of times with one are those
-- of `zone`.
CREATE TABLE warehouse_series (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    table_name TEXT NOT NULL,
    time_column TEXT NOT NULL,
    value_column TEXT NOT NULL,
    key_columns TEXT NOT NULL,
    zone TEXT NOT NULL
);

-- Rows that are added up together: a JSON array of the texts of their key columns; [] where there are none.
CREATE TABLE warehouse_group (
    id INTEGER PRIMARY KEY NOT NULL,
    series_id BIGINT NOT NULL REFERENCES warehouse_series (id),
    keys TEXT NOT NULL,
    UNIQUE (series_id, keys)
);

-- A month of a series as it was fetched last, with what the source said of it: while it says the same, nothing is
-- fetched. A month that is fetched again is a new period.
CREATE TABLE warehouse_period (
    id INTEGER PRIMARY KEY NOT NULL,
    series_id BIGINT NOT NULL REFERENCES warehouse_series (id),
    year INTEGER NOT NULL,
    month INTEGER NOT NULL CHECK (month BETWEEN 1 AND 12),
    rows BIGINT NOT NULL CHECK (rows >= 1),
    fingerprint TEXT NOT NULL,
    synced_at BIGINT NOT NULL,
    UNIQUE (series_id, year, month)
);

-- The rows themselves. number: their order of arrival. day: of the month. at: epoch microseconds, UTC where the source's
-- times have a zone, else as the clock of the source shows it. A value is `whole` where it is a whole number, else `value`.
-- period_id and group_id refer to the tables above, but not by a constraint, which costs each row. In the order of the key they are
-- added up without being sorted.
CREATE TABLE warehouse_row (
    period_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    day SMALLINT NOT NULL,
    at BIGINT NOT NULL,
    whole BIGINT,
    value DOUBLE,
    PRIMARY KEY (period_id, group_id, day, number)
) WITHOUT ROWID;

-- What the rows of a period add up to, day by day: the transformation that fills warehouse_day. sum() ends with an error where
-- 64 bits do, so upper and lower digits of whole numbers are added up by themselves; * and + go on in doubles.
CREATE VIEW warehouse_period_days AS
SELECT r.period_id, r.group_id, r.day, count(*) AS rows,
    coalesce(sum(r.whole / 1000000000) * 1000000000 + sum(r.whole % 1000000000), 0)
        + coalesce(sum(r.value), 0) AS sum,
    coalesce(min(min(r.whole), min(r.value)), min(r.whole), min(r.value)) AS min,
    coalesce(max(max(r.whole), max(r.value)), max(r.whole), max(r.value)) AS max
FROM warehouse_row r
GROUP BY r.period_id, r.group_id, r.day;

-- The same, kept: one row for each day of a group with rows. Made anew for each period that is fetched, and for no other.
CREATE TABLE warehouse_day (
    series_id BIGINT NOT NULL REFERENCES warehouse_series (id),
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    day SMALLINT NOT NULL,
    group_id BIGINT NOT NULL,
    rows BIGINT NOT NULL CHECK (rows >= 1),
    sum NUMERIC NOT NULL,
    min NUMERIC NOT NULL,
    max NUMERIC NOT NULL,
    PRIMARY KEY (series_id, year, month, day, group_id)
) WITHOUT ROWID;

-- For any tool that speaks SQL. A mean is always the sum of all rows by their number, never a mean of means.
CREATE VIEW warehouse_daily AS
SELECT s.name AS series, g.keys AS keys, d.year, d.month, d.day,
    sum(d.rows) AS rows,
    sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END / 1000000000) * 1000000000 + sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END % 1000000000)
        + coalesce(sum(CASE typeof(d.sum) WHEN 'real' THEN d.sum END), 0) AS sum,
    min(d.min) AS min, max(d.max) AS max, (sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END / 1000000000) * 1000000000 + sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END % 1000000000)
        + coalesce(sum(CASE typeof(d.sum) WHEN 'real' THEN d.sum END), 0)) * 1.0 / sum(d.rows) AS mean
FROM warehouse_day d
JOIN warehouse_series s ON s.id = d.series_id
JOIN warehouse_group g ON g.id = d.group_id
GROUP BY s.name, g.keys, d.year, d.month, d.day;

CREATE VIEW warehouse_monthly AS
SELECT s.name AS series, g.keys AS keys, d.year, d.month,
    sum(d.rows) AS rows,
    sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END / 1000000000) * 1000000000 + sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END % 1000000000)
        + coalesce(sum(CASE typeof(d.sum) WHEN 'real' THEN d.sum END), 0) AS sum,
    min(d.min) AS min, max(d.max) AS max, (sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END / 1000000000) * 1000000000 + sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END % 1000000000)
        + coalesce(sum(CASE typeof(d.sum) WHEN 'real' THEN d.sum END), 0)) * 1.0 / sum(d.rows) AS mean
FROM warehouse_day d
JOIN warehouse_series s ON s.id = d.series_id
JOIN warehouse_group g ON g.id = d.group_id
GROUP BY s.name, g.keys, d.year, d.month;

CREATE VIEW warehouse_yearly AS
SELECT s.name AS series, g.keys AS keys, d.year,
    sum(d.rows) AS rows,
    sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END / 1000000000) * 1000000000 + sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END % 1000000000)
        + coalesce(sum(CASE typeof(d.sum) WHEN 'real' THEN d.sum END), 0) AS sum,
    min(d.min) AS min, max(d.max) AS max, (sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END / 1000000000) * 1000000000 + sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END % 1000000000)
        + coalesce(sum(CASE typeof(d.sum) WHEN 'real' THEN d.sum END), 0)) * 1.0 / sum(d.rows) AS mean
FROM warehouse_day d
JOIN warehouse_series s ON s.id = d.series_id
JOIN warehouse_group g ON g.id = d.group_id
GROUP BY s.name, g.keys, d.year;

-- The same of the readings of meters, by the days of each channel's zone.
CREATE VIEW meter_daily AS
SELECT meter, channel, unit, year, month, day,
    sum(count) AS count, sum(sum) AS sum, min(min) AS min, max(max) AS max, sum(sum) * 1.0 / sum(count) AS mean
FROM (
    SELECT m.code AS meter, c.name AS channel, c.unit AS unit, CAST(strftime('%Y', d.day * 86400, 'unixepoch') AS INTEGER) AS year, CAST(strftime('%m', d.day * 86400, 'unixepoch') AS INTEGER) AS month, CAST(strftime('%d', d.day * 86400, 'unixepoch') AS INTEGER) AS day,
        d.count AS count, d.sum_units + d.sum_micros / 1000000.0 AS sum, d.min / 1000000.0 AS min, d.max / 1000000.0 AS max
    FROM daily_summary d
    JOIN channel c ON c.id = d.channel_id
    JOIN meter_point m ON m.id = c.meter_point_id
    WHERE d.count > 0
) AS days
GROUP BY meter, channel, unit, year, month, day;

CREATE VIEW meter_monthly AS
SELECT meter, channel, unit, year, month,
    sum(count) AS count, sum(sum) AS sum, min(min) AS min, max(max) AS max, sum(sum) * 1.0 / sum(count) AS mean
FROM (
    SELECT m.code AS meter, c.name AS channel, c.unit AS unit, CAST(strftime('%Y', d.day * 86400, 'unixepoch') AS INTEGER) AS year, CAST(strftime('%m', d.day * 86400, 'unixepoch') AS INTEGER) AS month,
        d.count AS count, d.sum_units + d.sum_micros / 1000000.0 AS sum, d.min / 1000000.0 AS min, d.max / 1000000.0 AS max
    FROM daily_summary d
    JOIN channel c ON c.id = d.channel_id
    JOIN meter_point m ON m.id = c.meter_point_id
    WHERE d.count > 0
) AS days
GROUP BY meter, channel, unit, year, month;

CREATE VIEW meter_yearly AS
SELECT meter, channel, unit, year,
    sum(count) AS count, sum(sum) AS sum, min(min) AS min, max(max) AS max, sum(sum) * 1.0 / sum(count) AS mean
FROM (
    SELECT m.code AS meter, c.name AS channel, c.unit AS unit, CAST(strftime('%Y', d.day * 86400, 'unixepoch') AS INTEGER) AS year,
        d.count AS count, d.sum_units + d.sum_micros / 1000000.0 AS sum, d.min / 1000000.0 AS min, d.max / 1000000.0 AS max
    FROM daily_summary d
    JOIN channel c ON c.id = d.channel_id
    JOIN meter_point m ON m.id = c.meter_point_id
    WHERE d.count > 0
) AS days
GROUP BY meter, channel, unit, year;
