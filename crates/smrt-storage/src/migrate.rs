//! Making the tables, and refusing those of a newer smrt.
//!
//! The migrations of both databases are built into the library. They run in one transaction under the write lock, so
//! that any number of processes may find a new database at the same instant, and so that a process that dies in the
//! middle leaves nothing behind. A database that is up to date is neither locked nor written.

use crate::{
    StoreError,
    backend::Database,
    connection::{WRITE_LOCK, retry_while_busy},
    error::Doing,
};
use diesel::{
    QueryableByName, RunQueryDsl,
    connection::{AnsiTransactionManager, SimpleConnection},
    migration::MigrationSource,
    result::Error as DieselError,
    sql_query,
    sql_types::Text,
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::collections::BTreeSet;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

const WHAT: &str = "making the tables";

/// Brings the tables up to date; whether there were none before.
pub(crate) fn migrate(connection: &mut Database) -> Result<bool, StoreError> {
    if is_up_to_date(connection)? {
        return Ok(false);
    }
    lock(connection)?;
    // Another process may have made them while this one waited for the lock.
    let result = migrate_locked(connection);
    match result {
        Ok(was_new) => connection.commit_innermost().map(|()| was_new),
        Err(error) => {
            connection.roll_back_innermost()?;
            Err(error)
        }
    }
}

/// The migrations a database has, and the last one this library brings.
pub(crate) fn versions(connection: &mut Database) -> Result<(BTreeSet<String>, String), StoreError> {
    let known = known()?.into_iter().next_back().unwrap_or_default();
    Ok((applied(connection)?, known))
}

fn is_up_to_date(connection: &mut Database) -> Result<bool, StoreError> {
    let (applied, known) = (applied(connection)?, known()?);
    if let Some(found) = applied.difference(&known).last() {
        let known = known.last().cloned().unwrap_or_default();
        return Err(StoreError::NewerSchema { found: found.clone(), known });
    }
    Ok(applied == known)
}

fn migrate_locked(connection: &mut Database) -> Result<bool, StoreError> {
    if is_up_to_date(connection)? {
        return Ok(false);
    }
    let ran = match connection {
        Database::Sqlite(connection) => connection.run_pending_migrations(SQLITE).map(|ran| ran.len()),
        Database::Postgres(connection) => connection.run_pending_migrations(POSTGRES).map(|ran| ran.len()),
    };
    let ran = ran.map_err(|source| StoreError::Query { what: WHAT, source: DieselError::QueryBuilderError(source) })?;
    Ok(ran == known()?.len())
}

/// Begins the transaction the migrations run in, as the only one of its kind.
fn lock(connection: &mut Database) -> Result<(), StoreError> {
    match connection {
        Database::Sqlite(connection) => {
            retry_while_busy(|| AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE"))
                .doing(WHAT)
        }
        Database::Postgres(connection) => {
            AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN").doing(WHAT)?;
            connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({WRITE_LOCK})")).doing(WHAT)
        }
    }
}

/// Versions of the migrations in the library. A test holds the two folders equal, so one of them speaks for both.
fn known() -> Result<BTreeSet<String>, StoreError> {
    let migrations = MigrationSource::<Sqlite>::migrations(&SQLITE)
        .map_err(|source| StoreError::Query { what: WHAT, source: DieselError::QueryBuilderError(source) })?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

/// Versions of the migrations in the database; asked without diesel's own way, which would create its table.
fn applied(connection: &mut Database) -> Result<BTreeSet<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Applied {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let exists = match connection {
        Database::Sqlite(_) => "SELECT count(*) AS n FROM sqlite_master WHERE name = '__diesel_schema_migrations'",
        // Not by to_regclass: it may remember from before the lock that there is none.
        Database::Postgres(_) => {
            "SELECT count(*) AS n FROM pg_catalog.pg_class WHERE relname = '__diesel_schema_migrations' \
             AND pg_table_is_visible(oid)"
        }
    };
    if connection.number(WHAT, exists)? == 0 {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<Applied> =
        sql_query("SELECT version FROM __diesel_schema_migrations").load(connection).doing(WHAT)?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
