//! What can go wrong with following a table.

use super::Month;
use crate::StoreError;

/// Why a table could not be followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WarehouseError {
    /// The source cannot be asked.
    #[error("the source {address}: {source}")]
    Source {
        /// The address, without a password.
        address: String,
        /// What went wrong with it.
        source: StoreError,
    },
    /// The source is no Postgres.
    #[error("expected the address of the source, postgres://…, found the path of a file")]
    NoServer,
    /// The source has no such table.
    #[error("the source has no table {table}; names are taken as they are written, with their upper and lower case")]
    NoTable {
        /// Its name.
        table: String,
    },
    /// The table has no such column.
    #[error("the table {table} has no column {column}; it has {found}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Those that it has.
        found: String,
    },
    /// The column holds something else.
    #[error("the column {column} of {table} is {found}: expected {expected}")]
    WrongType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// A key that exported files could not tell from another column.
    #[error("the key {column}: expected each key once, and none that is called like a column of exported files")]
    WrongKey {
        /// The column.
        column: String,
    },
    /// The series has been followed otherwise, and just a month of it is to be fetched.
    #[error("{name} was followed as {before} so far: fetch it whole first, or give it another name")]
    Otherwise {
        /// The series.
        name: String,
        /// How it was followed.
        before: String,
    },
    /// The zone is not known to the source.
    #[error("the source knows no time zone {0:?}: expected a name such as UTC or Europe/Berlin")]
    NoZone(String),
    /// What came is not what the source said of it.
    #[error(
        "{month}: the source said {said}, but sent {came}; the transaction was taken back, and the warehouse is as it was"
    )]
    Torn {
        /// The month.
        month: Month,
        /// What the source said of it.
        said: String,
        /// What came.
        came: String,
    },
    /// What came is no row, or breaks off.
    #[error("expected rows from the source, found {0}; the transaction was taken back, and the warehouse is as it was")]
    NoRow(String),
    /// Another run is at it.
    #[error("another run is at work on the warehouse {0}")]
    Busy(String),
    /// The file that keeps other runs away cannot be made.
    #[error("cannot make {path}: {source}")]
    Lock {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// No series of this name.
    #[error("the warehouse has no series {name}; {found}")]
    NoSeries {
        /// Its name.
        name: String,
        /// Those that it has.
        found: String,
    },
    /// The end was asked for.
    #[error("interrupted")]
    Interrupted,
    /// The warehouse itself.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WarehouseError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Source { source, .. } | Self::Store(source) => source.is_temporary(),
            Self::Busy(_) => true,
            _ => false,
        }
    }
}
