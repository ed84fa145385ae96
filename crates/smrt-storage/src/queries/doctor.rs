//! Whether the database keeps its promises.
//!
//! Every promise is one statement that counts what breaks it; a broken one is an answer, not an error. Nothing is
//! repaired here.

use crate::{Store, StoreError, backend::Database, error::Doing, migrate};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};

/// One promise and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// A stable name, kebab-case.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// What was found, in one sentence.
    pub detail: String,
}

/// A promise: its name, what a breach is, and the statement that counts the breaches.
struct Promise {
    name: &'static str,
    breach: &'static str,
    sql: &'static str,
}

/// Sums are compared in two parts, billions of millionths and the rest, neither of which can leave the range of
/// `BIGINT`.
const PROMISES: [Promise; 19] = [
    Promise {
        name: "readings-inserted",
        breach: "readings, register reads, measurements and names more or fewer than the loaded files have inserted",
        sql: "SELECT abs((SELECT count(*) FROM reading) + (SELECT count(*) FROM reading_history WHERE manner = 1) \
              + (SELECT CAST(coalesce(sum(counted), 0) AS BIGINT) FROM register_read WHERE counted > 0) \
              + (SELECT CAST(coalesce(sum(count), 0) AS BIGINT) FROM sensor_day) \
              + (SELECT count(*) FROM sensor_name WHERE counted > 0) \
              - (SELECT CAST(coalesce(sum(inserted), 0) AS BIGINT) FROM source_file)) AS n",
    },
    Promise {
        name: "history-replaced",
        breach: "superseded readings, measurements and names more or fewer than the loaded files have replaced",
        sql: "SELECT abs((SELECT count(*) FROM reading_history WHERE file_id <= superseded_by AND manner = 0) \
              - (SELECT CAST(coalesce(sum(counted), 0) AS BIGINT) FROM register_read WHERE counted < 0) \
              + (SELECT CAST(coalesce(sum(replaced), 0) AS BIGINT) FROM measured_file) \
              + (SELECT count(*) FROM sensor_name WHERE counted < 0) \
              - (SELECT CAST(coalesce(sum(replaced), 0) AS BIGINT) FROM source_file)) AS n",
    },
    Promise {
        name: "readings-of-loaded-files",
        breach: "readings of files that are not loaded",
        sql: "SELECT count(*) AS n FROM reading r WHERE NOT EXISTS \
              (SELECT 1 FROM source_file f WHERE f.id = r.file_id AND f.status = 'loaded')",
    },
    Promise {
        name: "history-of-loaded-files",
        breach: "superseded readings of files that are not loaded",
        sql: "SELECT count(*) AS n FROM reading_history h WHERE NOT EXISTS \
              (SELECT 1 FROM source_file f WHERE f.id = h.file_id AND f.status = 'loaded') OR NOT EXISTS \
              (SELECT 1 FROM source_file f WHERE f.id = h.superseded_by AND f.status = 'loaded')",
    },
    Promise {
        name: "readings-of-known-channels",
        breach: "readings of channels that are not there",
        sql: "SELECT count(*) AS n FROM reading r WHERE NOT EXISTS (SELECT 1 FROM channel c WHERE c.id = r.channel_id)",
    },
    Promise {
        name: "day-versions-of-loaded-files",
        breach: "versions of days of files that are not loaded",
        sql: "SELECT count(*) AS n FROM day_version d WHERE NOT EXISTS \
              (SELECT 1 FROM source_file f WHERE f.id = d.file_id AND f.status = 'loaded')",
    },
    Promise {
        name: "versioned-days-have-readings",
        breach: "days that have a version and no readings",
        sql: "SELECT count(*) AS n FROM day_version d WHERE NOT EXISTS \
              (SELECT 1 FROM daily_summary s WHERE s.channel_id = d.channel_id AND s.day = d.day)",
    },
    Promise {
        name: "events-of-loaded-files",
        breach: "reasons of intervals of files that are not loaded or of channels that are not there",
        sql: "SELECT count(*) AS n FROM interval_event e WHERE NOT EXISTS \
              (SELECT 1 FROM source_file f WHERE f.id = e.file_id AND f.status = 'loaded') \
              OR NOT EXISTS (SELECT 1 FROM channel c WHERE c.id = e.channel_id)",
    },
    Promise {
        name: "register-reads-of-loaded-files",
        breach: "register reads of files that are not loaded or of channels that are not there",
        sql: "SELECT count(*) AS n FROM register_read r WHERE NOT EXISTS \
              (SELECT 1 FROM source_file f WHERE f.id = r.file_id AND f.status = 'loaded') \
              OR NOT EXISTS (SELECT 1 FROM channel c WHERE c.id = r.channel_id)",
    },
    Promise {
        name: "register-reads-superseded-by-loaded-files",
        breach: "register reads that gave way to those of a file that is not loaded, or came late and are current",
        sql: "SELECT count(*) AS n FROM register_read r WHERE (r.counted = 0 AND r.superseded_by IS NULL) \
              OR (r.superseded_by IS NOT NULL AND NOT EXISTS \
              (SELECT 1 FROM source_file f WHERE f.id = r.superseded_by AND f.status = 'loaded'))",
    },
    Promise {
        name: "one-current-register-read",
        breach: "register reads that are current twice",
        sql: "SELECT count(*) AS n FROM (SELECT 1 FROM register_read WHERE superseded_by IS NULL \
              GROUP BY channel_id, period, rate, previous_at, read_at, trans_code, service_order \
              HAVING count(*) > 1) AS twice",
    },
    Promise {
        name: "sensor-days-agree",
        breach: "measurements more or fewer than the files have put into the lake",
        sql: "SELECT abs((SELECT CAST(coalesce(sum(count), 0) AS BIGINT) FROM sensor_day) \
              - (SELECT CAST(coalesce(sum(inserted), 0) AS BIGINT) FROM measured_file)) AS n",
    },
    Promise {
        name: "names-agree",
        breach: "sensors whose name is not what the last mapping calls them",
        sql: "SELECT count(*) AS n FROM meter_point m FULL JOIN \
              (SELECT * FROM sensor_name WHERE superseded_by IS NULL) AS s ON s.meter_point_id = m.id \
              WHERE (s.id IS NOT NULL OR (m.scheme = 'sensor' AND m.name IS NOT NULL)) \
              AND coalesce(m.name, '') <> coalesce(s.name, '')",
    },
    Promise {
        name: "lake-files-published",
        breach: "gaps in the publications of the lake",
        sql: "SELECT count(*) AS n FROM (SELECT dataset, max(number) AS last, count(*) AS n FROM lake_publication \
              GROUP BY dataset) AS p WHERE p.last <> p.n",
    },
    Promise {
        name: "records-accounted",
        breach: "loaded files whose records are not accounted for",
        sql: "SELECT count(*) AS n FROM source_file WHERE status = 'loaded' \
              AND (records <> inserted + replaced + unchanged + refused OR sha256 IS NULL)",
    },
    Promise {
        name: "nothing-of-refused-files",
        breach: "files that are not loaded and yet have readings to their name",
        sql: "SELECT count(*) AS n FROM source_file WHERE status <> 'loaded' AND inserted + replaced + unchanged > 0",
    },
    Promise {
        name: "findings-counted",
        breach: "files with more or fewer findings than they say",
        sql: "SELECT count(*) AS n FROM source_file f WHERE f.findings <> \
              (SELECT coalesce(sum(c.count), 0) FROM finding_count c WHERE c.file_id = f.id)",
    },
    Promise {
        name: "warehouse-rows-agree",
        breach: "months of the warehouse with more or fewer rows, or days that do not add up to them",
        sql: "SELECT count(*) AS n FROM warehouse_period p \
              FULL JOIN (SELECT period_id, count(*) AS rows FROM warehouse_row GROUP BY period_id) AS r \
              ON r.period_id = p.id WHERE coalesce(p.rows, 0) <> coalesce(r.rows, 0) OR coalesce(p.rows, 0) <> \
              coalesce((SELECT sum(d.rows) FROM warehouse_day d WHERE d.series_id = p.series_id \
              AND d.year = p.year AND d.month = p.month), 0)",
    },
    Promise {
        name: "days-agree",
        breach: "channels whose days do not add up to their readings",
        sql: "SELECT count(*) AS n FROM (SELECT channel_id, count(*) AS n, sum(quantity / 1000000000) AS high, \
              sum(quantity % 1000000000) AS low FROM reading WHERE quality < 500 GROUP BY channel_id) AS r \
              FULL JOIN (SELECT channel_id, sum(count) AS n, sum(sum_units / 1000) AS high, \
              sum(sum_units % 1000 * 1000000 + sum_micros) AS low FROM daily_summary GROUP BY channel_id) AS d \
              ON d.channel_id = r.channel_id WHERE coalesce(r.n, 0) <> coalesce(d.n, 0) \
              OR (coalesce(r.high, 0) - coalesce(d.high, 0)) * 1000000000 + coalesce(r.low, 0) - coalesce(d.low, 0) <> 0",
    },
];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Store {
    /// Checks every promise. It reads everything, which takes its time.
    ///
    /// # Errors
    /// When the database cannot be read; a broken promise is not an error.
    pub fn doctor(&mut self) -> Result<Vec<Check>, StoreError> {
        self.snapshot(|connection| {
            let mut checks = vec![];
            if let Database::Sqlite(_) = connection {
                checks.push(file_is_sound(connection)?);
                checks.push(references_hold(connection)?);
            }
            for promise in &PROMISES {
                let n = connection.number(promise.name, promise.sql)?;
                checks.push(Check { name: promise.name, ok: n == 0, detail: format!("{n} {}", promise.breach) });
            }
            checks.push(schema_is_known(connection)?);
            checks.push(library(connection)?);
            Ok(checks)
        })
    }
}

/// SQLite's own check of its file. Postgres checks its pages itself, and its references at all times.
fn file_is_sound(connection: &mut Database) -> Result<Check, StoreError> {
    let lines: Vec<Line> = sql_query("SELECT integrity_check AS line FROM pragma_integrity_check")
        .load(connection)
        .doing("checking the file of the database")?;
    let ok = lines.iter().all(|found| found.line == "ok");
    let detail = lines.into_iter().map(|found| found.line).collect::<Vec<_>>().join("; ");
    Ok(Check { name: "file-sound", ok, detail })
}

fn references_hold(connection: &mut Database) -> Result<Check, StoreError> {
    let sql = "SELECT count(*) AS n FROM pragma_foreign_key_check";
    let n = connection.number("checking references", sql)?;
    Ok(Check { name: "references-hold", ok: n == 0, detail: format!("{n} rows that refer to nothing") })
}

fn schema_is_known(connection: &mut Database) -> Result<Check, StoreError> {
    let (applied, known) = migrate::versions(connection)?;
    let newest = applied.last().cloned().unwrap_or_default();
    Ok(Check {
        name: "schema-known",
        ok: newest == known,
        detail: format!("the database has migration {newest}, this smrt knows up to {known}"),
    })
}

/// A note of who does the work: reports of trouble begin with it.
fn library(connection: &mut Database) -> Result<Check, StoreError> {
    let sql = match connection {
        Database::Sqlite(_) => "SELECT 'SQLite ' || sqlite_version() AS line",
        Database::Postgres(_) => "SELECT 'Postgres ' || current_setting('server_version') AS line",
    };
    let found: Line = sql_query(sql).get_result(connection).doing("asking for the version")?;
    Ok(Check { name: "library", ok: true, detail: found.line })
}
