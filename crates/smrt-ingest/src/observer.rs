//! What a caller hears while files are taken in, and how it ends that early.

use crate::FileOutcome;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Hears how far the work has come. Called from several threads.
pub trait Observer: Sync {
    /// So many files of so many bytes in all are about to be read.
    fn planned(&self, _files: u64, _bytes: u64) {}

    /// So many more bytes have been read.
    fn read(&self, _bytes: u64) {}

    /// So many more readings have been written or checked.
    fn handled(&self, _readings: u64) {}

    /// So many bytes and readings that were told before do not count: their file is read again from its start.
    fn taken_back(&self, _bytes: u64, _readings: u64) {}

    /// Another process is writing; this one has waited for so long.
    fn waiting(&self, _waited: Duration) {}

    /// So many files of a watched folder wait to be taken; the oldest of them has waited for so long.
    fn pending(&self, _files: u64, _oldest: Duration) {}

    /// A file is done; where it was loaded, that is durable.
    fn finished(&self, _outcome: &FileOutcome) {}

    /// Something was made that did not exist before, such as a lake.
    fn told(&self, _message: &str) {}

    /// Something went wrong that does not change what is loaded, such as a file that could not be moved.
    fn warned(&self, _message: &str) {}
}

/// An observer that is not interested.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {}

/// Asks running work to end soon: the file in hand is rolled back, those before it stay loaded.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// A stop that shares a flag, as signal handlers set it.
    pub fn new(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }

    /// Asks for the end.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the end was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
