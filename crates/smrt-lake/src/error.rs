//! Why a lake cannot be read or written.
//!
//! Every message names the file or the table, and what helps where something does. What may pass by waiting is told
//! apart by [`LakeError::is_temporary`].

use deltalake_core::DeltaTableError;
use object_store::Error as StoreError;
use parquet::errors::ParquetError;
use std::io;

/// Why a lake cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// A file or folder of the machine cannot be used.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// An object cannot be used.
    #[error("{path}: {source}")]
    Store {
        /// The object.
        path: String,
        /// What the store says.
        source: Box<StoreError>,
    },
    /// A data file that should be there is not.
    #[error("{path}: expected a data file of the lake, found none; bring it back from a backup")]
    Missing {
        /// The file.
        path: String,
    },
    /// A data file is not as it was written.
    #[error("{path}: damaged, expected {expected}, found {found}; bring it back from a backup")]
    Damaged {
        /// The file.
        path: String,
        /// What was written.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A data file cannot be written.
    #[error("{path}: cannot be written as Parquet: {source}")]
    Encode {
        /// The file.
        path: String,
        /// What the library says.
        source: ParquetError,
    },
    /// There is no lake.
    #[error("{address}: expected a lake, found none; say with --lake where it is now, or bring it back from a backup")]
    NoLake {
        /// Where it was looked for.
        address: String,
    },
    /// There is a lake, of another database.
    #[error(
        "{address}: expected this database's own lake, found that of another database (its lake.json says {found}, not \
         {expected}); name this one's place with --lake, or the other database with --database"
    )]
    Foreign {
        /// Where it is.
        address: String,
        /// The database that asked.
        expected: String,
        /// The database it belongs to.
        found: String,
    },
    /// What says whose lake it is cannot be read.
    #[error("{path}: expected a line that names the lake's database, found {found}; bring it back from a backup")]
    Owner {
        /// The file.
        path: String,
        /// How it begins.
        found: String,
    },
    /// A publication is not the one that comes next.
    #[error("{table}: expected publication {expected}, found {found}; publish those before it first")]
    OutOfOrder {
        /// The table.
        table: String,
        /// The number that comes next.
        expected: u64,
        /// The number that was given.
        found: u64,
    },
    /// Others commit to the table all the time.
    #[error("{table}: others committed first {tries} times in a row; stop other writers of this table and try again")]
    Raced {
        /// The table.
        table: String,
        /// How often it was tried.
        tries: u32,
    },
    /// The log of a table cannot be read or written.
    #[error("{table}: {source}")]
    Delta {
        /// The table.
        table: String,
        /// What the library says.
        source: Box<DeltaTableError>,
    },
    /// What was handed over cannot be written.
    #[error("expected {expected}, found {found}")]
    Input {
        /// What can be.
        expected: &'static str,
        /// What was handed over.
        found: String,
    },
    /// Compaction would have lost or made rows; nothing was decided.
    #[error("{table}: expected {expected} rows after compaction, found {found}; nothing was changed")]
    Unaccounted {
        /// The table.
        table: String,
        /// Rows that went in.
        expected: u64,
        /// Rows that came out.
        found: u64,
    },
}

impl LakeError {
    /// Whether the same may succeed later: the store is away or busy, the disk is full, others were first.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::File { source, .. } => passing(source),
            Self::Store { source, .. } => store_passing(source),
            Self::Delta { source, .. } => match source.as_ref() {
                DeltaTableError::ObjectStore { source } => store_passing(source),
                DeltaTableError::Io { source } => passing(source),
                _ => false,
            },
            Self::Raced { .. } => true,
            _ => false,
        }
    }

    /// Whether a file is not where it was looked for: nobody put it there, or another took it away.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Missing { .. } => true,
            Self::File { source, .. } => source.kind() == io::ErrorKind::NotFound,
            Self::Store { source, .. } => matches!(source.as_ref(), StoreError::NotFound { .. }),
            _ => false,
        }
    }

    pub(crate) fn file(path: &std::path::Path, source: io::Error) -> Self {
        Self::File { path: path.display().to_string(), source }
    }

    pub(crate) fn damaged(path: &str, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), expected: expected.into(), found: found.into() }
    }
}

fn store_passing(error: &StoreError) -> bool {
    match error {
        // What a local disk says comes in here as well.
        StoreError::Generic { source, .. } => source.downcast_ref::<io::Error>().is_none_or(passing),
        StoreError::JoinError { .. } => true,
        _ => false,
    }
}

fn passing(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    // What was read of an object comes with what the store said inside.
    if let Some(store) = error.get_ref().and_then(|inner| inner.downcast_ref::<StoreError>()) {
        return store_passing(store);
    }
    // Too many open files in the process or the machine have no kind of their own.
    let open_files = matches!(error.raw_os_error(), Some(23 | 24));
    open_files
        || matches!(
            error.kind(),
            Kind::Interrupted
                | Kind::TimedOut
                | Kind::WouldBlock
                | Kind::StorageFull
                | Kind::QuotaExceeded
                | Kind::ResourceBusy
                | Kind::ConnectionRefused
                | Kind::ConnectionReset
                | Kind::ConnectionAborted
                | Kind::NotConnected
                | Kind::NetworkDown
                | Kind::NetworkUnreachable
                | Kind::HostUnreachable
                | Kind::StaleNetworkFileHandle
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_told_apart_however_deep_it_lies() {
        let file = |source: io::Error| LakeError::File { path: String::new(), source }.is_temporary();
        let away = || StoreError::Generic { store: "S3", source: "connection closed".into() };
        assert!(file(io::ErrorKind::StorageFull.into()) && file(io::Error::from_raw_os_error(24)));
        assert!(file(io::Error::from(away())));
        assert!(LakeError::Store { path: String::new(), source: Box::new(away()) }.is_temporary());
        assert!(!file(io::ErrorKind::PermissionDenied.into()));
        let full =
            StoreError::Generic { store: "disk", source: Box::new(io::Error::from(io::ErrorKind::NotADirectory)) };
        assert!(!file(io::Error::from(full)));
        assert!(!LakeError::Missing { path: String::new() }.is_temporary());
    }

    #[test]
    fn what_is_not_there_is_told_apart_from_what_cannot_be_read() {
        let file = |kind: io::ErrorKind| LakeError::File { path: String::new(), source: kind.into() }.is_missing();
        assert!(LakeError::Missing { path: String::new() }.is_missing() && file(io::ErrorKind::NotFound));
        assert!(!file(io::ErrorKind::PermissionDenied) && !file(io::ErrorKind::StorageFull));
    }
}
