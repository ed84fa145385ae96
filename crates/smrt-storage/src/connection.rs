//! Opening one connection and setting it up the way smrt needs it; beginning and ending its transactions.
//!
//! Everything but bulk writing goes through [`Database`] as one backend. Its columns are therefore whole numbers
//! and text only, and diesel cannot say `ON CONFLICT` through it; where that is needed the text is written out, which
//! both databases read alike. Nothing is cached or pooled here.

use crate::backend::Database;
use crate::{
    DatabaseUrl, StoreError,
    error::{Doing, is_busy},
};
use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    result::Error as DieselError,
    sql_query,
    sql_types::{BigInt, Integer},
};
use std::{
    thread,
    time::{Duration, Instant},
};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Questions; but first, perhaps, making the tables.
    Ask,
    /// Writing.
    Write,
}

/// The number under which Postgres knows the write lock of smrt: `smrt` in ASCII. Migrations take it as well.
pub(crate) const WRITE_LOCK: i64 = 0x736d_7274;

/// The oldest Postgres with `MERGE`.
const LEAST_POSTGRES: i32 = 15;

/// How long SQLite itself waits for another connection before it reports that one is in the way.
const SQLITE_BUSY_MS: u32 = 10_000;

/// Pages of 16 KiB write a bulk load 18 % faster than SQLite's 4 KiB; only a database without tables takes the size
/// on, and only before it goes to WAL. The cache is bounded to 16 MiB, and with it what a load takes of memory.
const SQLITE_FIRST: &str = "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL;";
const SQLITE_ALWAYS: &str = "PRAGMA cache_size = -16384; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; \
     PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; \
     PRAGMA journal_size_limit = 67108864;";

/// Notices would end up on standard error. The planner's guess at costs is no help where most tables are new and
/// without statistics.
const POSTGRES_ALWAYS: &str = "SET client_min_messages = warning; SET client_encoding = 'UTF8'; SET jit = off;";

/// A writer looks some rows up in large tables and never reads one from end to end, but a plan that is made while a
/// table is empty, and kept, would do just that for the rest of a load that fills it. Only the trigger joins two long
/// lists; it says so itself. A load reads its file inside the transaction, so idling there must be allowed.
const POSTGRES_WRITING: &str = "SET synchronous_commit = on; SET enable_seqscan = off; SET enable_hashjoin = off; \
     SET enable_mergejoin = off; SET enable_memoize = off; SET max_parallel_workers_per_gather = 0; \
     SET work_mem = '32MB'; SET idle_in_transaction_session_timeout = 0;";

/// Opens a connection.
pub(crate) fn open(url: &DatabaseUrl, purpose: Purpose) -> Result<Database, StoreError> {
    match (url.server(), url.path()) {
        (Some(server), _) => open_postgres(url, server, purpose),
        (_, Some(path)) => {
            let path = path.to_str().ok_or_else(|| StoreError::CannotOpen {
                database: url.to_string(),
                detail: "its path is no UTF-8".to_owned(),
            })?;
            open_sqlite(url, path)
        }
        (None, None) => Err(StoreError::Misuse("an address is a file or a server")),
    }
}

fn open_sqlite(url: &DatabaseUrl, path: &str) -> Result<Database, StoreError> {
    // SQLite takes `file:…` and `:memory:` for something else than the name of a file, but not behind a folder.
    let path = if path.starts_with('/') { path.to_owned() } else { format!("./{path}") };
    let mut connection = SqliteConnection::establish(&path).map_err(|error| StoreError::opening(url, error))?;
    let what = "opening the database";
    connection.batch_execute(&format!("PRAGMA busy_timeout = {SQLITE_BUSY_MS};")).doing(what)?;
    // Going to WAL does not wait for others of itself, so four processes that create a database would refuse each other.
    retry_while_busy(|| connection.batch_execute(SQLITE_FIRST)).map_err(|error| match error {
        error if is_busy(&error) => StoreError::Busy { waited: Duration::from_millis(SQLITE_BUSY_MS.into()) },
        DieselError::DatabaseError(_, info) if info.message().contains("unable to open") => {
            StoreError::CannotOpen { database: url.to_string(), detail: info.message().to_owned() }
        }
        other => Err::<(), _>(other).doing(what).err().unwrap_or(StoreError::Misuse(what)),
    })?;
    connection.batch_execute(SQLITE_ALWAYS).doing(what)?;
    Ok(Database::Sqlite(connection))
}

fn open_postgres(url: &DatabaseUrl, server: &str, purpose: Purpose) -> Result<Database, StoreError> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Integer)]
        version: i32,
    }
    let mut connection = PgConnection::establish(server).map_err(|error| StoreError::opening(url, error))?;
    let what = "opening the database";
    connection.batch_execute(POSTGRES_ALWAYS).doing(what)?;
    if purpose == Purpose::Write {
        connection.batch_execute(POSTGRES_WRITING).doing(what)?;
    }
    let Version { version } = sql_query("SELECT current_setting('server_version_num')::integer AS version")
        .get_result(&mut connection)
        .doing(what)?;
    if version / 10_000 < LEAST_POSTGRES {
        return Err(StoreError::OldServer { found: version / 10_000, least: LEAST_POSTGRES });
    }
    Ok(Database::Postgres(connection))
}

/// Repeats what SQLite refuses because another connection is in the way, for as long as its own waiting would last.
pub(crate) fn retry_while_busy<T>(mut attempt: impl FnMut() -> Result<T, DieselError>) -> Result<T, DieselError> {
    let begun = Instant::now();
    loop {
        match attempt() {
            Err(error) if is_busy(&error) && begun.elapsed() < Duration::from_millis(SQLITE_BUSY_MS.into()) => {
                thread::sleep(Duration::from_millis(10));
            }
            other => return other,
        }
    }
}

/// A whole number that a question answers with.
#[derive(QueryableByName)]
pub(crate) struct Number {
    /// The number.
    #[diesel(sql_type = BigInt)]
    pub(crate) n: i64,
}

impl Database {
    /// From here on the connection cannot write.
    pub(crate) fn ask_only(&mut self) -> Result<(), StoreError> {
        let sql = match self {
            Self::Sqlite(_) => "PRAGMA query_only = ON",
            Self::Postgres(_) => "SET default_transaction_read_only = on",
        };
        self.batch_execute(sql).doing("opening the database")
    }

    /// Begins a transaction that holds the write lock, if the lock is free; whether it was.
    pub(crate) fn try_begin_writing(&mut self) -> Result<bool, StoreError> {
        let what = "beginning to write";
        match self {
            Self::Sqlite(connection) => {
                match AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE") {
                    Ok(()) => Ok(true),
                    Err(error) if is_busy(&error) => Ok(false),
                    Err(error) => Err(error).doing(what),
                }
            }
            Self::Postgres(connection) => {
                AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN").doing(what)?;
                let sql = format!("SELECT pg_try_advisory_xact_lock({WRITE_LOCK})::int::bigint AS n");
                let locked: Number = sql_query(sql).get_result(connection).doing(what)?;
                if locked.n == 1 {
                    return Ok(true);
                }
                AnsiTransactionManager::rollback_transaction(connection).doing(what)?;
                Ok(false)
            }
        }
    }

    /// Begins a transaction in which every question sees the same state.
    pub(crate) fn begin_snapshot(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN"),
            Self::Postgres(connection) => AnsiTransactionManager::begin_transaction_sql(
                connection,
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            ),
        }
        .doing("beginning to read")
    }

    /// What changes with every commit of another connection.
    pub(crate) fn change_mark(&mut self) -> Result<i64, StoreError> {
        let sql = match self {
            Self::Sqlite(_) => "SELECT data_version AS n FROM pragma_data_version",
            // The first transaction that is not over: it moves whenever one that wrote is.
            Self::Postgres(_) => "SELECT hashtextextended(pg_current_snapshot()::text, 0) AS n",
        };
        self.number("looking for changes", sql)
    }

    /// How long SQLite waits by itself before it says that another connection is in the way.
    pub(crate) fn wait_in_database(&mut self, patience: Option<Duration>) -> Result<(), StoreError> {
        let Self::Sqlite(connection) = self else { return Ok(()) };
        let patience = patience.map_or(u128::from(SQLITE_BUSY_MS), |patience| patience.as_millis());
        connection.batch_execute(&format!("PRAGMA busy_timeout = {patience}")).doing("beginning to write")
    }

    /// Opens a transaction inside the transaction, which can be taken back alone.
    pub(crate) fn begin_savepoint(&mut self) -> Result<(), StoreError> {
        <Self as diesel::Connection>::TransactionManager::begin_transaction(self).doing("beginning a file")
    }

    /// Ends the innermost transaction and keeps what it wrote.
    pub(crate) fn commit_innermost(&mut self) -> Result<(), StoreError> {
        <Self as diesel::Connection>::TransactionManager::commit_transaction(self).doing("committing")
    }

    /// Ends the innermost transaction and forgets what it wrote.
    pub(crate) fn roll_back_innermost(&mut self) -> Result<(), StoreError> {
        <Self as diesel::Connection>::TransactionManager::rollback_transaction(self).doing("rolling back")
    }

    /// The one number that `sql` answers with, in a column `n`.
    pub(crate) fn number(&mut self, what: &'static str, sql: &str) -> Result<i64, StoreError> {
        sql_query(sql).get_result::<Number>(self).map(|row| row.n).doing(what)
    }
}
