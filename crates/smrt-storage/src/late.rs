//! Files that come later than a file their sender made after them.
//!
//! Where the sender's time decides, a value does not give way to one of an older file. Rows on their way into the
//! table come in; those that may be written stay, the others go to the history at once. A load that takes the files
//! in the order they were received never comes here, and pays nothing. Nor do readings that state a version: their days
//! have been settled by then, see [`crate::versions`].

use crate::{
    StoreError,
    backend::Database,
    bulk::{self, Cells, InsertHistory, Manner, PastRow, Row, Shape},
    error::Doing,
    schema::source_file::dsl as f,
};
use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, QueryableByName, RunQueryDsl,
    dsl::{exists, select},
    sql_types::{BigInt, Integer, SmallInt},
};
use smrt_core::Version;

/// What a load must know where the sender's time decides.
#[derive(Debug)]
pub(crate) struct SendersTime {
    file: i64,
    created_at: i64,
    /// Whether any loaded file was made after this one; if not, no row of this one can be late.
    newer_loaded: bool,
}

/// A row that is looked for.
struct Key {
    ordinal: i64,
    channel: i64,
    start: i64,
    created_at: i64,
}

/// The current value of a key, where a file made later holds it.
#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
    #[diesel(sql_type = BigInt)]
    file_id: i64,
    #[diesel(sql_type = Integer)]
    minutes: i32,
    #[diesel(sql_type = BigInt)]
    quantity: i64,
    #[diesel(sql_type = SmallInt)]
    quality: i16,
}

struct FindHolders;

impl Shape for FindHolders {
    type Row<'r> = Key;
    const HEAD: &'static str = "SELECT v.column1 AS ordinal, r.file_id, r.minutes, r.quantity, r.quality FROM (VALUES ";
    const TAIL: &'static str = ") AS v JOIN reading r ON r.channel_id = v.column2 AND r.start = v.column3 \
         JOIN source_file f ON f.id = r.file_id WHERE f.created_at > v.column4";

    fn bind<'b>(row: &'b Key, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        for value in [&row.ordinal, &row.channel, &row.start, &row.created_at] {
            cells.number(value)?;
        }
        Ok(())
    }
}

/// A row that says what is stored already, in a file made before this one.
struct Claim {
    channel: i64,
    start: i64,
    file: i64,
    line: i64,
}

struct ClaimEqual;

impl Shape for ClaimEqual {
    type Row<'r> = Claim;
    const HEAD: &'static str = "UPDATE reading SET file_id = v.column3, line = v.column4 FROM (VALUES ";
    const TAIL: &'static str = ") AS v WHERE reading.channel_id = v.column1 AND reading.start = v.column2 \
         AND reading.file_id <> v.column3";

    fn bind<'b>(row: &'b Claim, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        for value in [&row.channel, &row.start, &row.file, &row.line] {
            cells.number(value)?;
        }
        Ok(())
    }
}

impl SendersTime {
    /// The rule for a file made at `created_at`.
    pub(crate) fn new(connection: &mut Database, file: i64, created_at: i64) -> Result<Self, StoreError> {
        let newer = f::source_file.filter(f::status.eq("loaded")).filter(f::created_at.gt(created_at));
        let newer_loaded = select(exists(newer)).get_result(connection).doing("comparing the times of files")?;
        Ok(Self { file, created_at, newer_loaded })
    }

    /// Whether any loaded file was made after this one.
    pub(crate) fn may_be_late(&self) -> bool {
        self.newer_loaded
    }

    /// Takes out of the sorted `rows` those whose key a file made later holds, and keeps their values in the history.
    pub(crate) fn keep_out(&self, connection: &mut Database, rows: &mut Vec<Row>) -> Result<(), StoreError> {
        if !self.newer_loaded {
            return Ok(());
        }
        let mut keys: Vec<Key> = Vec::with_capacity(rows.len());
        for (ordinal, row) in (0..).zip(rows.iter()).filter(|(_, row)| row.version == Version::UNSTATED) {
            keys.push(Key { ordinal, channel: row.channel, start: row.start, created_at: self.created_at });
        }
        let mut holders: Vec<Option<Holder>> = Vec::new();
        holders.resize_with(rows.len(), || None);
        for holder in bulk::load::<FindHolders, Holder>(connection, &keys).doing("looking for newer values")? {
            let place = usize::try_from(holder.ordinal).ok().and_then(|at| holders.get_mut(at));
            *place.ok_or_else(|| StoreError::corrupt("a reading that was not asked for"))? = Some(holder);
        }
        let mut past: Vec<PastRow> = Vec::new();
        let mut holders = holders.into_iter();
        rows.retain(|row| {
            let Some(holder) = holders.next().flatten() else { return true };
            let holds = (holder.quantity, holder.minutes, holder.quality) == (row.quantity, row.minutes, row.quality);
            if !holds {
                past.push(PastRow::new(row, self.file, holder.file_id, Manner::Replaced));
            }
            false
        });
        bulk::execute::<InsertHistory>(connection, &past).doing("writing superseded readings").map(drop)
    }

    /// Puts this file's name to values that an older file said before it: who is compared with later is the newest
    /// file that said so. It must come after the rows themselves, so that every one of their keys says what they say.
    pub(crate) fn claim_equal(&self, connection: &mut Database, rows: &[Row]) -> Result<(), StoreError> {
        let claims: Vec<Claim> = rows
            .iter()
            .filter(|row| row.version == Version::UNSTATED)
            .map(|row| Claim { channel: row.channel, start: row.start, file: self.file, line: row.line })
            .collect();
        bulk::execute::<ClaimEqual>(connection, &claims).doing("writing readings").map(drop)
    }
}
