//! Whether the database keeps its promises.

use crate::{Store, StoreError};

/// One promise and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// A stable name, kebab-case.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// What was found, in one sentence.
    pub detail: String,
}

impl Store {
    /// Checks every promise.
    ///
    /// # Errors
    /// When the database cannot be read; a broken promise is not an error.
    pub fn doctor(&mut self) -> Result<Vec<Check>, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
