//! One run at a time on a warehouse, whatever becomes of the process that has the lock.

use super::WarehouseError;
use crate::{DatabaseUrl, backend::Database, connection::Number, error::Doing};
use diesel::{RunQueryDsl, sql_query};
use std::{
    ffi::OsString,
    fs::{File, TryLockError},
};

/// `smrt` and `ware` in ASCII: the pair under which Postgres knows the lock.
const LOCK: (i32, i32) = (0x736d_7274, 0x7761_7265);

/// Held until it is dropped, or its process ends.
#[derive(Debug)]
pub(super) enum Lock {
    /// The session has it.
    Server,
    /// A file beside the database, empty and never removed: whoever removed it could remove that of another.
    File(#[expect(dead_code, reason = "it is the open file that is locked")] File),
}

impl Lock {
    /// Takes the lock, or tells that another has it.
    pub(super) fn take(url: &DatabaseUrl, connection: &mut Database) -> Result<Self, WarehouseError> {
        let busy = || WarehouseError::Busy(url.to_string());
        let Some(database) = url.path() else {
            let sql = format!("SELECT pg_try_advisory_lock({}, {})::int::bigint AS n", LOCK.0, LOCK.1);
            let taken: Number = sql_query(sql).get_result(connection).doing("taking the warehouse")?;
            return if taken.n == 1 { Ok(Self::Server) } else { Err(busy()) };
        };
        let mut name = OsString::from(database);
        name.push("-warehouse");
        let failed = |source| WarehouseError::Lock { path: name.to_string_lossy().into_owned(), source };
        let file = File::options().create(true).append(true).open(&name).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self::File(file)),
            Err(TryLockError::WouldBlock) => Err(busy()),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}
