//! Why files cannot be converted or compared.

use crate::IngestError;
use std::{io, path::PathBuf};

/// Why a conversion or a comparison cannot go on. What is wrong with one file is told in its outcome.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The run over the files.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The output cannot be written.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
    /// A path was given for one file, and leads to another number of them.
    #[error("expected one file, found {files} in {}", path.display())]
    NotOneFile {
        /// The path.
        path: PathBuf,
        /// How many files it leads to.
        files: u64,
    },
    /// A temporary file cannot be written or read.
    #[error("cannot write a temporary file in {}", std::env::temp_dir().display())]
    Temporary(#[source] io::Error),
}
