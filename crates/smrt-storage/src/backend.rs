//! The one enum behind which the two databases look alike to diesel.
//!
//! It stands alone because of the code that is generated around it, which follows rules of its own.
#![allow(missing_debug_implementations, unreachable_pub, missing_docs, clippy::all)]

use diesel::{PgConnection, SqliteConnection};

/// A connection to one of the two databases.
#[derive(diesel::MultiConnection)]
pub(crate) enum Database {
    /// A SQLite file.
    Sqlite(SqliteConnection),
    /// A Postgres server.
    Postgres(PgConnection),
}
