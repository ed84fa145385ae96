//! What a caller tells the store about a source file, and what the store answers.
//!
//! Plain data only: the words of the ledger that `source_file` keeps. Who fills it in is `smrt-ingest`; who writes it
//! down is [`crate::Writer`].

use crate::StoreError;
use smrt_core::{FileHeader, Findings};
use std::{fmt, str::FromStr, time::Duration};

/// How an attempt to take a file in ended, as the database keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileStatus {
    /// Its readings are in the database.
    Loaded,
    /// It was refused; nothing of it is in the database.
    Rejected,
    /// A file of another name and the same content was loaded before.
    Duplicate,
    /// A file of this name and other content was loaded before.
    NameConflict,
}

impl FileStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Loaded, Self::Rejected, Self::Duplicate, Self::NameConflict];

    /// The name the database keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::Rejected => "rejected",
            Self::Duplicate => "duplicate",
            Self::NameConflict => "name-conflict",
        }
    }
}

impl fmt::Display for FileStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for FileStatus {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| StoreError::corrupt(format!("no file status is called {text:?}")))
    }
}

/// Which of two values for the same channel and start stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precedence {
    /// That of the file received later.
    #[default]
    Received,
    /// That of the file its sender made later; of two made in the same second, that of the one received later.
    Created,
}

/// One call of a command, under which files are received.
#[derive(Clone, Copy, Debug)]
pub struct NewRun<'a> {
    /// Its id, unique among all runs.
    pub id: &'a str,
    /// When it started, UTC epoch seconds.
    pub started_at: i64,
    /// The command, such as `ingest`.
    pub command: &'a str,
    /// The version of the program.
    pub version: &'a str,
}

/// A file whose readings are about to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewFile<'a> {
    /// Its name without folders: what must be unique among the loaded files.
    pub name: &'a str,
    /// Where it was found.
    pub path: &'a str,
    /// Its format.
    pub format: &'a str,
    /// When it was received, UTC epoch seconds.
    pub received_at: i64,
    /// The run it is received in; it must have been started.
    pub run_id: &'a str,
    /// Which value stays where an earlier file has one.
    pub precedence: Precedence,
    /// When its sender made it, UTC epoch seconds: what [`Precedence::Created`] compares, and what decides between two
    /// equal versions.
    pub created_at: Option<i64>,
}

/// What is known of a file when its last reading has been written.
#[derive(Clone, Copy, Debug)]
pub struct FinishedFile<'a> {
    /// SHA-256 of its bytes, 64 hexadecimal digits in lower case.
    pub sha256: &'a str,
    /// Its size in bytes.
    pub size: u64,
    /// What its header states.
    pub header: &'a FileHeader,
    /// Records it has, by the reader's count.
    pub records: u64,
    /// Records of these that were refused.
    pub refused: u64,
    /// What was found in it.
    pub findings: &'a Findings,
    /// The refused records that are kept.
    pub quarantined: &'a [QuarantinedRecord],
    /// How long the load took.
    pub duration: Duration,
}

/// A file that is recorded without a reading of it being written.
#[derive(Clone, Copy, Debug)]
pub struct UnloadedFile<'a> {
    /// Its name without folders.
    pub name: &'a str,
    /// Where it was found.
    pub path: &'a str,
    /// Its format, if it was recognised.
    pub format: Option<&'a str>,
    /// SHA-256 of its bytes, if they could all be read; 64 hexadecimal digits in lower case.
    pub sha256: Option<&'a str>,
    /// Its size in bytes.
    pub size: u64,
    /// When it was received, UTC epoch seconds.
    pub received_at: i64,
    /// The run it is received in; it must have been started.
    pub run_id: &'a str,
    /// What its header states, as far as it was read.
    pub header: &'a FileHeader,
    /// Why nothing of it is loaded.
    pub status: UnloadedStatus,
    /// The first thing that spoke against it.
    pub reason: Option<Reason<'a>>,
    /// The loaded file it repeats or contradicts.
    pub duplicate_of: Option<i64>,
    /// Records it has, as far as it was read.
    pub records: u64,
    /// Records that were refused.
    pub refused: u64,
    /// What was found in it.
    pub findings: &'a Findings,
    /// How long the attempt took.
    pub duration: Duration,
}

/// The part of [`FileStatus`] that leaves no reading behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnloadedStatus {
    /// See [`FileStatus::Rejected`].
    Rejected,
    /// See [`FileStatus::Duplicate`].
    Duplicate,
    /// See [`FileStatus::NameConflict`].
    NameConflict,
}

impl From<UnloadedStatus> for FileStatus {
    fn from(status: UnloadedStatus) -> Self {
        match status {
            UnloadedStatus::Rejected => Self::Rejected,
            UnloadedStatus::Duplicate => Self::Duplicate,
            UnloadedStatus::NameConflict => Self::NameConflict,
        }
    }
}

/// Why a file was not loaded, in one sentence with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// The id of a finding's code.
    pub code: &'a str,
    /// What was expected and what was found.
    pub message: &'a str,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column in bytes, from 1.
    pub column: Option<u32>,
}

/// A record that was refused while the rest of its file was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedRecord {
    /// Its line, from 1.
    pub line: u64,
    /// The record as it stands in the file, bytes that are no UTF-8 replaced.
    pub text: String,
    /// The id of the finding that refused it.
    pub code: String,
    /// What was expected and what was found.
    pub message: String,
}

/// What became of the records of a loaded file: of its readings and its reads of registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that were new.
    pub inserted: u64,
    /// Those that took the place of another value.
    pub replaced: u64,
    /// Those that changed nothing: equal to what was there, or older than it by their version or, where that decides,
    /// by the sender's time.
    pub unchanged: u64,
}

impl Counts {
    /// All records.
    pub fn total(self) -> u64 {
        self.inserted + self.replaced + self.unchanged
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            inserted: self.inserted + other.inserted,
            replaced: self.replaced + other.replaced,
            unchanged: self.unchanged + other.unchanged,
        }
    }
}

/// A file that was loaded before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedFile {
    /// Its id: files are numbered from 1 in the order they were received.
    pub id: i64,
    /// Its name without folders.
    pub name: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}
