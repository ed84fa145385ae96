//! The database that is followed: asked in one snapshot, never written.

use super::{FollowedTable, Month, WarehouseError, copy, fingerprint::Fingerprint, names::literal, table::Described};
use crate::{
    DatabaseUrl, StoreError,
    backend::Database,
    connection::{self, Purpose},
    error::Doing,
};
use diesel::{
    PgConnection, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use std::{fmt, io::BufRead};

/// A Postgres whose tables are followed. All that is asked of it is answered from one state of it, and nothing is
/// written.
pub struct Source {
    url: DatabaseUrl,
    address: String,
    connection: PgConnection,
}

/// What the source says of a table.
#[derive(Debug)]
pub(super) struct Said {
    /// Of each month with rows, in order.
    pub(super) months: Vec<Fingerprint>,
    /// Rows that count for nothing, as they have no time or no finite value.
    pub(super) left_out: u64,
}

const WHAT: &str = "asking the source";

/// Texts are the same whatever the source, its user or the environment have set.
const PLAIN: &str = "SET extra_float_digits = 1; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; \
     SET TimeZone = 'UTC'; SET bytea_output = 'hex'";

impl Source {
    /// Connects to the source and begins its snapshot.
    ///
    /// # Errors
    /// [`WarehouseError::Source`] when there is no way to it, [`WarehouseError::NoServer`] for a file.
    pub fn open(url: &DatabaseUrl) -> Result<Self, WarehouseError> {
        let address = url.to_string();
        let failed = |source| WarehouseError::Source { address: address.clone(), source };
        if !url.is_postgres() {
            return Err(WarehouseError::NoServer);
        }
        let mut opened = connection::open(url, Purpose::Ask).map_err(failed)?;
        opened.begin_snapshot().map_err(failed)?;
        opened.batch_execute(PLAIN).doing(WHAT).map_err(failed)?;
        match opened {
            Database::Postgres(connection) => Ok(Self { url: url.clone(), address, connection }),
            Database::Sqlite(_) => Err(WarehouseError::NoServer),
        }
    }

    /// Its address, without a password.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn failed(&self, source: StoreError) -> WarehouseError {
        WarehouseError::Source { address: self.address.clone(), source }
    }

    /// Looks at the columns of a table.
    pub(super) fn describe(&mut self, followed: &FollowedTable) -> Result<Described, WarehouseError> {
        #[derive(QueryableByName)]
        struct Column {
            #[diesel(sql_type = Text)]
            name: String,
            #[diesel(sql_type = Text)]
            kind: String,
        }
        // What a copy has left unread would be in the way; this throws it away.
        self.connection.batch_execute("SELECT 1").doing(WHAT).map_err(|error| self.failed(error))?;
        let columns = sql_query(
            "SELECT attname::text AS name, format_type(atttypid, NULL) AS kind FROM pg_attribute \
             WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        )
        .bind::<Text, _>(followed.table.quoted())
        .load::<Column>(&mut self.connection)
        .doing(WHAT)
        .map_err(|error| self.failed(error))?;
        if columns.is_empty() {
            return Err(WarehouseError::NoTable { table: followed.table.to_string() });
        }
        let columns: Vec<_> = columns.into_iter().map(|column| (column.name, column.kind)).collect();
        let described = Described::new(followed, &columns)?;
        if described.is_zoned() {
            self.must_know_zone(&followed.zone)?;
        }
        Ok(described)
    }

    /// Asked just where it matters: the list of zones takes a server longer than all else that is asked of it beforehand.
    fn must_know_zone(&mut self, zone: &str) -> Result<(), WarehouseError> {
        let zones = format!("SELECT count(*) AS n FROM pg_timezone_names WHERE name = {}", literal(zone));
        let zones = sql_query(zones).get_result::<connection::Number>(&mut self.connection).doing(WHAT);
        match zones.map_err(|error| self.failed(error))?.n {
            0 => Err(WarehouseError::NoZone(zone.to_owned())),
            _ => Ok(()),
        }
    }

    /// What each month of a table holds, or just one of them.
    pub(super) fn fingerprints(&mut self, table: &Described, month: Option<Month>) -> Result<Said, WarehouseError> {
        let rows = sql_query(table.fingerprints(month))
            .load::<MonthRow>(&mut self.connection)
            .doing(WHAT)
            .map_err(|error| self.failed(error))?;
        let mut said = Said { months: Vec::new(), left_out: 0 };
        for row in rows {
            let count = u64::try_from(row.rows).unwrap_or(0);
            let (Some(day), Some(min), Some(max), Some(hash)) = (row.day, row.min, row.max, row.hash) else {
                said.left_out += count;
                continue;
            };
            let (month, _) = Month::of_day(day);
            said.months.push(Fingerprint { month, rows: count, sum: row.sum, min, max, hash });
        }
        Ok(said)
    }

    /// The rows of some months, or all, in no order.
    pub(super) fn rows<'s>(
        &'s mut self,
        table: &Described,
        months: Option<&[Month]>,
    ) -> Result<copy::Rows<impl BufRead + 's>, WarehouseError> {
        let (shape, address) = (table.shape(), self.address.clone());
        let bytes = copy::to_client(&mut self.connection, table.rows_of(months))
            .doing("fetching rows")
            .map_err(|source| WarehouseError::Source { address: address.clone(), source })?;
        Ok(copy::Rows::new(bytes, shape, address))
    }

    /// Another connection that sees the same state; `None` where the source grants none.
    pub(super) fn twin(&mut self) -> Result<Option<Self>, WarehouseError> {
        #[derive(QueryableByName)]
        struct Snapshot {
            #[diesel(sql_type = Text)]
            id: String,
        }
        let Ok(mut twin) = Self::open(&self.url) else { return Ok(None) };
        let snapshot: Snapshot = sql_query("SELECT pg_export_snapshot() AS id")
            .get_result(&mut self.connection)
            .doing(WHAT)
            .map_err(|error| self.failed(error))?;
        // It must be the first that a transaction says; behind one address there may be another server.
        let begin = format!(
            "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT {}; {PLAIN}",
            literal(&snapshot.id)
        );
        Ok(twin.connection.batch_execute(&begin).is_ok().then_some(twin))
    }
}

#[derive(QueryableByName)]
struct MonthRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    day: Option<i64>,
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = Nullable<Text>)]
    sum: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    min: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    max: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    hash: Option<String>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("address", &self.address).finish_non_exhaustive()
    }
}
