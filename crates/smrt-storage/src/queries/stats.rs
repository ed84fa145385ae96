//! How much there is, in one look.

use crate::{FileRow, FileStatus, Store, StoreError};
use smrt_core::Severity;
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
    /// Values that are kept although another took their place.
    pub superseded: u64,
    /// Files by how they ended.
    pub files: BTreeMap<FileStatus, u64>,
    /// Findings of all files by code.
    pub findings: BTreeMap<String, (Severity, u64)>,
    /// Start of the first interval, UTC epoch seconds.
    pub first: Option<i64>,
    /// Start of the last interval, UTC epoch seconds.
    pub last: Option<i64>,
    /// The file that was received last.
    pub last_file: Option<FileRow>,
}

impl Store {
    /// Counts everything.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn stats(&mut self) -> Result<Stats, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
