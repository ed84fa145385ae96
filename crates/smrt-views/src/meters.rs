//! Which meters and sensors there are.

use crate::{Cell, Column};
use smrt_storage::Meter;

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
