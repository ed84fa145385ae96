//! The one who writes.

use crate::{FileLoad, LoadedFile, NewFile, NewRun, StoreError, UnloadedFile};
use std::time::Duration;

/// A connection for writing: one transaction at a time in the whole database.
#[derive(Debug)]
pub struct Writer {
    _private: (),
}

impl Writer {
    /// Takes the database's single write lock and begins the transaction.
    ///
    /// While another process holds the lock, `keep_waiting` is called again and again with how long this one has waited
    /// so far, and says whether to go on.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when `patience` is over or `keep_waiting` says no, [`StoreError::Unavailable`] when the
    /// server is away.
    pub fn begin(
        &mut self,
        _patience: Duration,
        _keep_waiting: &mut dyn FnMut(Duration) -> bool,
    ) -> Result<(), StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// Commits; what was written is durable when this returns.
    ///
    /// # Errors
    /// When the database cannot commit: nothing is kept, unless the connection broke in just that moment
    /// ([`StoreError::Unavailable`]); then a new writer's [`Writer::loaded_named`] tells.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// Forgets everything since [`Writer::begin`]; without a transaction it does nothing.
    ///
    /// # Errors
    /// When the connection is broken; the database forgets it then, too.
    pub fn roll_back(&mut self) -> Result<(), StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// Writes down that a run has begun, in a short transaction of its own.
    ///
    /// # Errors
    /// As [`Writer::begin`].
    pub fn start_run(&mut self, _run: &NewRun<'_>) -> Result<(), StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// Writes down when a run ended (UTC epoch seconds), in a short transaction of its own.
    ///
    /// # Errors
    /// As [`Writer::begin`].
    pub fn finish_run(&mut self, _id: &str, _finished_at: i64) -> Result<(), StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// The loaded file of this name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn loaded_named(&mut self, _name: &str) -> Result<Option<LoadedFile>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// The loaded file of this content (SHA-256 as 64 hexadecimal digits in lower case).
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn loaded_content(&mut self, _sha256: &str) -> Result<Option<LoadedFile>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// Whether any loaded file has this size in bytes: if none has, no content can be known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn any_loaded_of_size(&mut self, _size: u64) -> Result<bool, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// The greatest running number loaded of a format, sender and environment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_generation(
        &mut self,
        _format: &str,
        _sender: Option<&str>,
        _environment: smrt_core::Environment,
    ) -> Result<Option<u32>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// Whether a running number of a format and sender is loaded.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn generation_loaded(
        &mut self,
        _format: &str,
        _sender: Option<&str>,
        _generation: smrt_core::Generation,
    ) -> Result<bool, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// Begins to load a file inside the open transaction.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction, [`StoreError::Conflict`] when a file of this name is loaded.
    pub fn begin_file(&mut self, _file: &NewFile<'_>) -> Result<FileLoad<'_>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }

    /// Records a file of which nothing is loaded, inside the open transaction, and gives its id. The same file with
    /// the same outcome keeps its id: its attempts are counted and the findings are those of the last one.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction.
    pub fn record_unloaded(&mut self, _file: &UnloadedFile<'_>) -> Result<i64, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
