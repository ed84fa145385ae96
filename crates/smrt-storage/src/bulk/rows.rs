//! Statements for a fixed number of rows, prepared once and used again and again.
//!
//! Diesel builds the text of a multi-row insert anew each time and never keeps one with `ON CONFLICT`; preparing then
//! costs more than the rows do. A [`Rows`] has its number of rows in its type, so that diesel finds the prepared
//! statement by the type alone. The text is written out, and both databases read it alike.

use crate::backend::{Database, MultiBackend};
use diesel::{
    Connection as _, QueryResult, QueryableByName, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Nullable, SmallInt, Text, Untyped},
};
use std::marker::PhantomData;

/// What a statement says around its rows, and what a row binds.
///
/// Whole numbers are all bound as `BIGINT`; both databases take them into narrower columns.
pub(crate) trait Shape: 'static {
    /// One row.
    type Row<'r>;
    /// Up to and with `VALUES`.
    const HEAD: &'static str;
    /// Behind the last row.
    const TAIL: &'static str;

    /// Binds the values of one row in the order of the columns.
    fn bind<'b>(row: &'b Self::Row<'_>, cells: &mut Cells<'_, 'b>) -> QueryResult<()>;
}

/// The cells of one row: puts the commas.
pub(crate) struct Cells<'a, 'b> {
    pass: AstPass<'a, 'b, MultiBackend>,
    first: bool,
}

impl<'b> Cells<'_, 'b> {
    fn comma(&mut self) {
        if !self.first {
            self.pass.push_sql(",");
        }
        self.first = false;
    }

    /// A whole number.
    pub(crate) fn number(&mut self, value: &'b i64) -> QueryResult<()> {
        self.comma();
        self.pass.push_bind_param::<BigInt, i64>(value)
    }

    /// A small whole number.
    pub(crate) fn small(&mut self, value: &'b i16) -> QueryResult<()> {
        self.comma();
        self.pass.push_bind_param::<SmallInt, i16>(value)
    }

    /// A small whole number or nothing.
    pub(crate) fn nullable_small(&mut self, value: &'b Option<i16>) -> QueryResult<()> {
        self.comma();
        self.pass.push_bind_param::<Nullable<SmallInt>, Option<i16>>(value)
    }

    /// A text.
    pub(crate) fn text(&mut self, value: &'b str) -> QueryResult<()> {
        self.comma();
        self.pass.push_bind_param::<Text, str>(value)
    }

    /// A text or nothing.
    pub(crate) fn nullable_text(&mut self, value: &'b Option<String>) -> QueryResult<()> {
        self.comma();
        self.pass.push_bind_param::<Nullable<Text>, Option<String>>(value)
    }

    /// A whole number or nothing.
    pub(crate) fn nullable(&mut self, value: &'b Option<i64>) -> QueryResult<()> {
        self.comma();
        self.pass.push_bind_param::<Nullable<BigInt>, Option<i64>>(value)
    }
}

/// The statement of a shape for `N` rows.
struct Rows<'r, S: Shape, const N: usize>(&'r [S::Row<'r>]);

/// What makes a statement known to diesel: its shape and its number of rows.
struct Known<S, const N: usize>(PhantomData<S>);

impl<S: Shape, const N: usize> QueryId for Rows<'_, S, N> {
    type QueryId = Known<S, N>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<S: Shape, const N: usize> QueryFragment<MultiBackend> for Rows<'_, S, N> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        pass.push_sql(S::HEAD);
        for (index, row) in self.0.iter().enumerate() {
            pass.push_sql(if index == 0 { "(" } else { ",(" });
            S::bind(row, &mut Cells { pass: pass.reborrow(), first: true })?;
            pass.push_sql(")");
        }
        pass.push_sql(S::TAIL);
        Ok(())
    }
}

impl<S: Shape, const N: usize> Query for Rows<'_, S, N> {
    type SqlType = Untyped;
}

impl<S: Shape, const N: usize> RunQueryDsl<Database> for Rows<'_, S, N> {}

/// Sizes of the statements: few, because each is prepared once and kept.
const LARGE: usize = 128;
const SMALL: usize = 16;

/// Writes all rows and says how many the database counts as written.
pub(crate) fn execute<'r, S: Shape>(connection: &mut Database, rows: &'r [S::Row<'r>]) -> QueryResult<u64> {
    let mut written = 0;
    let mut rest = rows;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(size_for(rest.len()));
        written += match now.len() {
            LARGE => connection.execute_returning_count(&Rows::<S, LARGE>(now)),
            SMALL => connection.execute_returning_count(&Rows::<S, SMALL>(now)),
            _ => connection.execute_returning_count(&Rows::<S, 1>(now)),
        }? as u64;
        rest = later;
    }
    Ok(written)
}

/// Asks a question of all rows and gives the answers together, in no order.
pub(crate) fn load<'r, S: Shape, A>(connection: &mut Database, rows: &'r [S::Row<'r>]) -> QueryResult<Vec<A>>
where
    A: QueryableByName<MultiBackend> + 'static,
{
    let mut answers = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(size_for(rest.len()));
        answers.append(&mut match now.len() {
            LARGE => Rows::<S, LARGE>(now).load(connection)?,
            SMALL => Rows::<S, SMALL>(now).load(connection)?,
            _ => Rows::<S, 1>(now).load(connection)?,
        });
        rest = later;
    }
    Ok(answers)
}

/// How many of `rows` rows the next statement takes.
const fn size_for(rows: usize) -> usize {
    match rows {
        LARGE.. => LARGE,
        SMALL.. => SMALL,
        _ => 1,
    }
}
