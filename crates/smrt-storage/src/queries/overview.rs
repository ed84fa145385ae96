//! What came lately, and who has fallen silent.

use crate::{
    FileStatus, Store, StoreError,
    error::Doing,
    ledger::{count, whole},
    queries::meters::parse_scheme,
};
use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use smrt_core::Scheme;

/// The files of one day that ended alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// The day in UTC on which they were received last, as days since 1970-01-01.
    pub day: i32,
    /// How they ended.
    pub status: FileStatus,
    /// How many there are.
    pub files: u64,
    /// Readings that they brought or changed.
    pub readings: u64,
}

/// A meter point of which nothing came lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentMeter {
    /// The numbering of its code.
    pub scheme: Scheme,
    /// Its code, as the sender writes it.
    pub code: String,
    /// A name given to it, if any.
    pub name: Option<String>,
    /// The last day of which something was received, as days since 1970-01-01.
    pub last: i32,
}

/// Meter points of which nothing came lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    /// How many there are.
    pub count: u64,
    /// Those that fell silent last.
    pub first: Vec<SilentMeter>,
}

#[derive(QueryableByName)]
struct ArrivalRow {
    #[diesel(sql_type = BigInt)]
    day: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    files: i64,
    #[diesel(sql_type = BigInt)]
    readings: i64,
}

#[derive(QueryableByName)]
struct SilentRow {
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Integer)]
    last: i32,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

const ARRIVALS: &str = "SELECT received_at / 86400 AS day, status, count(*) AS files, \
     CAST(sum(inserted + replaced) AS BIGINT) AS readings FROM source_file WHERE received_at >= $1 \
     GROUP BY received_at / 86400, status ORDER BY received_at / 86400, status";

/// The last day of a channel is the end of its part of an index.
const SILENT: &str = "SELECT scheme, code, name, last, count(*) OVER () AS n FROM ( \
     SELECT m.scheme, m.code, m.name, max(coalesce((SELECT max(d.day) FROM daily_summary d WHERE d.channel_id = c.id), \
     (SELECT max(s.day) FROM sensor_day s WHERE s.channel_id = c.id))) AS last \
     FROM meter_point m JOIN channel c ON c.meter_point_id = m.id GROUP BY m.id, m.scheme, m.code, m.name) t \
     WHERE last >= $1 AND last < $2 ORDER BY last DESC, code, scheme LIMIT $3";

impl Store {
    /// Files by the UTC day on which they were received last and by how they ended, from an instant (UTC epoch seconds)
    /// on, in the order of days.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn arrivals(&mut self, from: i64) -> Result<Vec<Arrivals>, StoreError> {
        let rows: Vec<ArrivalRow> =
            sql_query(ARRIVALS).bind::<BigInt, _>(from).load(&mut self.connection).doing("counting files by day")?;
        rows.into_iter()
            .map(|row| {
                Ok(Arrivals {
                    day: i32::try_from(row.day).unwrap_or(i32::MAX),
                    status: row.status.parse()?,
                    files: count(row.files),
                    readings: count(row.readings),
                })
            })
            .collect()
    }

    /// Meter points whose last day lies in `from` <= day < `to` (days since 1970-01-01): they delivered, and then nothing
    /// came any more. At most `limit` of them, those first that fell silent last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn silent_meters(&mut self, (from, to): (i32, i32), limit: u64) -> Result<Silence, StoreError> {
        let rows: Vec<SilentRow> = sql_query(SILENT)
            .bind::<Integer, _>(from)
            .bind::<Integer, _>(to)
            .bind::<BigInt, _>(whole(limit))
            .load(&mut self.connection)
            .doing("looking for silent meters")?;
        let all = rows.first().map_or(0, |row| count(row.n));
        let meter = |row: SilentRow| {
            Ok(SilentMeter { scheme: parse_scheme(&row.scheme)?, code: row.code, name: row.name, last: row.last })
        };
        Ok(Silence { count: all, first: rows.into_iter().map(meter).collect::<Result<_, StoreError>>()? })
    }

    /// How long files took from when their senders made them to when they were received: the median over the newest
    /// `newest` loaded files that say when they were made, in seconds.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn typical_delay(&mut self, newest: u64) -> Result<Option<i64>, StoreError> {
        #[derive(QueryableByName)]
        struct Delay {
            #[diesel(sql_type = BigInt)]
            seconds: i64,
        }
        let sql = "SELECT received_at - created_at AS seconds FROM source_file WHERE status = 'loaded' \
             AND created_at IS NOT NULL ORDER BY received_at DESC, id DESC LIMIT $1";
        let rows: Vec<Delay> =
            sql_query(sql).bind::<BigInt, _>(whole(newest)).load(&mut self.connection).doing("measuring delays")?;
        let mut delays: Vec<i64> = rows.into_iter().map(|delay| delay.seconds).collect();
        delays.sort_unstable();
        Ok(delays.get(delays.len() / 2).copied())
    }
}
