//! Readings into Postgres: a binary stream.
//!
//! Rows that are known to be new go straight into the table, which is more than twice as fast as any way that has to
//! look for them first. The others go into a temporary table and from there in one `MERGE`.

use super::Row;
use crate::schema::reading::dsl as r;
use diesel::{
    ExecuteCopyFromDsl, PgConnection, QueryResult, RunQueryDsl, connection::SimpleConnection, pg::CopyFormat,
    result::Error as DieselError, sql_query,
};
use std::io::{self, Write};

diesel::table! {
    incoming_reading (channel_id, start) {
        channel_id -> BigInt,
        start -> BigInt,
        minutes -> Integer,
        quantity -> BigInt,
        quality -> SmallInt,
        file_id -> BigInt,
        line -> BigInt,
    }
}

/// Where rows wait for their `MERGE`. It is the session's own; its rows are gone with the transaction.
const INCOMING: &str = "CREATE TEMPORARY TABLE IF NOT EXISTS incoming_reading (\
     channel_id BIGINT NOT NULL, start BIGINT NOT NULL, minutes INTEGER NOT NULL, quantity BIGINT NOT NULL, \
     quality SMALLINT NOT NULL, file_id BIGINT NOT NULL, line BIGINT NOT NULL) ON COMMIT DELETE ROWS; \
     TRUNCATE incoming_reading;";

const MERGE: &str = "MERGE INTO reading AS r USING incoming_reading AS i \
     ON r.channel_id = i.channel_id AND r.start = i.start \
     WHEN MATCHED AND (r.quantity <> i.quantity OR r.minutes <> i.minutes OR r.quality <> i.quality) THEN \
     UPDATE SET minutes = i.minutes, quantity = i.quantity, quality = i.quality, file_id = i.file_id, line = i.line \
     WHEN NOT MATCHED THEN \
     INSERT (channel_id, start, minutes, quantity, quality, file_id, line) \
     VALUES (i.channel_id, i.start, i.minutes, i.quantity, i.quality, i.file_id, i.line)";

/// Inserts rows whose keys are all new.
pub(super) fn insert_new(connection: &mut PgConnection, file: i64, rows: &[Row]) -> QueryResult<()> {
    let columns = (r::channel_id, r::start, r::minutes, r::quantity, r::quality, r::file_id, r::line);
    diesel::copy_from(r::reading)
        .from_raw_data(columns, |out| stream(out, file, rows))
        .with_format(CopyFormat::Binary)
        .execute(connection)
        .map(drop)
}

/// Inserts rows or lets them take the place of others; how many were written.
pub(super) fn upsert(connection: &mut PgConnection, file: i64, rows: &[Row]) -> QueryResult<u64> {
    use incoming_reading::dsl as i;
    if rows.is_empty() {
        return Ok(0);
    }
    connection.batch_execute(INCOMING)?;
    let columns = (i::channel_id, i::start, i::minutes, i::quantity, i::quality, i::file_id, i::line);
    diesel::copy_from(i::incoming_reading)
        .from_raw_data(columns, |out| stream(out, file, rows))
        .with_format(CopyFormat::Binary)
        .execute(connection)?;
    connection.batch_execute("ANALYZE incoming_reading")?;
    sql_query(MERGE).execute(connection).map(|count| count as u64)
}

/// What a binary stream begins with: its signature, no flags, no extension.
pub(crate) const COPY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Writes rows the way `COPY … (FORMAT binary)` reads them: a header, then for each row the number of its columns and
/// for each column its length and its bytes in network order, then −1.
fn stream(out: &mut dyn Write, file: i64, rows: &[Row]) -> QueryResult<()> {
    /// Large enough that libpq is called rarely, small enough to stay in the processor's cache.
    const BLOCK: usize = 32 * 1024;
    let failed = |error: io::Error| DieselError::SerializationError(Box::new(error));
    let mut block = Vec::with_capacity(BLOCK + 128);
    block.extend_from_slice(COPY_HEADER);
    for row in rows {
        block.extend_from_slice(&7i16.to_be_bytes());
        long(&mut block, row.channel);
        long(&mut block, row.start);
        column(&mut block, &row.minutes.to_be_bytes());
        long(&mut block, row.quantity);
        column(&mut block, &row.quality.to_be_bytes());
        long(&mut block, file);
        long(&mut block, row.line);
        if block.len() >= BLOCK {
            out.write_all(&block).map_err(failed)?;
            block.clear();
        }
    }
    block.extend_from_slice(&(-1i16).to_be_bytes());
    out.write_all(&block).map_err(failed)
}

fn long(block: &mut Vec<u8>, value: i64) {
    column(block, &value.to_be_bytes());
}

/// Appends a column.
pub(crate) fn column<const N: usize>(block: &mut Vec<u8>, bytes: &[u8; N]) {
    // No column is longer than 8 bytes.
    block.extend_from_slice(&u32::try_from(N).unwrap_or(u32::MAX).to_be_bytes());
    block.extend_from_slice(bytes);
}
