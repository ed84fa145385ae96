//! The values of meters and sensors, as they are or gathered into stretches of time.

pub use crate::gathered::each_stretch;
use crate::{AskError, Cell, Column, Range, SECOND, Series, is_sensor, label};
use smrt_core::{Channel, Flag, Quality};
use smrt_ingest::lake::StoredMeasurement;
use smrt_storage::{Store, StoredChannel, StoredReading};
use std::{io, ops::ControlFlow};

/// The columns of readings, one a row.
pub const COLUMNS: &[Column] = &[
    Column::text("meter"),
    Column::text("channel"),
    Column::time("start"),
    Column::time("end").unseen(),
    Column::value("value"),
    Column::word("unit"),
    Column::word("quality").unseen(),
    Column::text("file"),
    Column::number("line"),
    Column::number("reason"),
    Column::text("reason_text"),
];

/// Whether the sender of any of these channels says why its readings are what they are.
///
/// # Errors
/// When the database cannot be read.
pub fn any_reasons(store: &mut Store, channels: &[StoredChannel]) -> Result<bool, AskError> {
    for stored in channels {
        if store.has_reasons(stored.id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Hands the readings of a channel to `take`: when each is (epoch seconds) and itself as a row of [`COLUMNS`].
///
/// # Errors
/// When the range makes no sense, the database or its lake cannot be read, or `take` fails.
pub fn each_row(
    series: &mut Series,
    stored: &StoredChannel,
    range: &Range,
    take: &mut dyn FnMut(i64, Vec<Cell<'_>>) -> io::Result<()>,
) -> Result<(), AskError> {
    let zone = stored.channel.zone;
    let mut result = Ok(());
    let mut go_on = |taken: io::Result<()>| {
        result = taken;
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    if is_sensor(stored) {
        series.each_measurement(stored, range.micros(zone)?, &mut |measured| {
            go_on(take(measured.at.div_euclid(SECOND), measured_row(stored, &measured)))
        })?;
    } else {
        let (from, to) = range.instants(zone)?;
        series
            .store
            .readings(stored.id, from, to, &mut |reading| go_on(take(reading.start, row(&stored.channel, &reading))))?;
    }
    Ok(result?)
}

fn row<'a>(channel: &'a Channel, reading: &'a StoredReading) -> Vec<Cell<'a>> {
    vec![
        Cell::text(&channel.meter),
        Cell::stated(&channel.name),
        Cell::instant(reading.start, channel.zone),
        Cell::instant(reading.start + reading.minutes.seconds(), channel.zone),
        if reading.quality.flag == Flag::Null { Cell::Null } else { Cell::decimal(reading.quantity) },
        Cell::stated(&channel.unit),
        Cell::text(reading.quality.to_string()),
        Cell::text(&*reading.file),
        Cell::Integer(reading.line),
        Cell::maybe_integer(reading.reason.as_ref().and_then(|reason| reason.code)),
        reading.reason.as_ref().map_or(Cell::Null, |reason| Cell::stated(&reason.text)),
    ]
}

/// A measurement as a row of [`COLUMNS`]: it is of an instant, so it has no end.
fn measured_row<'a>(stored: &'a StoredChannel, measured: &'a StoredMeasurement) -> Vec<Cell<'a>> {
    vec![
        Cell::text(label(stored)),
        Cell::Null,
        Cell::micros(measured.at),
        Cell::Null,
        Cell::decimal(measured.value),
        Cell::Null,
        Cell::text(Quality::UNSTATED.to_string()),
        Cell::text(&*measured.file),
        Cell::Integer(u64::from(measured.line)),
        Cell::Null,
        Cell::Null,
    ]
}
