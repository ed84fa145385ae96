//! The readings of one channel, as a stream.

use crate::{Store, StoreError};
use smrt_core::{IntervalLength, Quality, Quantity};
use std::{ops::ControlFlow, sync::Arc};

/// A reading as the store holds it, with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReading {
    /// Start of the interval, UTC epoch seconds.
    pub start: i64,
    /// Length of the interval.
    pub minutes: IntervalLength,
    /// What was measured, in the channel's unit.
    pub quantity: Quantity,
    /// How trustworthy it is.
    pub quality: Quality,
    /// The file it came in.
    pub file: Arc<str>,
    /// Line of that file, from 1.
    pub line: u64,
}

impl Store {
    /// Hands the readings of a channel with `from` <= start < `to` (UTC epoch seconds) to `each`, in the order of
    /// time, until it breaks off. However many there are, only some thousands are in memory.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn readings(
        &mut self,
        _channel: i64,
        _from: Option<i64>,
        _to: Option<i64>,
        _each: &mut dyn FnMut(StoredReading) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
