//! What can go wrong with a store, sorted by what the caller can do about it.
//!
//! A diesel error comes in with the words for what was being done; a [`StoreError`] goes out. Nothing is printed or
//! logged here.

use diesel::result::{ConnectionError, DatabaseErrorKind, Error as DieselError};
use std::time::Duration;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The server cannot be reached or has closed the connection; nothing that was not committed is kept.
    #[error("the database is not available while {what}: {detail}")]
    Unavailable {
        /// What was being done.
        what: &'static str,
        /// The words of the server or of its library.
        detail: String,
    },
    /// Another process was writing for as long as the caller was willing to wait.
    #[error("another process is writing to the database; gave up after {:.1} s", .waited.as_secs_f64())]
    Busy {
        /// How long the store waited.
        waited: Duration,
    },
    /// The disk is full or the database may not be written.
    #[error("cannot write to the database while {what}: {detail}")]
    Full {
        /// What was being done.
        what: &'static str,
        /// The words of the database.
        detail: String,
    },
    /// The file of the database cannot be opened or created.
    #[error("cannot open the database {database}: {detail}")]
    CannotOpen {
        /// The address, without a password.
        database: String,
        /// The words of the database.
        detail: String,
    },
    /// A newer smrt has changed the tables; this one must not touch them.
    #[error("the database was made by a newer smrt: it has migration {found}, this smrt knows up to {known}")]
    NewerSchema {
        /// The version that is not known.
        found: String,
        /// The last version this library brings.
        known: String,
    },
    /// The server is too old.
    #[error("the server is Postgres {found}, expected {least} or later")]
    OldServer {
        /// Its version.
        found: i32,
        /// The oldest that will do.
        least: i32,
    },
    /// A file of this name or content has been loaded in the meantime, or an id was given twice.
    #[error("the database refused a second {what}")]
    Conflict {
        /// What there may be only one of.
        what: String,
    },
    /// The records of a file are not accounted for: it must not be committed.
    #[error(
        "{name}: {records} records are not {inserted} inserted + {replaced} replaced + {unchanged} unchanged + {refused} refused"
    )]
    Unaccounted {
        /// The file.
        name: String,
        /// Records the file has, by the caller's count.
        records: u64,
        /// New readings.
        inserted: u64,
        /// Readings that took the place of others.
        replaced: u64,
        /// Readings that were there already.
        unchanged: u64,
        /// Records that were refused, by the caller's count.
        refused: u64,
    },
    /// The database holds something that no smrt has written, or its file is damaged.
    #[error("the database is damaged: {detail}")]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// The caller broke the order of calls, for example wrote without having begun.
    #[error("{0}")]
    Misuse(&'static str),
    /// Anything else the database reports.
    #[error("{what} failed: {source}")]
    Query {
        /// What was being done.
        what: &'static str,
        /// The error of the database.
        source: DieselError,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without anybody changing anything: the server is away, or another
    /// process holds the write lock.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Busy { .. })
    }

    /// Whether the disk or the rights to it are the reason.
    pub fn is_storage_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// Something in the database that cannot be read back.
    pub(crate) fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt { detail: detail.into() }
    }

    /// The error of opening a connection to `database`.
    pub(crate) fn opening(database: &crate::DatabaseUrl, error: ConnectionError) -> Self {
        let detail = match error {
            ConnectionError::BadConnection(words) => words.trim().replace('\n', "; "),
            other => other.to_string(),
        };
        if database.is_postgres() {
            Self::Unavailable { what: "connecting", detail }
        } else {
            Self::CannotOpen { database: database.to_string(), detail }
        }
    }
}

/// Says what was being done when diesel failed.
pub(crate) trait Doing<T> {
    /// Turns an error into a [`StoreError`] of the right kind.
    fn doing(self, what: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, DieselError> {
    fn doing(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| classify(what, error))
    }
}

/// Whether SQLite says that another connection is in the way.
pub(crate) fn is_busy(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(_, info)
        if info.message().contains("is locked") || info.message().contains("canceling statement due to lock timeout"))
}

/// Words by which the two databases report a full disk or a database that may not be written. Diesel passes neither
/// SQLite's extended result code nor SQLSTATE on, so the words are all there is.
const CANNOT_WRITE: [&str; 6] = [
    "database or disk is full",
    "readonly database",
    "disk I/O error",
    "No space left on device",
    "could not extend file",
    "Disk quota exceeded",
];

/// Words by which a damaged SQLite file shows.
const DAMAGED: [&str; 2] = ["disk image is malformed", "file is not a database"];

/// Words by which a server says that it is going, gone or not there yet.
const AWAY: [&str; 8] = [
    "terminating connection",
    "server closed the connection",
    "connection to server",
    "the database system is",
    "no connection to the server",
    "could not receive data from server",
    "could not send data to server",
    "SSL connection has been closed",
];

/// Sorts an error of diesel by what can be done about it.
fn classify(what: &'static str, error: DieselError) -> StoreError {
    let (kind, words) = match &error {
        DieselError::DatabaseError(kind, info) => (kind, info.message().to_owned()),
        DieselError::BrokenTransactionManager => {
            return StoreError::Unavailable { what, detail: "the transaction was lost".to_owned() };
        }
        DieselError::RollbackErrorOnCommit { commit_error, .. } => {
            return StoreError::Unavailable { what, detail: commit_error.to_string() };
        }
        _ => return StoreError::Query { what, source: error },
    };
    let says = |list: &[&str]| list.iter().any(|part| words.contains(part));
    if matches!(kind, DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand) || says(&AWAY) {
        StoreError::Unavailable { what, detail: words.trim().to_owned() }
    } else if is_busy(&error) {
        StoreError::Busy { waited: Duration::ZERO }
    } else if says(&CANNOT_WRITE) {
        StoreError::Full { what, detail: words }
    } else if says(&DAMAGED) {
        StoreError::Corrupt { detail: words }
    } else if matches!(kind, DatabaseErrorKind::UniqueViolation) {
        StoreError::Conflict { what: words }
    } else {
        StoreError::Query { what, source: error }
    }
}
