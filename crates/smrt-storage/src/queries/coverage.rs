//! How much of what was expected arrived, by meter point and day.

use crate::{
    Store, StoreError,
    error::Doing,
    ledger::{count, whole},
    queries::meters::{from_prefix, parse_scheme},
};
use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use smrt_core::Scheme;

/// Which meter points and days are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageFilter {
    /// First day, as days since 1970-01-01.
    pub from: i32,
    /// First day that is no longer meant.
    pub to: i32,
    /// What the code or the name begins with.
    pub prefix: Option<String>,
    /// Only codes of this numbering.
    pub scheme: Option<Scheme>,
    /// Only meter points that come behind this one in the order of the answer: its code and its numbering.
    pub after: Option<(String, Scheme)>,
    /// No more meter points than this many.
    pub limit: Option<u64>,
}

/// The days of one meter point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterCoverage {
    /// The numbering of its code.
    pub scheme: Scheme,
    /// Its code, as the sender writes it.
    pub code: String,
    /// A name given to it, if any.
    pub name: Option<String>,
    /// The last day of all time on which something was received, days since 1970-01-01.
    pub last: Option<i32>,
    /// The days in the range on which something was received, in order.
    pub days: Vec<CoveredDay>,
}

/// How much a day has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoveredDay {
    /// The day in the zones of the channels, as days since 1970-01-01.
    pub day: i32,
    /// Readings or measurements with a value, over all channels.
    pub count: u64,
    /// Readings that complete days of these channels have; nothing for sensors, which state no interval.
    pub expected: Option<u64>,
}

/// A meter point, or one of its days.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    last: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    day: Option<i32>,
    #[diesel(sql_type = Nullable<BigInt>)]
    received: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    expected: Option<i64>,
}

/// The meter points of the answer first, then their channels' days, each found by its key.
const COVERAGE: &str = "WITH chosen AS (SELECT id, scheme, code, name FROM meter_point \
     WHERE ((code >= $1 AND code <= $2) OR (name >= $1 AND name <= $2)) AND (scheme = $3 OR $3 = '') \
     AND (code > $4 OR (code = $4 AND scheme > $5)) ORDER BY code, scheme LIMIT $6), \
     days AS (SELECT c.meter_point_id, d.day, d.count, CAST(d.expected AS BIGINT) AS expected \
     FROM chosen m JOIN channel c ON c.meter_point_id = m.id JOIN daily_summary d ON d.channel_id = c.id \
     WHERE d.day >= $7 AND d.day < $8 \
     UNION ALL SELECT c.meter_point_id, s.day, s.count, NULL \
     FROM chosen m JOIN channel c ON c.meter_point_id = m.id JOIN sensor_day s ON s.channel_id = c.id \
     WHERE s.day >= $7 AND s.day < $8) \
     SELECT m.id, m.scheme, m.code, m.name, \
     (SELECT max(coalesce((SELECT max(d.day) FROM daily_summary d WHERE d.channel_id = c.id), \
     (SELECT max(s.day) FROM sensor_day s WHERE s.channel_id = c.id))) FROM channel c WHERE c.meter_point_id = m.id) \
     AS last, t.day, CAST(sum(t.count) AS BIGINT) AS received, CAST(sum(t.expected) AS BIGINT) AS expected \
     FROM chosen m LEFT JOIN days t ON t.meter_point_id = m.id \
     GROUP BY m.id, m.scheme, m.code, m.name, t.day ORDER BY m.code, m.scheme, t.day";

impl Store {
    /// The days of meter points, ordered by code; meter points without any in the range are in the answer, too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn coverage(&mut self, filter: &CoverageFilter) -> Result<Vec<MeterCoverage>, StoreError> {
        let (least, greatest) = from_prefix(filter.prefix.as_deref().unwrap_or_default());
        let rows: Vec<Row> = sql_query(COVERAGE)
            .bind::<Text, _>(least)
            .bind::<Text, _>(greatest)
            .bind::<Text, _>(filter.scheme.map_or("", Scheme::as_str))
            .bind::<Text, _>(filter.after.as_ref().map_or("", |(code, _)| code))
            .bind::<Text, _>(filter.after.as_ref().map_or("", |(_, scheme)| scheme.as_str()))
            .bind::<BigInt, _>(filter.limit.map_or(i64::MAX, whole))
            .bind::<Integer, _>(filter.from)
            .bind::<Integer, _>(filter.to)
            .load(&mut self.connection)
            .doing("comparing what was received with what was expected")?;
        rows.chunk_by(|a, b| a.id == b.id).map(meter).collect()
    }
}

/// A meter point of its rows, which are one for each of its days, or one without a day.
fn meter(rows: &[Row]) -> Result<MeterCoverage, StoreError> {
    let first = rows.first().ok_or(StoreError::Misuse("a group of rows has a row"))?;
    let day = |row: &Row| {
        let (day, received) = row.day.zip(row.received)?;
        Some(CoveredDay { day, count: count(received), expected: row.expected.map(count) })
    };
    Ok(MeterCoverage {
        scheme: parse_scheme(&first.scheme)?,
        code: first.code.clone(),
        name: first.name.clone(),
        last: first.last,
        days: rows.iter().filter_map(day).collect(),
    })
}
