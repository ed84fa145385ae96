//! The days of channels.

use crate::{Store, StoreError, error::Doing, ledger::count, schema::daily_summary::dsl as d};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use smrt_core::{Quantity, Sum};

/// One day of one channel, in the channel's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyRow {
    /// The channel's id.
    pub channel: i64,
    /// The day, as days since 1970-01-01.
    pub day: i32,
    /// Readings with a value.
    pub count: u64,
    /// Readings a complete day has, at the shortest interval seen in it.
    pub expected: u64,
    /// Sum of the values.
    pub sum: Sum,
    /// The smallest value.
    pub min: Option<Quantity>,
    /// The largest value.
    pub max: Option<Quantity>,
}

/// Channel, day, count, whole units and millionths of the sum, least, greatest, expected.
type SummaryRow = (i64, i32, i64, i64, i32, Option<i64>, Option<i64>, i32);

impl Store {
    /// The days of one channel with `from` <= day < `to` (days since 1970-01-01), in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn daily(&mut self, channel: i64, from: Option<i32>, to: Option<i32>) -> Result<Vec<DailyRow>, StoreError> {
        let rows: Vec<SummaryRow> = d::daily_summary
            .filter(d::channel_id.eq(channel))
            .filter(d::day.ge(from.unwrap_or(i32::MIN)))
            .filter(d::day.lt(to.unwrap_or(i32::MAX)))
            .order(d::day)
            .select((d::channel_id, d::day, d::count, d::sum_units, d::sum_micros, d::min, d::max, d::expected))
            .load(&mut self.connection)
            .doing("reading days")?;
        Ok(rows.into_iter().map(daily_row).collect())
    }
}

fn daily_row((channel, day, readings, units, micros, min, max, expected): SummaryRow) -> DailyRow {
    DailyRow {
        channel,
        day,
        count: count(readings),
        expected: count(i64::from(expected)),
        sum: Sum::join(units, micros),
        min: min.map(Quantity::from_micros),
        max: max.map(Quantity::from_micros),
    }
}
