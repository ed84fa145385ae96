//! Batches to be used again: fresh memory costs more than filling it.

use smrt_core::Batch;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Empty batches that keep their memory, shared by those who fill them and those who use them up.
#[derive(Debug, Default)]
pub struct Spare(Mutex<Vec<Batch>>);

impl Spare {
    /// Most batches that are kept.
    const MOST: usize = 6;

    /// An empty batch, with the memory of one that was used before, if there is one.
    pub fn take(&self) -> Batch {
        self.lock().pop().unwrap_or_default()
    }

    /// Gives a batch back that was used up.
    pub fn give_back(&self, mut batch: Batch) {
        batch.clear();
        let mut spare = self.lock();
        if spare.len() < Self::MOST {
            spare.push(batch);
        }
    }

    /// A list of batches is whole whatever became of another thread.
    fn lock(&self) -> MutexGuard<'_, Vec<Batch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
