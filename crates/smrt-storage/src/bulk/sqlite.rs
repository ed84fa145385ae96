//! Readings into SQLite: prepared statements of many rows.
//!
//! Most rows follow one of the same channel, length and quality, so these and the file are bound once for a whole
//! statement and only start, quantity and line for each row: binding is what such a load spends most of its time on.
//! Virtual tables and `json_each` were measured too; the first needs unsafe code, the second is slower.

use super::Row;
use diesel::{
    Connection, QueryResult, SqliteConnection,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Integer, SmallInt},
    sqlite::Sqlite,
};
use std::marker::PhantomData;

/// Inserts rows whose keys are all new.
pub(super) fn insert_new(connection: &mut SqliteConnection, file: i64, rows: &[Row]) -> QueryResult<()> {
    write::<Insert>(connection, file, rows).map(drop)
}

/// Inserts rows or lets them take the place of others; how many were written.
pub(super) fn upsert(connection: &mut SqliteConnection, file: i64, rows: &[Row]) -> QueryResult<u64> {
    write::<Upsert>(connection, file, rows)
}

/// What happens where the key is there already.
trait Conflict: 'static {
    /// The beginning of the statement.
    const HEAD: &'static str;
    /// The end of the statement.
    const TAIL: &'static str;
}

/// It cannot be there: an error of the program, after which the whole load is taken back. So the statement need not be
/// able to take itself back alone, and SQLite is told so: otherwise it copies the page that the rows go to aside before
/// each statement, which is more than it writes to the database itself.
struct Insert;

impl Conflict for Insert {
    const HEAD: &'static str = "INSERT OR FAIL";
    const TAIL: &'static str = "";
}

/// The new row takes its place unless it says the same.
struct Upsert;

impl Conflict for Upsert {
    const HEAD: &'static str = "INSERT";
    const TAIL: &'static str = " ON CONFLICT (channel_id, start) DO UPDATE SET minutes = excluded.minutes, \
         quantity = excluded.quantity, quality = excluded.quality, file_id = excluded.file_id, line = excluded.line \
         WHERE quantity <> excluded.quantity OR minutes <> excluded.minutes OR quality <> excluded.quality";
}

/// `N` rows of one channel, length and quality.
struct Run<'r, C, const N: usize> {
    file: i64,
    rows: &'r [Row],
    conflict: PhantomData<C>,
}

/// What makes a [`Run`] known to diesel.
struct Known<C, const N: usize>(PhantomData<C>);

impl<C: Conflict, const N: usize> QueryId for Run<'_, C, N> {
    type QueryId = Known<C, N>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<C: Conflict, const N: usize> QueryFragment<Sqlite> for Run<'_, C, N> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        pass.push_sql(C::HEAD);
        pass.push_sql(" INTO reading (file_id, channel_id, minutes, quality, start, quantity, line) VALUES ");
        for (index, row) in self.rows.iter().enumerate() {
            if index == 0 {
                pass.push_sql("(");
                pass.push_bind_param::<BigInt, _>(&self.file)?;
                pass.push_sql(",");
                pass.push_bind_param::<BigInt, _>(&row.channel)?;
                pass.push_sql(",");
                pass.push_bind_param::<Integer, _>(&row.minutes)?;
                pass.push_sql(",");
                pass.push_bind_param::<SmallInt, _>(&row.quality)?;
            } else {
                pass.push_sql(",(?1,?2,?3,?4");
            }
            pass.push_sql(",");
            pass.push_bind_param::<BigInt, _>(&row.start)?;
            pass.push_sql(",");
            pass.push_bind_param::<BigInt, _>(&row.quantity)?;
            pass.push_sql(",");
            pass.push_bind_param::<BigInt, _>(&row.line)?;
            pass.push_sql(")");
        }
        pass.push_sql(C::TAIL);
        Ok(())
    }
}

fn write<C: Conflict>(connection: &mut SqliteConnection, file: i64, rows: &[Row]) -> QueryResult<u64> {
    let alike = |a: &Row, b: &Row| (a.channel, a.minutes, a.quality) == (b.channel, b.minutes, b.quality);
    let mut written = 0;
    for run in rows.chunk_by(alike) {
        let mut rest = run;
        while !rest.is_empty() {
            let (size, count) = match rest.len() {
                256.. => (256, one::<C, 256>(connection, file, &rest[..256])?),
                48.. => (48, one::<C, 48>(connection, file, &rest[..48])?),
                8.. => (8, one::<C, 8>(connection, file, &rest[..8])?),
                _ => (1, one::<C, 1>(connection, file, &rest[..1])?),
            };
            written += count;
            rest = &rest[size..];
        }
    }
    Ok(written)
}

fn one<C: Conflict, const N: usize>(connection: &mut SqliteConnection, file: i64, rows: &[Row]) -> QueryResult<u64> {
    debug_assert_eq!(rows.len(), N);
    connection.execute_returning_count(&Run::<C, N> { file, rows, conflict: PhantomData }).map(|count| count as u64)
}
