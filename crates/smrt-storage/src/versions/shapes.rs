//! What is asked and written about the days of a load: one statement of many rows each.

use crate::bulk::{Cells, Row, Shape};
use diesel::{
    QueryResult, QueryableByName,
    sql_types::{BigInt, Integer, Nullable, SmallInt},
};
use smrt_core::Version;

/// What decides between two statements about a day: version, time of the file, file.
pub(super) type Rank = (u32, Option<i64>, i64);

/// A day that may hold readings of another length than its new one.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) ordinal: i64,
    pub(super) channel: i64,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) minutes: i64,
    pub(super) day: i32,
    pub(super) zone: u16,
}

/// A row of `day_version`.
pub(super) struct Statement {
    pub(super) channel: i64,
    pub(super) day: i64,
    pub(super) version: i64,
    pub(super) file: i64,
    pub(super) minutes: i64,
    pub(super) line: i64,
}

pub(super) struct InsertStatements;

impl Shape for InsertStatements {
    type Row<'r> = Statement;
    const HEAD: &'static str = "INSERT INTO day_version (channel_id, day, version, file_id, minutes, line) VALUES ";
    // A file may say a day twice in one version; the later line counts.
    const TAIL: &'static str = " ON CONFLICT (channel_id, day, version, file_id) \
         DO UPDATE SET minutes = excluded.minutes, line = excluded.line WHERE excluded.line >= day_version.line";

    fn bind<'b>(row: &'b Statement, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        for value in [&row.channel, &row.day, &row.version, &row.file, &row.minutes, &row.line] {
            cells.number(value)?;
        }
        Ok(())
    }
}

/// Three numbers to look something up by.
pub(super) struct Key {
    pub(super) ordinal: i64,
    pub(super) channel: i64,
    pub(super) at: i64,
}

fn bind_key<'b>(row: &'b Key, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
    cells.number(&row.ordinal)?;
    cells.number(&row.channel)?;
    cells.number(&row.at)
}

/// What loaded files have said of a day.
pub(super) struct FindStatements;

#[derive(QueryableByName)]
pub(super) struct Said {
    #[diesel(sql_type = BigInt)]
    pub(super) ordinal: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) version: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) created_at: Option<i64>,
    #[diesel(sql_type = BigInt)]
    pub(super) file_id: i64,
    #[diesel(sql_type = Integer)]
    pub(super) minutes: i32,
}

impl Said {
    pub(super) fn rank(&self) -> Rank {
        (u32::try_from(self.version).unwrap_or(u32::MAX), self.created_at, self.file_id)
    }
}

impl Shape for FindStatements {
    type Row<'r> = Key;
    const HEAD: &'static str =
        "SELECT v.column1 AS ordinal, d.version, f.created_at, d.file_id, d.minutes FROM (VALUES ";
    const TAIL: &'static str = ") AS v JOIN day_version d ON d.channel_id = v.column2 AND d.day = v.column3 \
         JOIN source_file f ON f.id = d.file_id";

    fn bind<'b>(row: &'b Key, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        bind_key(row, cells)
    }
}

/// A stored reading.
#[derive(QueryableByName)]
pub(super) struct Stored {
    #[diesel(sql_type = BigInt)]
    pub(super) ordinal: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) start: i64,
    #[diesel(sql_type = Integer)]
    pub(super) minutes: i32,
    #[diesel(sql_type = BigInt)]
    pub(super) quantity: i64,
    #[diesel(sql_type = SmallInt)]
    pub(super) quality: i16,
    #[diesel(sql_type = BigInt)]
    pub(super) file_id: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) line: i64,
}

impl Stored {
    pub(super) fn row(&self, channel: i64) -> Row {
        let &Self { start, minutes, quantity, quality, line, .. } = self;
        Row { channel, start, minutes, quantity, quality, version: Version::UNSTATED, line, slot: 0 }
    }
}

const STORED: &str =
    "SELECT v.column1 AS ordinal, r.start, r.minutes, r.quantity, r.quality, r.file_id, r.line FROM (VALUES ";

/// The current readings of keys.
pub(super) struct FindReadings;

impl Shape for FindReadings {
    type Row<'r> = Key;
    const HEAD: &'static str = STORED;
    const TAIL: &'static str = ") AS v JOIN reading r ON r.channel_id = v.column2 AND r.start = v.column3";

    fn bind<'b>(row: &'b Key, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        bind_key(row, cells)
    }
}

/// The readings of days that are of another length than the day is said to have.
pub(super) struct FindOtherLengths;

impl Shape for FindOtherLengths {
    type Row<'r> = Changed;
    const HEAD: &'static str = STORED;
    const TAIL: &'static str = ") AS v JOIN reading r ON r.channel_id = v.column2 AND r.start >= v.column3 \
         AND r.start < v.column4 AND r.minutes <> v.column5";

    fn bind<'b>(row: &'b Changed, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        for value in [&row.ordinal, &row.channel, &row.start, &row.end, &row.minutes] {
            cells.number(value)?;
        }
        Ok(())
    }
}

/// Takes readings out of the table.
pub(super) struct DeleteReadings;

impl Shape for DeleteReadings {
    type Row<'r> = (i64, i64);
    const HEAD: &'static str = "DELETE FROM reading WHERE (channel_id, start) IN (VALUES ";
    const TAIL: &'static str = ")";

    fn bind<'b>((channel, start): &'b (i64, i64), cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(channel)?;
        cells.number(start)
    }
}
