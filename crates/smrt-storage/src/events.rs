//! Reasons, texts and statuses of intervals on their way into the database.
//!
//! They come with the readings of their lines and are kept as they are, whatever becomes of the readings: an event
//! speaks of the readings of its own file alone.

use crate::{
    StoreError,
    backend::Database,
    bulk::{self, Cells, Shape},
    channels::Channels,
    error::Doing,
    ledger::storable,
    load::check_time,
};
use diesel::QueryResult;
use smrt_core::IntervalEvent;

/// A row of `interval_event`.
struct Event {
    channel: i64,
    start: i64,
    end: i64,
    quality: i16,
    reason: Option<i16>,
    text: String,
    file: i64,
    line: i64,
}

struct InsertEvents;

impl Shape for InsertEvents {
    type Row<'r> = Event;
    const HEAD: &'static str =
        "INSERT INTO interval_event (channel_id, start, \"end\", quality, reason, text, file_id, line) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b Event, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        for value in [&row.channel, &row.start, &row.end] {
            cells.number(value)?;
        }
        cells.small(&row.quality)?;
        cells.nullable_small(&row.reason)?;
        cells.text(&row.text)?;
        cells.number(&row.file)?;
        cells.number(&row.line)
    }
}

/// Writes the events of a file.
pub(crate) fn write(
    connection: &mut Database,
    file: i64,
    channels: &Channels,
    events: &[IntervalEvent],
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        rows.push(Event {
            channel: channels.id(event.channel)?,
            start: check_time(event.start)?,
            end: check_time(event.end)?,
            quality: event.quality.code(),
            reason: reason(event.reason),
            text: storable(&event.text),
            file,
            line: i64::from(event.line),
        });
    }
    bulk::execute::<InsertEvents>(connection, &rows).doing("writing the reasons of intervals").map(drop)
}

/// A reason code as the database keeps it.
pub(crate) fn reason(code: Option<u16>) -> Option<i16> {
    code.map(|code| i16::try_from(code).unwrap_or(i16::MAX))
}
