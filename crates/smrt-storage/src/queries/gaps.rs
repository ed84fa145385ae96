//! Where readings are missing.

use crate::{Store, StoreError};
use smrt_core::Interval;

/// A stretch of time that no reading covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The stretch.
    pub interval: Interval,
    /// How many readings fit into it, at the length of the one before.
    pub missing: u64,
}

impl Store {
    /// The gaps between the readings of a channel with `from` <= start < `to` (UTC epoch seconds), in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn gaps(&mut self, _channel: i64, _from: Option<i64>, _to: Option<i64>) -> Result<Vec<Gap>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
