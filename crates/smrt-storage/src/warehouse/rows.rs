//! Rows of the warehouse on their way into it: a binary stream into Postgres, statements of many rows into SQLite.

use super::{WarehouseError, fingerprint::Value};
use crate::{
    backend::Database,
    bulk::{COPY_HEADER, column},
    error::Doing,
    schema::warehouse_row::dsl as w,
};
use diesel::{
    Connection, ExecuteCopyFromDsl, PgConnection, QueryResult, SqliteConnection,
    pg::CopyFormat,
    query_builder::{AstPass, QueryFragment, QueryId},
    result::Error as DieselError,
    sql_types::{BigInt, Double, SmallInt},
    sqlite::Sqlite,
};
use std::{cell::RefCell, io::Write};

const WHAT: &str = "writing rows";
/// Rows that are gathered before they are written to SQLite.
const GATHERED: usize = 4096;

/// A row on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) period: i64,
    pub(super) number: i64,
    pub(super) group: i64,
    pub(super) day: i16,
    pub(super) at: i64,
    pub(super) value: Value,
}

/// Gives the next row.
pub(super) type Next<'n> = &'n mut dyn FnMut() -> Result<Option<Row>, WarehouseError>;

/// A value as its column takes it: whole numbers in one, others in another.
fn settled(value: Value) -> Value {
    // Below 2^53 every whole number is itself as a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within the bounds")]
        Value::Floating(value) if value.trunc() == value && value.abs() < EXACT => Value::Whole(value as i64),
        other => other,
    }
}

/// Writes all rows that `next` gives.
pub(super) fn write(connection: &mut Database, next: Next<'_>) -> Result<(), WarehouseError> {
    match connection {
        Database::Postgres(connection) => to_postgres(connection, next),
        Database::Sqlite(connection) => to_sqlite(connection, next),
    }
}

fn to_postgres(connection: &mut PgConnection, next: Next<'_>) -> Result<(), WarehouseError> {
    let columns = (w::period_id, w::number, w::group_id, w::day, w::at, w::whole, w::value);
    // What stops the stream is told by its source, not by the server that the stream was to reach.
    let state = RefCell::new((next, None));
    let written = diesel::copy_from(w::warehouse_row)
        .from_raw_data(columns, |out: &mut dyn Write| -> QueryResult<()> {
            let (next, stopped) = &mut *state.borrow_mut();
            stream(out, next, stopped)
        })
        .with_format(CopyFormat::Binary)
        .execute(connection);
    match state.into_inner().1 {
        Some(stopped) => Err(stopped),
        None => Ok(written.map(drop).doing(WHAT)?),
    }
}

fn stream(out: &mut dyn Write, next: &mut Next<'_>, stopped: &mut Option<WarehouseError>) -> QueryResult<()> {
    const BLOCK: usize = 32 * 1024;
    let failed = |error: std::io::Error| DieselError::SerializationError(Box::new(error));
    let mut block = Vec::with_capacity(BLOCK + 128);
    block.extend_from_slice(COPY_HEADER);
    loop {
        let row = match next() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(error) => {
                *stopped = Some(error);
                return Err(DieselError::RollbackTransaction);
            }
        };
        block.extend_from_slice(&7_i16.to_be_bytes());
        for field in [row.period, row.number, row.group] {
            column(&mut block, &field.to_be_bytes());
        }
        column(&mut block, &row.day.to_be_bytes());
        column(&mut block, &row.at.to_be_bytes());
        match settled(row.value) {
            Value::Whole(value) => {
                column(&mut block, &value.to_be_bytes());
                block.extend_from_slice(&(-1_i32).to_be_bytes());
            }
            Value::Floating(value) => {
                block.extend_from_slice(&(-1_i32).to_be_bytes());
                column(&mut block, &value.to_be_bytes());
            }
        }
        if block.len() >= BLOCK {
            out.write_all(&block).map_err(failed)?;
            block.clear();
        }
    }
    block.extend_from_slice(&(-1_i16).to_be_bytes());
    out.write_all(&block).map_err(failed)
}

fn to_sqlite(connection: &mut SqliteConnection, next: Next<'_>) -> Result<(), WarehouseError> {
    let mut rows = Vec::with_capacity(GATHERED);
    loop {
        let more = next()?;
        let ended = more.is_none();
        rows.extend(more.map(|row| Row { value: settled(row.value), ..row }));
        if rows.len() == GATHERED || ended {
            insert(connection, &rows).doing(WHAT)?;
            rows.clear();
        }
        if ended {
            return Ok(());
        }
    }
}

fn insert(connection: &mut SqliteConnection, rows: &[Row]) -> QueryResult<()> {
    let is_whole = |row: &Row| matches!(row.value, Value::Whole(_));
    let alike = |a: &Row, b: &Row| (a.period, a.group, a.day, is_whole(a)) == (b.period, b.group, b.day, is_whole(b));
    for run in rows.chunk_by(alike) {
        let mut rest = run;
        while !rest.is_empty() {
            let size = match rest.len() {
                128.. => 128,
                16.. => 16,
                _ => 1,
            };
            let (now, later) = rest.split_at(size);
            match size {
                128 => connection.execute_returning_count(&Run::<128>(now)),
                16 => connection.execute_returning_count(&Run::<16>(now)),
                _ => connection.execute_returning_count(&Run::<1>(now)),
            }?;
            rest = later;
        }
    }
    Ok(())
}

/// `N` rows of one period, group and day, all of them whole numbers or none.
struct Run<'r, const N: usize>(&'r [Row]);

impl<const N: usize> QueryId for Run<'_, N> {
    type QueryId = ();
    // Which column the values go to is part of the text, so diesel compares texts.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<const N: usize> QueryFragment<Sqlite> for Run<'_, N> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let whole = matches!(self.0.first(), Some(Row { value: Value::Whole(_), .. }));
        pass.push_sql(if whole {
            "INSERT OR FAIL INTO warehouse_row (period_id, group_id, day, number, at, whole) VALUES "
        } else {
            "INSERT OR FAIL INTO warehouse_row (period_id, group_id, day, number, at, value) VALUES "
        });
        for (index, row) in self.0.iter().enumerate() {
            if index == 0 {
                pass.push_sql("(");
                pass.push_bind_param::<BigInt, _>(&row.period)?;
                pass.push_sql(",");
                pass.push_bind_param::<BigInt, _>(&row.group)?;
                pass.push_sql(",");
                pass.push_bind_param::<SmallInt, _>(&row.day)?;
            } else {
                pass.push_sql(",(?1,?2,?3");
            }
            pass.push_sql(",");
            pass.push_bind_param::<BigInt, _>(&row.number)?;
            pass.push_sql(",");
            pass.push_bind_param::<BigInt, _>(&row.at)?;
            pass.push_sql(",");
            match &row.value {
                Value::Whole(value) => pass.push_bind_param::<BigInt, _>(value)?,
                Value::Floating(value) => pass.push_bind_param::<Double, _>(value)?,
            }
            pass.push_sql(")");
        }
        Ok(())
    }
}
