//! One file on its way in.

use crate::{Counts, FinishedFile, StoreError, Writer};
use smrt_core::Batch;

/// The load of one file; dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub struct FileLoad<'a> {
    _writer: &'a mut Writer,
}

impl FileLoad<'_> {
    /// The id the file will have.
    pub fn id(&self) -> i64 {
        0
    }

    /// Writes the readings of a batch, in their order: of two for the same channel and start the later one wins.
    ///
    /// # Errors
    /// When the database cannot be written; the load must then be abandoned.
    pub fn write(&mut self, _batch: &Batch) -> Result<(), StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// Completes the file: daily summaries, the account of its records, its row in the ledger.
    ///
    /// # Errors
    /// [`StoreError::Unaccounted`] unless records = inserted + replaced + unchanged + refused; nothing is kept then.
    pub fn finish(self, _file: &FinishedFile<'_>) -> Result<Counts, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// Takes back everything the load has written.
    ///
    /// # Errors
    /// When the connection is broken; the database takes it back then, too.
    pub fn abandon(self) -> Result<(), StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
