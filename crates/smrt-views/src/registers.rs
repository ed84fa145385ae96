//! What the registers of meters showed.

use crate::{Cell, Column};
use smrt_core::{Channel, Direction, MarketZone, Quality, Stand};
use smrt_storage::StoredRegisterRead;

/// The columns of register reads, one a row.
pub const COLUMNS: &[Column] = &[
    Column::text("meter").unseen(),
    Column::text("channel"),
    Column::text("register").unseen(),
    Column::text("serial").unseen(),
    Column::text("period"),
    Column::text("rate"),
    Column::word("direction").unseen(),
    Column::time("previous_at").unseen(),
    Column::word("previous_read"),
    Column::word("previous_quality").unseen(),
    Column::time("read_at"),
    Column::word("read"),
    Column::word("quality"),
    Column::value("quantity"),
    Column::word("unit"),
    Column::value("demand"),
    Column::time("demand_at").unseen(),
    Column::text("status").unseen(),
    Column::number("reset_count").unseen(),
    Column::time("reset_at").unseen(),
    Column::number("reason"),
    Column::text("reason_text"),
    Column::word("trans_code").unseen(),
    Column::text("service_order").unseen(),
    Column::time("version").unseen(),
    Column::text("file"),
    Column::number("line"),
    Column::text("superseded_by"),
];

/// The columns that say nothing in any row.
pub fn empty(rows: &[Vec<Cell<'_>>]) -> Vec<&'static str> {
    let nothing = |index: usize| rows.iter().all(|row| row[index] == Cell::Null);
    (0..).zip(COLUMNS).filter(|&(index, _)| nothing(index)).map(|(_, column)| column.name).collect()
}

/// A read of a register of a channel as a row of [`COLUMNS`].
pub fn row<'a>(channel: &'a Channel, stored: &'a StoredRegisterRead) -> Vec<Cell<'a>> {
    let (zone, read) = (channel.zone, &stored.read);
    let previous = read.previous.as_ref();
    vec![
        Cell::text(&channel.meter),
        Cell::stated(&channel.name),
        Cell::stated(&stored.register),
        Cell::stated(&stored.serial),
        Cell::stated(&read.period),
        Cell::stated(&read.rate),
        Cell::maybe(read.direction.map(Direction::as_str)),
        time(previous.and_then(|stand| stand.at), zone),
        previous.map_or(Cell::Null, |stand| Cell::stated(&stand.text)),
        previous.map_or(Cell::Null, quality),
        time(read.current.at, zone),
        Cell::stated(&read.current.text),
        quality(&read.current),
        Cell::maybe_decimal(read.quantity),
        Cell::stated(&channel.unit),
        Cell::maybe_decimal(read.demand),
        time(read.demand_at, zone),
        Cell::stated(&read.status),
        Cell::maybe_integer(read.reset_count.and_then(|count| u64::try_from(count).ok())),
        time(read.reset_at, zone),
        Cell::maybe_integer(read.current.reason),
        Cell::stated(&read.current.reason_text),
        Cell::stated(&read.current.trans_code),
        Cell::stated(&read.current.service_order),
        time(read.version.epoch(), zone),
        Cell::text(&*stored.file),
        Cell::Integer(stored.line),
        Cell::maybe(stored.superseded_by.as_deref()),
    ]
}

fn time(epoch: Option<i64>, zone: MarketZone) -> Cell<'static> {
    epoch.map_or(Cell::Null, |epoch| Cell::instant(epoch, zone))
}

fn quality(stand: &Stand) -> Cell<'static> {
    if stand.quality == Quality::UNSTATED { Cell::Null } else { Cell::text(stand.quality.to_string()) }
}
