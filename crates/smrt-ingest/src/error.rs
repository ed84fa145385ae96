//! Why a run as a whole cannot go on. What is wrong with one file is a finding of that file instead.

use smrt_storage::StoreError;
use std::{io, path::PathBuf};

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A path that was named does not exist or cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Room for sorting a file that is not in order could not be had.
    #[error("cannot write a temporary file in {}", std::env::temp_dir().display())]
    Temporary(#[source] io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The end was asked for.
    #[error("interrupted")]
    Interrupted,
}
