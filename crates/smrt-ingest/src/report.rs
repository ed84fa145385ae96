//! What became of the files.

use crate::{
    candidate::{Candidate, name_of},
    produce::Produced,
    source::Fingerprint,
    stdin::is_stdin,
};
use smrt_core::{FileHeader, Finding, Findings};
use smrt_parser::Format;
use std::{fmt, path::PathBuf, time::Duration};

/// How an attempt to take a file in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Its readings are in the database.
    Loaded,
    /// Refused: nothing of it is in the database.
    Rejected,
    /// The same name with the same content was loaded before.
    AlreadyLoaded,
    /// The same name with other content was loaded before.
    NameConflict,
    /// The same content was loaded before under another name.
    Duplicate,
    /// Left alone: not a file of a known format, still changing, or not readable just now.
    Skipped,
}

impl Status {
    /// The word for reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::Rejected => "rejected",
            Self::AlreadyLoaded => "already-loaded",
            Self::NameConflict => "name-conflict",
            Self::Duplicate => "duplicate",
            Self::Skipped => "skipped",
        }
    }

    /// Whether the file was refused and wants somebody's attention.
    pub const fn is_refused(self) -> bool {
        matches!(self, Self::Rejected | Self::NameConflict)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Reason {
    /// Whether the file could not be had just now and may be the next time.
    pub fn is_passing(&self) -> bool {
        self.code == crate::codes::OBJECT_UNAVAILABLE.id
    }

    /// Whether the file could not be read, which is no fault of its content.
    pub fn is_unreadable(&self) -> bool {
        self.code == crate::codes::UNREADABLE.id
    }
}

/// Why a file was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Id of the finding's code.
    pub code: &'static str,
    /// What was expected and what was found.
    pub message: String,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column in bytes, from 1.
    pub column: Option<u32>,
}

impl From<&Finding> for Reason {
    fn from(finding: &Finding) -> Self {
        Self { code: finding.code.id, message: finding.message.clone(), line: finding.line(), column: finding.column() }
    }
}

/// What the path of a file leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file itself, be it packed or not.
    File,
    /// An archive that holds it.
    Archive,
    /// Nothing: it came from standard input.
    Stream,
}

impl Origin {
    fn of(candidate: &Candidate) -> Self {
        if is_stdin(&candidate.path) {
            Self::Stream
        } else if candidate.is_member {
            Self::Archive
        } else {
            Self::File
        }
    }
}

/// What became of one file.
#[derive(Clone, Debug)]
pub struct FileOutcome {
    /// Its name without folders; `archive!member` in an archive.
    pub name: String,
    /// Where it was found; in an archive, where that was found.
    pub path: PathBuf,
    /// What its path leads to.
    pub origin: Origin,
    /// What it was when it was read: a file that has taken its path since is another one.
    pub fingerprint: Option<Fingerprint>,
    /// Its format, if it was recognised.
    pub format: Option<Format>,
    /// How it ended.
    pub status: Status,
    /// Bytes.
    pub size: u64,
    /// SHA-256 as 64 hexadecimal digits, where the file could be read whole.
    pub sha256: Option<String>,
    /// What it says of itself.
    pub header: FileHeader,
    /// Records that carry data.
    pub records: u64,
    /// Readings that were new.
    pub inserted: u64,
    /// Readings that took the place of another value.
    pub replaced: u64,
    /// Readings that were there already.
    pub unchanged: u64,
    /// Records that were refused.
    pub refused: u64,
    /// All that was found.
    pub findings: Findings,
    /// Why it was not loaded.
    pub reason: Option<Reason>,
    /// Where it was moved.
    pub moved_to: Option<PathBuf>,
    /// How long it took.
    pub duration: Duration,
}

impl FileOutcome {
    /// Whether it was left alone because it is none of smrt's business.
    pub fn is_foreign(&self) -> bool {
        let is_unknown = |reason: &Reason| reason.code == crate::codes::UNKNOWN_FORMAT.id;
        self.status == Status::Skipped && self.reason.as_ref().is_some_and(is_unknown)
    }

    /// Where it was found, for people and reports: its path, that of its archive with its name there, or its name where
    /// it came from standard input.
    pub fn place(&self) -> String {
        let path = self.path.to_string_lossy();
        match self.origin {
            Origin::File => path.into_owned(),
            Origin::Archive => {
                let member = self.name.split_once(&name_of(&self.path)).map_or("", |(_, member)| member);
                format!("{path}{member}")
            }
            Origin::Stream => self.name.clone(),
        }
    }
}

/// What became of all files of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The run's id in the database.
    pub run_id: String,
    /// Each file, in the order taken.
    pub files: Vec<FileOutcome>,
    /// Whether the run was ended before its last file.
    pub interrupted: bool,
    /// How long it took.
    pub duration: Duration,
}

/// Sums over the files of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All files.
    pub files: u64,
    /// Files loaded.
    pub loaded: u64,
    /// Files refused: rejected, or in conflict with a name.
    pub rejected: u64,
    /// Files whose content was known under another name.
    pub duplicates: u64,
    /// Files left alone: already loaded, of no known format, still changing.
    pub skipped: u64,
    /// Records that carry data, in the loaded files.
    pub records: u64,
    /// Readings that were new.
    pub inserted: u64,
    /// Readings that took the place of another value.
    pub replaced: u64,
    /// Readings that were there already.
    pub unchanged: u64,
}

impl Report {
    /// Sums over the files.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for file in &self.files {
            totals.files += 1;
            match file.status {
                Status::Loaded => totals.loaded += 1,
                Status::Rejected | Status::NameConflict => totals.rejected += 1,
                Status::Duplicate => totals.duplicates += 1,
                Status::AlreadyLoaded | Status::Skipped => totals.skipped += 1,
            }
            if file.status == Status::Loaded {
                totals.records += file.records;
                totals.inserted += file.inserted;
                totals.replaced += file.replaced;
                totals.unchanged += file.unchanged;
            }
        }
        totals
    }
}

/// The outcome of a file whose readings changed nothing (yet).
pub(crate) fn outcome(
    candidate: &Candidate,
    produced: Produced,
    status: Status,
    reason: Option<Reason>,
) -> FileOutcome {
    FileOutcome {
        name: candidate.name.clone(),
        path: candidate.path.clone(),
        origin: Origin::of(candidate),
        fingerprint: produced.fingerprint.or(candidate.fingerprint),
        format: produced.format,
        status,
        size: produced.size,
        sha256: produced.sha256,
        header: produced.header,
        records: produced.records,
        inserted: 0,
        replaced: 0,
        unchanged: 0,
        refused: produced.refused,
        findings: produced.findings,
        reason,
        moved_to: None,
        duration: Duration::ZERO,
    }
}
