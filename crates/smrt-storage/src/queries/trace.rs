//! Where a value came from, and what stood in its place before.

use crate::{FileRow, Store, StoreError};
use smrt_core::{IntervalLength, Quality, Quantity};

/// Everything that is known of one interval of one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The current value.
    pub current: Option<TracedValue>,
    /// The values it replaced, the latest first.
    pub history: Vec<SupersededValue>,
}

/// A value with the file and line it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedValue {
    /// Length of the interval.
    pub minutes: IntervalLength,
    /// What was measured, in the channel's unit.
    pub quantity: Quantity,
    /// How trustworthy it is.
    pub quality: Quality,
    /// The file.
    pub file: FileRow,
    /// Line of that file, from 1.
    pub line: u64,
}

/// A value that another took the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupersededValue {
    /// The value.
    pub value: TracedValue,
    /// Name of the file whose value took its place. Equal to the value's own file where that file holds the key
    /// twice; a file received earlier where the sender's time decides.
    pub superseded_by: String,
}

impl Store {
    /// The value of a channel at the interval that starts at `start` (UTC epoch seconds), and its history.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn trace(&mut self, _channel: i64, _start: i64) -> Result<Trace, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
