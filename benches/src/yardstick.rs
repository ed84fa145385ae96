//! What people would write instead of smrt: the yardsticks of loading.
//!
//! They fill the tables that smrt makes, so that both pay for the same keys and checks; but they keep no history, so
//! the trigger that writes it is dropped first, which makes them much faster.

use diesel::{Connection, ExecuteCopyFromDsl, PgConnection, RunQueryDsl, connection::SimpleConnection, pg::CopyFormat};
use smrt_core::Batch;
use smrt_storage::{DatabaseUrl, Store};
use std::{error::Error, fmt::Write as _, path::Path};

/// A loop over one prepared `INSERT … ON CONFLICT`, in one durable transaction: rusqlite on the same library, with the
/// same settings, in key order.
///
/// # Errors
/// When SQLite refuses.
pub fn sqlite_prepared_loop(path: &Path, batches: &[Batch]) -> Result<u64, Box<dyn Error>> {
    Store::open(&DatabaseUrl::sqlite(path))?;
    let mut connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;
         DROP TRIGGER reading_superseded;
         INSERT INTO run (id, started_at, command, version) VALUES ('bench', 0, 'bench', '0');
         INSERT INTO source_file (id, name, path, format, sha256, size, received_at, status, records, inserted,
             replaced, unchanged, refused, findings, duration_ms, attempts, run_id)
         VALUES (1, 'bench', 'bench', 'smrt', printf('%064d', 0), 1, 0, 'loaded', 0, 0, 0, 0, 0, 0, 0, 1, 'bench');",
    )?;
    let transaction = connection.transaction()?;
    let mut written = 0;
    {
        let mut point =
            transaction.prepare("INSERT INTO meter_point (id, scheme, code) VALUES (?1, 'gas-meter', ?2)")?;
        let mut channel = transaction.prepare(
            "INSERT INTO channel (id, meter_point_id, name, unit, source_unit, serial, register, plant, zone)
             VALUES (?1, ?1, '', '', '', '', '', '', 'UTC')",
        )?;
        let mut reading = transaction.prepare(
            "INSERT INTO reading (channel_id, start, minutes, quantity, quality, file_id, line)
             VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)
             ON CONFLICT (channel_id, start) DO UPDATE SET minutes = excluded.minutes, quantity = excluded.quantity,
                 quality = excluded.quality, file_id = excluded.file_id, line = excluded.line",
        )?;
        let mut channels = 0i64;
        for batch in batches {
            for new in &batch.new_channels {
                channels += 1;
                point.execute((channels, &new.meter))?;
                channel.execute([channels])?;
            }
            for r in batch.readings() {
                let (channel, minutes, line) = (i64::from(r.channel) + 1, r.minutes.minutes(), r.line);
                let row = (channel, r.start, minutes, r.quantity.micros(), r.quality.code(), line);
                written += reading.execute(row)? as u64;
            }
        }
    }
    transaction.commit()?;
    Ok(written)
}

diesel::table! {
    /// Where the yardstick copies to.
    incoming (channel_id, start) {
        /// Channel.
        channel_id -> BigInt,
        /// Start of the interval.
        start -> BigInt,
        /// Its length.
        minutes -> Integer,
        /// The quantity.
        quantity -> BigInt,
        /// Its quality.
        quality -> SmallInt,
        /// The file.
        file_id -> BigInt,
        /// The line.
        line -> BigInt,
    }
}

/// `COPY` as text into a temporary table, then one `INSERT … ON CONFLICT`.
///
/// # Errors
/// When Postgres refuses.
pub fn postgres_copy_upsert(url: &str, batches: &[Batch]) -> Result<u64, Box<dyn Error>> {
    Store::open(&url.parse()?)?;
    let mut connection = PgConnection::establish(url)?;
    connection.batch_execute(
        "BEGIN;
         DROP TRIGGER reading_superseded ON reading;
         INSERT INTO run (id, started_at, command, version) VALUES ('bench', 0, 'bench', '0');
         INSERT INTO source_file (id, name, path, format, sha256, size, received_at, status, records, inserted,
             replaced, unchanged, refused, findings, duration_ms, attempts, run_id)
         VALUES (1, 'bench', 'bench', 'smrt', repeat('0', 64), 1, 0, 'loaded', 0, 0, 0, 0, 0, 0, 0, 1, 'bench');
         CREATE TEMPORARY TABLE incoming (LIKE reading) ON COMMIT DROP;",
    )?;
    let mut channels = 0i64;
    let mut new_channels = String::new();
    for channel in batches.iter().flat_map(|batch| &batch.new_channels) {
        channels += 1;
        write!(
            new_channels,
            "INSERT INTO meter_point (id, scheme, code) VALUES ({channels}, 'gas-meter', '{meter}');
             INSERT INTO channel (id, meter_point_id, name, unit, source_unit, serial, register, plant, zone)
             VALUES ({channels}, {channels}, '', '', '', '', '', '', 'UTC');",
            meter = channel.meter
        )?;
    }
    connection.batch_execute(&new_channels)?;
    diesel::copy_from(incoming::table)
        .from_raw_data(
            (
                incoming::channel_id,
                incoming::start,
                incoming::minutes,
                incoming::quantity,
                incoming::quality,
                incoming::file_id,
                incoming::line,
            ),
            |copy| {
                for r in batches.iter().flat_map(Batch::readings) {
                    let (channel, minutes, line) = (i64::from(r.channel) + 1, r.minutes.minutes(), r.line);
                    let (micros, quality) = (r.quantity.micros(), r.quality.code());
                    writeln!(copy, "{channel}\t{}\t{minutes}\t{micros}\t{quality}\t1\t{line}", r.start)?;
                }
                Ok::<(), CopyFailed>(())
            },
        )
        .with_format(CopyFormat::Text)
        .execute(&mut connection)?;
    let written = diesel::sql_query(
        "INSERT INTO reading (channel_id, start, minutes, quantity, quality, file_id, line)
         SELECT channel_id, start, minutes, quantity, quality, file_id, line FROM incoming
         ON CONFLICT (channel_id, start) DO UPDATE SET minutes = excluded.minutes, quantity = excluded.quantity,
             quality = excluded.quality, file_id = excluded.file_id, line = excluded.line",
    )
    .execute(&mut connection)?;
    connection.batch_execute("COMMIT")?;
    Ok(written as u64)
}

/// Why a `COPY` broke off: diesel wants one error for its own and for those of writing.
#[derive(Debug, thiserror::Error)]
enum CopyFailed {
    #[error(transparent)]
    Diesel(#[from] diesel::result::Error),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
