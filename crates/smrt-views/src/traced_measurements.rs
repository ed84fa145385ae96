//! Where a sensor's value came from.

use crate::{AskError, Cell, SECOND, Series, label};
use smrt_core::Quality;
use smrt_ingest::lake::TracedMeasurement;
use smrt_storage::StoredChannel;
use std::ops::ControlFlow;

/// How far around a time others are looked for, in microseconds.
const AROUND: i64 = 86_400 * SECOND;

/// All values that were said of a sensor at an instant, the one that holds first.
#[derive(Debug)]
pub struct TracedInstant {
    stored: StoredChannel,
    /// UTC epoch microseconds.
    at: i64,
    values: Vec<TracedMeasurement>,
}

impl TracedInstant {
    pub(crate) fn find(series: &mut Series, stored: &StoredChannel, time: &str) -> Result<Self, AskError> {
        let wanted = stored.channel.zone.parse_micros(time);
        let wanted = wanted.map_err(|error| AskError::Parameter { name: "time", message: error.to_string() })?;
        let Some(at) = meant(series, stored, wanted)? else { return Err(not_there(series, stored, time, wanted)?) };
        let (measurements, store) = series.measurements()?;
        let values = measurements.trace(store, stored, at)?;
        Ok(Self { stored: stored.clone(), at, values })
    }

    pub(crate) fn rows(&self) -> Vec<Vec<Cell<'_>>> {
        self.values.iter().map(|value| row(&self.stored, self.at, value)).collect()
    }

    pub(crate) fn object(&self) -> Cell<'_> {
        object(&self.stored, self.at, &self.values)
    }
}

/// The instant that is meant: the one named, or the only one within the second that is named.
fn meant(series: &mut Series, stored: &StoredChannel, wanted: i64) -> Result<Option<i64>, AskError> {
    let instants = series.instants(stored, (Some(wanted), Some(wanted.saturating_add(SECOND))))?;
    let exact = instants.first() == Some(&wanted);
    let within = wanted % SECOND == 0 && instants.len() == 1;
    Ok(instants.first().copied().filter(|_| exact || within))
}

/// That nothing was measured then, with what was shortly before and after.
fn not_there(series: &mut Series, stored: &StoredChannel, time: &str, wanted: i64) -> Result<AskError, AskError> {
    let (mut before, mut after) = (None, None);
    let around = (Some(wanted.saturating_sub(AROUND)), Some(wanted.saturating_add(AROUND)));
    series.each_measurement(stored, around, &mut |measured| {
        if measured.at < wanted {
            before = Some(measured.at);
            return ControlFlow::Continue(());
        }
        after = Some(measured.at);
        ControlFlow::Break(())
    })?;
    let time_of = |at: i64| Cell::micros(at).plain().into_owned();
    let near = before.into_iter().chain(after).map(time_of).collect();
    Ok(AskError::NoMeasurement { sensor: label(stored).to_owned(), time: time.to_owned(), near })
}

/// A value as a row of [`crate::trace::COLUMNS`].
fn row<'a>(stored: &'a StoredChannel, at: i64, value: &'a TracedMeasurement) -> Vec<Cell<'a>> {
    let mut row = vec![Cell::text(label(stored)), Cell::Null, Cell::micros(at), Cell::Null];
    let mut origin = origin(value).into_iter().map(|(_, cell)| cell);
    row.extend(origin.next());
    row.push(Cell::Null);
    row.extend(origin);
    row.push(Cell::maybe(value.superseded_by.as_deref()));
    row
}

/// A value and where it came from.
fn origin(value: &TracedMeasurement) -> Vec<(&'static str, Cell<'_>)> {
    vec![
        ("value", Cell::decimal(value.value)),
        ("quality", Cell::text(Quality::UNSTATED.to_string())),
        ("file", Cell::text(&value.file.name)),
        ("line", Cell::Integer(u64::from(value.line))),
        ("reason", Cell::Null),
        ("reason_text", Cell::Null),
        ("version", Cell::Null),
        ("path", Cell::text(&value.file.path)),
        ("received_at", Cell::maybe_utc(Some(value.file.received_at))),
        ("sha256", Cell::maybe(value.file.sha256.as_deref())),
    ]
}

fn object<'a>(stored: &'a StoredChannel, at: i64, values: &'a [TracedMeasurement]) -> Cell<'a> {
    let fields = |value: &'a TracedMeasurement| -> Vec<_> {
        origin(value).into_iter().map(|(name, cell)| (name.into(), cell)).collect()
    };
    let past = |value: &'a TracedMeasurement| {
        let mut fields = fields(value);
        fields.push(("superseded_by".into(), Cell::maybe(value.superseded_by.as_deref())));
        Cell::Object(fields)
    };
    Cell::object([
        ("meter", Cell::text(label(stored))),
        ("channel", Cell::Null),
        ("start", Cell::micros(at)),
        ("end", Cell::Null),
        ("unit", Cell::Null),
        ("current", values.first().map_or(Cell::Null, |value| Cell::Object(fields(value)))),
        ("history", Cell::List(values.iter().skip(1).map(past).collect())),
    ])
}
