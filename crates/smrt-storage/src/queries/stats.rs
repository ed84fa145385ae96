//! How much there is, in one look.

use crate::{
    FileRow, FileStatus, Store, StoreError,
    error::Doing,
    ledger::{Ledger, count},
    queries::meters::seconds,
    schema::source_file::dsl as f,
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryableByName, RunQueryDsl, SelectableHelper, sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use std::collections::BTreeMap;

/// The whole database in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Meter points.
    pub meters: u64,
    /// Channels.
    pub channels: u64,
    /// Current readings.
    pub readings: u64,
    /// Current measurements of sensors.
    pub measurements: u64,
    /// Data files of the lake.
    pub lake_files: u64,
    /// Bytes in them.
    pub lake_bytes: u64,
    /// Current reads of registers.
    pub register_reads: u64,
    /// Values of readings that are kept although they are not current.
    pub superseded: u64,
    /// Files by how they ended.
    pub files: BTreeMap<FileStatus, u64>,
    /// Findings of all files by code.
    pub findings: BTreeMap<String, u64>,
    /// Start of the first interval or time of the first register read, UTC epoch seconds.
    pub first: Option<i64>,
    /// Start of the last interval or time of the last register read, UTC epoch seconds.
    pub last: Option<i64>,
    /// The file that was received last.
    pub last_file: Option<FileRow>,
}

#[derive(QueryableByName)]
struct Totals {
    #[diesel(sql_type = BigInt)]
    meters: i64,
    #[diesel(sql_type = BigInt)]
    channels: i64,
    #[diesel(sql_type = BigInt)]
    readings: i64,
    #[diesel(sql_type = BigInt)]
    measurements: i64,
    #[diesel(sql_type = BigInt)]
    lake_files: i64,
    #[diesel(sql_type = BigInt)]
    lake_bytes: i64,
    #[diesel(sql_type = BigInt)]
    register_reads: i64,
    #[diesel(sql_type = BigInt)]
    superseded: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    first: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    first_read: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_read: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    first_measured: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_measured: Option<i64>,
}

/// How many of something there are by a name.
#[derive(QueryableByName)]
struct Tally {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Readings are what the files have inserted, but for the reads of registers, measurements, names and what was
/// withdrawn: the doctor holds that true, and the largest table needs not be counted.
const TOTALS: &str = "SELECT (SELECT count(*) FROM meter_point) AS meters, (SELECT count(*) FROM channel) AS channels, \
     (SELECT CAST(coalesce(sum(inserted), 0) AS BIGINT) FROM source_file) \
     - (SELECT count(*) FROM reading_history WHERE manner = 1) \
     - (SELECT CAST(coalesce(sum(counted), 0) AS BIGINT) FROM register_read WHERE counted > 0) \
     - (SELECT CAST(coalesce(sum(count), 0) AS BIGINT) FROM sensor_day) \
     - (SELECT count(*) FROM sensor_name WHERE counted > 0) AS readings, \
     (SELECT CAST(coalesce(sum(count), 0) AS BIGINT) FROM sensor_day) AS measurements, \
     (SELECT count(*) FROM lake_file WHERE removed IS NULL) AS lake_files, \
     (SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM lake_file WHERE removed IS NULL) AS lake_bytes, \
     (SELECT min(first) FROM sensor_day) AS first_measured, (SELECT max(last) FROM sensor_day) AS last_measured, \
     (SELECT count(*) FROM register_read WHERE superseded_by IS NULL) AS register_reads, \
     (SELECT count(*) FROM reading_history) \
     + (SELECT CAST(coalesce(sum(replaced), 0) AS BIGINT) FROM measured_file) AS superseded, \
     (SELECT min((SELECT min(r.start) FROM reading r WHERE r.channel_id = c.id)) FROM channel c) AS first, \
     (SELECT max((SELECT max(r.start) FROM reading r WHERE r.channel_id = c.id)) FROM channel c) AS last, \
     (SELECT min(read_at) FROM register_read WHERE superseded_by IS NULL) AS first_read, \
     (SELECT max(read_at) FROM register_read WHERE superseded_by IS NULL) AS last_read";

const FILES: &str = "SELECT status AS name, count(*) AS n FROM source_file GROUP BY status";

const FINDINGS: &str = "SELECT code AS name, CAST(sum(count) AS BIGINT) AS n FROM finding_count GROUP BY code";

impl Store {
    /// Counts everything.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn stats(&mut self) -> Result<Stats, StoreError> {
        let what = "counting";
        self.snapshot(|connection| {
            let totals: Totals = sql_query(TOTALS).get_result(connection).doing(what)?;
            let mut files = BTreeMap::new();
            for Tally { name, n } in sql_query(FILES).load::<Tally>(connection).doing(what)? {
                files.insert(name.parse::<FileStatus>()?, count(n));
            }
            let findings: Vec<Tally> = sql_query(FINDINGS).load(connection).doing(what)?;
            let last_file: Option<Ledger> = f::source_file
                .order((f::received_at.desc(), f::id.desc()))
                .select(Ledger::as_select())
                .first(connection)
                .optional()
                .doing(what)?;
            Ok(Stats {
                meters: count(totals.meters),
                channels: count(totals.channels),
                readings: count(totals.readings),
                measurements: count(totals.measurements),
                lake_files: count(totals.lake_files),
                lake_bytes: count(totals.lake_bytes),
                register_reads: count(totals.register_reads),
                superseded: count(totals.superseded),
                files,
                findings: findings.into_iter().map(|tally| (tally.name, count(tally.n))).collect(),
                first: [totals.first, totals.first_read, totals.first_measured.map(seconds)]
                    .into_iter()
                    .flatten()
                    .min(),
                last: totals.last.max(totals.last_read).max(totals.last_measured.map(seconds)),
                last_file: last_file.map(Ledger::into_row).transpose()?,
            })
        })
    }
}
