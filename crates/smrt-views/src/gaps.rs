//! Where readings are missing.

use crate::{AskError, Cell, Column, Range, Series, is_sensor, label};
use smrt_analytics::{missing, typical_step};
use smrt_storage::StoredChannel;
use std::io;

/// The columns of gaps, one a row.
pub const COLUMNS: &[Column] = &[
    Column::text("meter"),
    Column::text("channel"),
    Column::time("from"),
    Column::time("to"),
    Column::number("missing"),
];

/// Hands the gaps of a channel to `take`, each as a row of [`COLUMNS`].
///
/// # Errors
/// When the range makes no sense, the database or its lake cannot be read, or `take` fails.
pub fn each_row(
    series: &mut Series,
    stored: &StoredChannel,
    range: &Range,
    take: &mut dyn FnMut(Vec<Cell<'_>>) -> io::Result<()>,
) -> Result<(), AskError> {
    let channel = &stored.channel;
    let mut row = |from, to, missing| {
        take(vec![Cell::text(label(stored)), Cell::stated(&channel.name), from, to, Cell::Integer(missing)])
    };
    if is_sensor(stored) {
        let instants = series.instants(stored, range.micros(channel.zone)?)?;
        let step = typical_step(&instants);
        for gap in step.iter().flat_map(|&step| missing(&instants, step)) {
            row(Cell::micros(gap.start), Cell::micros(gap.end), gap.count)?;
        }
        return Ok(());
    }
    let (from, to) = range.instants(channel.zone)?;
    for gap in series.store.gaps(stored.id, from, to)? {
        let time = |epoch| Cell::instant(epoch, channel.zone);
        row(time(gap.interval.start), time(gap.interval.end), gap.missing)?;
    }
    Ok(())
}
