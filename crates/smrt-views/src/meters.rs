//! Which meters and sensors there are.

use crate::{Cell, Column};
use smrt_storage::{Meter, StoredChannel};

/// The columns of meters, one a row.
pub const COLUMNS: &[Column] = &[
    Column::text("code"),
    Column::word("scheme"),
    Column::text("name"),
    Column::number("channels"),
    Column::number("readings"),
    Column::number("register_reads"),
    Column::number("measurements"),
    Column::time("first"),
    Column::time("last"),
];

/// A meter as a row of [`COLUMNS`].
pub fn row(meter: &Meter) -> Vec<Cell<'_>> {
    vec![
        Cell::text(&meter.code),
        Cell::text(meter.scheme.as_str()),
        Cell::maybe(meter.name.as_deref()),
        Cell::Integer(meter.channels),
        Cell::Integer(meter.readings),
        Cell::Integer(meter.register_reads),
        Cell::Integer(meter.measurements),
        Cell::maybe_utc(meter.first),
        Cell::maybe_utc(meter.last),
    ]
}

/// The columns of channels, one a row.
pub const CHANNELS: &[Column] = &[
    Column::text("meter"),
    Column::word("scheme"),
    Column::text("name"),
    Column::text("channel"),
    Column::word("unit"),
    Column::word("source_unit"),
    Column::text("serial"),
    Column::text("register"),
    Column::text("plant"),
    Column::word("zone"),
];

/// A channel as a row of [`CHANNELS`].
pub fn channel_row(stored: &StoredChannel) -> Vec<Cell<'_>> {
    let channel = &stored.channel;
    vec![
        Cell::text(&channel.meter),
        Cell::text(channel.scheme.as_str()),
        Cell::maybe(stored.alias.as_deref()),
        Cell::stated(&channel.name),
        Cell::stated(&channel.unit),
        Cell::stated(&channel.source_unit),
        Cell::stated(&channel.serial),
        Cell::stated(&channel.register),
        Cell::stated(&channel.plant),
        Cell::text(channel.zone.to_string()),
    ]
}
