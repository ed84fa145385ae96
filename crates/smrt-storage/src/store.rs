//! A database to ask.
//!
//! An address comes in; a [`Store`] with its tables in place goes out. The questions themselves are in `queries/`,
//! one file for each; who wants to write asks for a [`Writer`], which has a connection of its own.

use crate::{
    DatabaseUrl, StoreError, Writer,
    backend::Database,
    connection::{self, Purpose},
    migrate::migrate,
};
use std::fmt;

/// A connection for questions; it cannot write.
pub struct Store {
    url: DatabaseUrl,
    is_new: bool,
    is_frozen: bool,
    pub(crate) connection: Database,
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
        let mut connection = connection::open(url, Purpose::Ask)?;
        let is_new = migrate(&mut connection)?;
        connection.ask_only()?;
        Ok(Self { url: url.clone(), is_new, is_frozen: false, connection })
    }

    /// Whether opening it made its tables.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Its address.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// From now on every question is answered from the state of this moment, whatever is written meanwhile: an answer
    /// that is put together from many questions, such as an export, cannot fall between two loads. It lasts as long
    /// as the store.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn freeze(&mut self) -> Result<(), StoreError> {
        if !self.is_frozen {
            self.connection.begin_snapshot()?;
            // The state is that of the first look, not that of the beginning.
            self.connection.number("beginning to read", "SELECT count(*) AS n FROM run WHERE id = ''")?;
            self.is_frozen = true;
        }
        Ok(())
    }

    /// Ends what [`Store::freeze`] began: the next question sees what was written meanwhile.
    ///
    /// # Errors
    /// When the connection is lost.
    pub fn thaw(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.is_frozen) {
            self.connection.roll_back_innermost()?;
        }
        Ok(())
    }

    /// A number that is another one as soon as anybody else, in this process or another, has committed anything. It
    /// means nothing to another store, and on Postgres it may change although nothing of smrt did.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn change_mark(&mut self) -> Result<i64, StoreError> {
        self.connection.change_mark()
    }

    /// Asks several questions of one and the same state of the database, whatever is written meanwhile.
    pub(crate) fn snapshot<T>(
        &mut self,
        ask: impl FnOnce(&mut Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.is_frozen {
            return ask(&mut self.connection);
        }
        self.connection.begin_snapshot()?;
        let answer = ask(&mut self.connection);
        let ended = self.connection.roll_back_innermost();
        // What went wrong first is what the caller must hear of.
        answer.and_then(|answer| ended.map(|()| answer))
    }

    /// A connection of its own for writing.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn writer(&self) -> Result<Writer, StoreError> {
        connection::open(&self.url, Purpose::Write).map(Writer::new)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("url", &self.url).field("is_new", &self.is_new).finish_non_exhaustive()
    }
}
