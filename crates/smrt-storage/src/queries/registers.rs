//! The reads of registers of one channel.

use crate::{
    Store, StoreError,
    error::Doing,
    ledger::count,
    queries::readings::{FileNames, parse_quality},
    registers::RegisterRow,
};
use diesel::{RunQueryDsl, sql_query, sql_types::BigInt};
use smrt_core::{Direction, Quantity, RegisterRead, Stand, Version};
use std::sync::Arc;

/// A read of a register as the store holds it, with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRegisterRead {
    /// Serial number of the meter that was read.
    pub serial: String,
    /// The register inside it.
    pub register: String,
    /// What was read; its channel is 0 and means nothing.
    pub read: RegisterRead,
    /// The file it came in.
    pub file: Arc<str>,
    /// The id of that file in the ledger.
    pub file_id: i64,
    /// Line of that file, from 1.
    pub line: u64,
    /// The file whose read took its place; `None` while it is current.
    pub superseded_by: Option<Arc<str>>,
}

/// One read without a time is found whatever range is asked for.
const READS: &str = "SELECT * FROM register_read WHERE channel_id = $1 AND (read_at IS NULL OR read_at >= $2) \
     AND (read_at IS NULL OR read_at < $3) AND (superseded_by IS NULL OR $4 = 1) \
     ORDER BY coalesce(read_at, 0), coalesce(previous_at, 0), file_id, line, id";

impl Store {
    /// The reads of the registers of a channel with `from` <= time of the read < `to` (UTC epoch seconds), in the order
    /// of time; with `superseded` also those that others took the place of. Reads without a time are among them always.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn register_reads(
        &mut self,
        channel: i64,
        from: Option<i64>,
        to: Option<i64>,
        superseded: bool,
    ) -> Result<Vec<StoredRegisterRead>, StoreError> {
        self.snapshot(|connection| {
            let rows: Vec<RegisterRow> = sql_query(READS)
                .bind::<BigInt, _>(channel)
                .bind::<BigInt, _>(from.unwrap_or(i64::MIN))
                .bind::<BigInt, _>(to.unwrap_or(i64::MAX))
                .bind::<BigInt, _>(i64::from(superseded))
                .load(connection)
                .doing("reading register reads")?;
            let mut names = FileNames::default();
            let mut reads = Vec::with_capacity(rows.len());
            for row in rows {
                let file = names.name(connection, row.file_id)?;
                let superseded_by = row.superseded_by.map(|id| names.name(connection, id)).transpose()?;
                reads.push(stored(row, file, superseded_by)?);
            }
            Ok(reads)
        })
    }
}

fn stored(row: RegisterRow, file: Arc<str>, superseded_by: Option<Arc<str>>) -> Result<StoredRegisterRead, StoreError> {
    let previous = match row.previous_quality {
        None => None,
        Some(quality) => Some(Stand {
            at: row.previous_at,
            text: row.previous_read,
            quality: parse_quality(quality)?,
            reason: reason_code(row.previous_reason)?,
            reason_text: row.previous_reason_text,
            trans_code: row.previous_trans_code,
            service_order: row.previous_service_order,
        }),
    };
    let direction = match row.direction.as_str() {
        "E" => Some(Direction::Export),
        "I" => Some(Direction::Import),
        _ => None,
    };
    let read = RegisterRead {
        channel: 0,
        period: row.period,
        rate: row.rate,
        direction,
        previous,
        current: Stand {
            at: row.read_at,
            text: row.read,
            quality: parse_quality(row.quality)?,
            reason: reason_code(row.reason)?,
            reason_text: row.reason_text,
            trans_code: row.trans_code,
            service_order: row.service_order,
        },
        quantity: row.quantity.map(Quantity::from_micros),
        demand: row.demand.map(Quantity::from_micros),
        demand_at: row.demand_at,
        status: row.status,
        reset_count: row.reset_count,
        reset_at: row.reset_at,
        version: version(row.version),
        line: u32::try_from(row.line).unwrap_or(u32::MAX),
        // What they add stands in the read.
        further_records: 0,
    };
    let (serial, register, file_id, line) = (row.serial, row.register, row.file_id, count(row.line));
    Ok(StoredRegisterRead { serial, register, read, file, file_id, line, superseded_by })
}

/// The version behind a stored number.
pub(crate) fn version(epoch: i64) -> Version {
    if epoch == 0 { Version::UNSTATED } else { Version::from_epoch(epoch) }
}

/// The reason code behind a stored number.
pub(crate) fn reason_code(stored: Option<i16>) -> Result<Option<u16>, StoreError> {
    stored
        .map(|code| u16::try_from(code).map_err(|_| StoreError::corrupt(format!("{code} is no reason code"))))
        .transpose()
}
