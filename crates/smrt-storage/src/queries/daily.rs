//! The days of channels.

use crate::{Store, StoreError};
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

impl Store {
    /// The days of one channel with `from` <= day < `to` (days since 1970-01-01), in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn daily(&mut self, _channel: i64, _from: Option<i32>, _to: Option<i32>) -> Result<Vec<DailyRow>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
