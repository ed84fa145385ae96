//! Why a run as a whole cannot go on. What is wrong with one file is a finding of that file instead.

use crate::StoreTrouble;
use smrt_lake::LakeError;
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
    /// Files would be moved to the folder in which they are found, under a new name at every run.
    #[error("the {role} {} is the folder that is searched: give another one", path.display())]
    Destination {
        /// What the folder is given as.
        role: &'static str,
        /// The folder.
        path: PathBuf,
    },
    /// Objects of stores would be moved to a folder of this machine.
    #[error(
        "objects of stores stay where they are, and the {role} is for files of this machine: leave --{role} out, and out \
         of the configuration (another one is named with --config); what is loaded is known at the next run"
    )]
    ObjectsStay {
        /// What the folder is given as.
        role: &'static str,
    },
    /// A store of objects cannot be listed.
    #[error("{message}")]
    Objects {
        /// What kind of trouble it is.
        trouble: StoreTrouble,
        /// What was asked for, what came, and what helps.
        message: String,
    },
    /// Room for sorting a file that is not in order could not be had.
    #[error("cannot write a temporary file in {}", std::env::temp_dir().display())]
    Temporary(#[source] io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lake.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The end was asked for.
    #[error("interrupted")]
    Interrupted,
}
