//! How much of what was expected arrived, by meter point and day.

use crate::{
    Store, StoreError,
    error::Doing,
    ledger::count,
    queries::meters::{CHOSEN, MeterFilter, choosing, parse_scheme},
};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use smrt_core::Scheme;

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

/// The days of the channels of the chosen meter points, each found by its key, and what they tell of each.
const DAYS: &str = "days AS (SELECT c.meter_point_id, d.day, d.count, CAST(d.expected AS BIGINT) AS expected \
     FROM chosen m JOIN channel c ON c.meter_point_id = m.id JOIN daily_summary d ON d.channel_id = c.id \
     WHERE d.day >= $8 AND d.day < $9 \
     UNION ALL SELECT c.meter_point_id, s.day, s.count, NULL \
     FROM chosen m JOIN channel c ON c.meter_point_id = m.id JOIN sensor_day s ON s.channel_id = c.id \
     WHERE s.day >= $8 AND s.day < $9) \
     SELECT m.id, m.scheme, m.code, m.name, \
     (SELECT max(coalesce((SELECT max(d.day) FROM daily_summary d WHERE d.channel_id = c.id), \
     (SELECT max(s.day) FROM sensor_day s WHERE s.channel_id = c.id))) FROM channel c WHERE c.meter_point_id = m.id) \
     AS last, t.day, CAST(sum(t.count) AS BIGINT) AS received, CAST(sum(t.expected) AS BIGINT) AS expected \
     FROM chosen m LEFT JOIN days t ON t.meter_point_id = m.id \
     GROUP BY m.id, m.scheme, m.code, m.name, t.day ORDER BY m.code, m.scheme, t.day";

impl Store {
    /// The days of meter points from one day to the day before another one (days since 1970-01-01), ordered by code; meter
    /// points without any in the range are in the answer, too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn coverage(&mut self, filter: &MeterFilter, (from, to): (i32, i32)) -> Result<Vec<MeterCoverage>, StoreError> {
        let rows: Vec<Row> = choosing!(filter, "WITH chosen AS ({CHOSEN}), {DAYS}")
            .bind::<Integer, _>(from)
            .bind::<Integer, _>(to)
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
