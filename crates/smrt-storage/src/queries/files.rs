//! What was received, when, and with what outcome.

use crate::{Counts, FileStatus, QuarantinedRecord, Store, StoreError};
use smrt_core::Severity;

/// One source file as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Its id: files are numbered from 1 in the order they were received.
    pub id: i64,
    /// Its name without folders.
    pub name: String,
    /// Where it was found.
    pub path: String,
    /// Its format, if it was recognised.
    pub format: Option<String>,
    /// SHA-256 of its bytes, if they could all be read.
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// When it was received last, UTC epoch seconds.
    pub received_at: i64,
    /// When its sender made it, UTC epoch seconds.
    pub created_at: Option<i64>,
    /// The sender's running number, such as `PN007505`.
    pub generation: Option<String>,
    /// `production` or `development`.
    pub environment: Option<String>,
    /// Who sent it.
    pub sender: Option<String>,
    /// How it ended.
    pub status: FileStatus,
    /// Records it has.
    pub records: u64,
    /// What became of its readings.
    pub counts: Counts,
    /// Records that were refused.
    pub refused: u64,
    /// Findings, shown or not.
    pub findings: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// How often it was tried with this outcome.
    pub attempts: u32,
    /// Why it was not loaded.
    pub reason: Option<FileReason>,
    /// The loaded file it repeats or contradicts.
    pub duplicate_of: Option<i64>,
    /// The run it was received in.
    pub run_id: String,
}

/// Why a file was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReason {
    /// The id of a finding's code.
    pub code: String,
    /// What was expected and what was found.
    pub message: String,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column in bytes, from 1.
    pub column: Option<u32>,
}

/// Which files are asked for; everything left out asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFilter {
    /// Only files of this name.
    pub name: Option<String>,
    /// Only files that ended so.
    pub status: Option<FileStatus>,
    /// Only the newest so many.
    pub newest: Option<u64>,
}

/// A finding as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFinding {
    /// The id of its code.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column in bytes, from 1.
    pub column: Option<u32>,
    /// Bytes the place takes.
    pub length: Option<u32>,
    /// What was expected and what was found.
    pub message: String,
    /// The source around it.
    pub excerpt: Option<smrt_core::Excerpt>,
}

/// The findings of one file: the first ones in full, all of them counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredFindings {
    /// Those kept in full, in their order.
    pub shown: Vec<StoredFinding>,
    /// How many there are of each code.
    pub counts: Vec<(String, Severity, u64)>,
}

impl Store {
    /// Files in the order they were received, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn files(&mut self, _filter: &FileFilter) -> Result<Vec<FileRow>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// The findings of one file.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn findings_of(&mut self, _file: i64) -> Result<StoredFindings, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// The refused records of one file, in the order of their lines.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn quarantined_of(&mut self, _file: i64) -> Result<Vec<QuarantinedRecord>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
