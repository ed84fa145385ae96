//! One number for everything the database says.
//!
//! Two databases with equal digests hold the same current readings and reads of registers, whichever kind they are and in whatever order
//! their ids were given. A reading is its start, minutes, quantity and quality; the file and line it came from and
//! the version of its day are not part of it.
//!
//! The hash of a channel is SHA-256 of its scheme, code, name and unit, each with its length before it (8 bytes), and
//! of its readings in the order of time, 22 bytes each: start (8), minutes (4), quantity (8), quality (2). A channel
//! with current reads of registers has a second hash: of what it is, the word `registers`, and its reads, each with its
//! length before it (8 bytes), sorted. A read is its texts, each with its length before it, and its numbers (8 bytes),
//! each with a 1 before it, or a 0 where there is none. A lake with measurements has a hash of its own.
//! The digest is SHA-256 of all these hashes, sorted. Numbers are in network order.

use crate::{Store, StoreError, backend::Database, error::Doing, registers::RegisterRow, schema};
use diesel::{
    ExpressionMethods, QueryDsl, RunQueryDsl,
    dsl::{min, sql},
    sql_query,
    sql_types::{BigInt, Bool},
};
use schema::{channel, meter_point, reading::dsl as r, register_read::dsl as g};
use sha2::{Digest, Sha256};
use std::{collections::VecDeque, fmt::Write as _};

/// Rows that are in memory at a time.
const PAGE: i64 = 8192;

const WHAT: &str = "computing the digest";

/// Channel, start, minutes, quantity and quality.
type ReadingRow = (i64, i64, i32, i64, i16);

impl Store {
    /// SHA-256 over all current readings and reads of registers, 64 hexadecimal digits in lower case; see the top of its file for what
    /// exactly is hashed. It is equal on SQLite and Postgres, and reads everything once.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn digest(&mut self) -> Result<String, StoreError> {
        self.digest_with(&[])
    }

    /// As [`Store::digest`], together with hashes of what is kept elsewhere: the measurements of a lake.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn digest_with(&mut self, elsewhere: &[[u8; 32]]) -> Result<String, StoreError> {
        self.snapshot(|connection| {
            let mut hashes = channel_hashes(connection)?;
            hashes.extend(elsewhere);
            hashes.append(&mut register_hashes(connection)?);
            hashes.sort_unstable();
            let mut all = Sha256::new();
            for hash in hashes {
                all.update(hash);
            }
            let mut text = String::with_capacity(64);
            for byte in all.finalize() {
                // Writing to a string does not fail.
                let _ = write!(text, "{byte:02x}");
            }
            Ok(text)
        })
    }
}

/// The hash of every channel with readings, in the order of their ids.
fn channel_hashes(connection: &mut Database) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut hashes = Vec::new();
    let mut identities = Identities::default();
    let mut open: Option<(i64, Sha256)> = None;
    let mut last = (i64::MIN, i64::MIN);
    loop {
        let page = page_after(connection, last)?;
        let Some(&(channel, start, ..)) = page.last() else { break };
        last = (channel, start);
        for (channel, start, minutes, quantity, quality) in page {
            let hash = match &mut open {
                Some((same, hash)) if *same == channel => hash,
                _ => {
                    hashes.extend(open.take().map(|(_, hash)| <[u8; 32]>::from(hash.finalize())));
                    &mut open.insert((channel, identities.begin(connection, channel)?)).1
                }
            };
            let mut bytes = [0; 22];
            bytes[..8].copy_from_slice(&start.to_be_bytes());
            bytes[8..12].copy_from_slice(&minutes.to_be_bytes());
            bytes[12..20].copy_from_slice(&quantity.to_be_bytes());
            bytes[20..].copy_from_slice(&quality.to_be_bytes());
            hash.update(bytes);
        }
    }
    hashes.extend(open.map(|(_, hash)| <[u8; 32]>::from(hash.finalize())));
    Ok(hashes)
}

/// The hash of the reads of every channel that has any, in the order of their ids.
fn register_hashes(connection: &mut Database) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut hashes = Vec::new();
    let mut identities = Identities::default();
    let mut next = i64::MIN;
    loop {
        let first: Option<i64> = g::register_read
            .filter(g::channel_id.ge(next))
            .filter(g::superseded_by.is_null())
            .select(min(g::channel_id))
            .first(connection)
            .doing(WHAT)?;
        let Some(channel) = first else { return Ok(hashes) };
        let rows: Vec<RegisterRow> =
            sql_query("SELECT * FROM register_read WHERE channel_id = $1 AND superseded_by IS NULL")
                .bind::<BigInt, _>(channel)
                .load(connection)
                .doing(WHAT)?;
        let mut reads: Vec<Vec<u8>> = rows.iter().map(RegisterRow::canonical).collect();
        reads.sort_unstable();
        let mut hash = identities.begin(connection, channel)?;
        hash.update("registers");
        for read in reads {
            hash.update((read.len() as u64).to_be_bytes());
            hash.update(read);
        }
        hashes.push(hash.finalize().into());
        next = channel.saturating_add(1);
    }
}

/// The readings that follow a key in the order of channel and time.
fn page_after(connection: &mut Database, (channel, start): (i64, i64)) -> Result<Vec<ReadingRow>, StoreError> {
    // Compared as a pair: that is one step into the index, where `a > x OR (a = x AND b > y)` is a scan.
    let after =
        sql::<Bool>("(channel_id, start) > (").bind::<BigInt, _>(channel).sql(", ").bind::<BigInt, _>(start).sql(")");
    r::reading
        .filter(after)
        .order((r::channel_id, r::start))
        .limit(PAGE)
        .select((r::channel_id, r::start, r::minutes, r::quantity, r::quality))
        .load(connection)
        .doing(WHAT)
}

/// What channels are, fetched many at a time in the order of their ids.
#[derive(Default)]
struct Identities {
    ahead: VecDeque<(i64, [String; 4])>,
    last: i64,
}

impl Identities {
    /// A hash that has taken in what a channel is. Channels are asked for in ascending order.
    fn begin(&mut self, connection: &mut Database, channel: i64) -> Result<Sha256, StoreError> {
        loop {
            match self.ahead.pop_front() {
                Some((id, texts)) if id == channel => {
                    let mut hash = Sha256::new();
                    for text in texts {
                        hash.update((text.len() as u64).to_be_bytes());
                        hash.update(text);
                    }
                    return Ok(hash);
                }
                Some((id, _)) if id < channel => {}
                Some(_) => return Err(StoreError::corrupt(format!("readings of channel {channel}, which is unknown"))),
                None => self.fetch(connection)?,
            }
        }
    }

    fn fetch(&mut self, connection: &mut Database) -> Result<(), StoreError> {
        let rows: Vec<(i64, String, String, String, String)> = channel::table
            .inner_join(meter_point::table)
            .filter(channel::id.gt(self.last))
            .order(channel::id)
            .limit(PAGE)
            .select((channel::id, meter_point::scheme, meter_point::code, channel::name, channel::unit))
            .load(connection)
            .doing(WHAT)?;
        self.last = rows.last().map(|row| row.0).ok_or_else(|| StoreError::corrupt("readings of unknown channels"))?;
        self.ahead = rows.into_iter().map(|(id, scheme, code, name, unit)| (id, [scheme, code, name, unit])).collect();
        Ok(())
    }
}
