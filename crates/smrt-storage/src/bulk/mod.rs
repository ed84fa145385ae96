//! The seam where the two databases differ: writing many rows at once.
//!
//! Rows in the order of their keys come in; they are in the database when a function returns. Each database does what
//! it is best at: SQLite runs prepared statements of many rows, Postgres reads a binary stream. Nothing here decides
//! what a row means for the file it came in; see [`crate::load`].

mod postgres;
mod rows;
mod shapes;
mod sqlite;

pub(crate) use postgres::{COPY_HEADER, column};
pub(crate) use rows::{Cells, Shape, execute, load};
pub(crate) use shapes::{
    AddDays, InsertChannels, InsertHistory, InsertMeterPoints, Manner, NewChannel, NewMeterPoint, PastRow, SetDays,
};

use crate::{StoreError, backend::Database, error::Doing};
use smrt_core::{Quality, Quantity, Reading, Version};

/// A reading on its way into the table, under the id of its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The channel's id.
    pub(crate) channel: i64,
    /// Start of the interval, UTC epoch seconds.
    pub(crate) start: i64,
    /// Length of the interval in minutes.
    pub(crate) minutes: i32,
    /// Quantity in millionths.
    pub(crate) quantity: i64,
    /// [`Quality::code`].
    pub(crate) quality: i16,
    /// When its sender last changed it.
    pub(crate) version: Version,
    /// Line of the file.
    pub(crate) line: i64,
    /// The channel's number in the file.
    pub(crate) slot: u32,
}

impl Row {
    /// A reading of the channel with the id `channel`.
    pub(crate) fn new(reading: Reading, channel: i64) -> Self {
        Self {
            channel,
            start: reading.start,
            minutes: i32::from(reading.minutes.minutes()),
            quantity: reading.quantity.micros(),
            quality: reading.quality.code(),
            version: reading.version,
            line: i64::from(reading.line),
            slot: reading.channel,
        }
    }

    /// What no two rows of the table share.
    pub(crate) fn key(&self) -> (i64, i64) {
        (self.channel, self.start)
    }

    /// Whether it says the same as another of the same key.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        (self.quantity, self.minutes, self.quality) == (other.quantity, other.minutes, other.quality)
    }

    /// Its quantity, unless its quality says that it has no value.
    pub(crate) fn value(&self) -> Option<Quantity> {
        (self.quality < Quality::NULL.code()).then(|| Quantity::from_micros(self.quantity))
    }
}

/// Inserts rows whose keys are all new, in the order of their keys.
pub(crate) fn insert_new(connection: &mut Database, file: i64, rows: &[Row]) -> Result<(), StoreError> {
    match connection {
        Database::Sqlite(connection) => sqlite::insert_new(connection, file, rows),
        Database::Postgres(connection) => postgres::insert_new(connection, file, rows),
    }
    .doing("writing readings")
}

/// Inserts rows, or lets them take the place of those with the same key that say something else. In the order of
/// their keys, no key twice. Gives how many were inserted or took a place; the values that lost it are in
/// `reading_history`.
pub(crate) fn upsert(connection: &mut Database, file: i64, rows: &[Row]) -> Result<u64, StoreError> {
    match connection {
        Database::Sqlite(connection) => sqlite::upsert(connection, file, rows),
        Database::Postgres(connection) => postgres::upsert(connection, file, rows),
    }
    .doing("writing readings")
}
