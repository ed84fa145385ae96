//! Where readings are missing.

use crate::{Store, StoreError, error::Doing, ledger::count};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use smrt_core::Interval;

/// A stretch of time that no reading covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The stretch.
    pub interval: Interval,
    /// How many readings fit into it, at the length of the one before.
    pub missing: u64,
}

#[derive(QueryableByName)]
struct GapRow {
    #[diesel(sql_type = BigInt)]
    covered: i64,
    #[diesel(sql_type = BigInt)]
    start: i64,
    #[diesel(sql_type = BigInt)]
    seconds: i64,
}

/// A gap is where a reading starts after everything before it has ended; that need not be the reading just before, a
/// long interval may reach over short ones. One reading on either side of the span is looked at as well, for the gaps
/// that reach into it.
const GAPS: &str = "SELECT covered, start, seconds FROM (\
     SELECT start, max(start + minutes * 60) OVER (ORDER BY start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) \
     AS covered, CAST(lag(minutes) OVER (ORDER BY start) * 60 AS BIGINT) AS seconds \
     FROM reading WHERE channel_id = $1 \
     AND start >= coalesce((SELECT max(start) FROM reading WHERE channel_id = $1 AND start < $2), $2) \
     AND start <= coalesce((SELECT min(start) FROM reading WHERE channel_id = $1 AND start >= $3), $3)\
     ) AS x WHERE start > covered ORDER BY start";

impl Store {
    /// The stretches between the first and the last reading of a channel that no reading covers, as far as they lie
    /// in `from` <= time < `to` (UTC epoch seconds), in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn gaps(&mut self, channel: i64, from: Option<i64>, to: Option<i64>) -> Result<Vec<Gap>, StoreError> {
        let (from, to) = (from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX));
        let rows: Vec<GapRow> = sql_query(GAPS)
            .bind::<BigInt, _>(channel)
            .bind::<BigInt, _>(from)
            .bind::<BigInt, _>(to)
            .load(&mut self.connection)
            .doing("looking for gaps")?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                let interval = Interval { start: row.covered.max(from), end: row.start.min(to) };
                let seconds = row.seconds.max(1);
                let missing = (interval.end - interval.start + seconds - 1) / seconds;
                (missing > 0).then_some(Gap { interval, missing: count(missing) })
            })
            .collect())
    }
}
