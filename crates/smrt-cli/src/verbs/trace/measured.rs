//! Where a sensor's value came from.

use super::{COLUMNS, Cell, CliError, Context, Outcome, OutputForm};
use crate::{
    render::Numbers,
    series::{SECOND, Series, label},
};
use smrt_core::Quality;
use smrt_ingest::lake::TracedMeasurement;
use smrt_storage::StoredChannel;
use std::ops::ControlFlow;

/// How far around a time others are looked for, in microseconds.
const AROUND: i64 = 86_400 * SECOND;

/// Prints all values of a sensor at an instant, the one that holds first.
pub(super) fn run(
    series: &mut Series,
    stored: &StoredChannel,
    time: &str,
    context: &mut Context,
) -> Result<Outcome, CliError> {
    let wanted = stored.channel.zone.parse_micros(time).map_err(|error| CliError::Usage(format!("TIME: {error}")))?;
    let Some(at) = meant(series, stored, wanted)? else { return Err(not_there(series, stored, time, wanted)?) };
    let (measurements, store) = series.measurements()?;
    let values = measurements.trace(store, stored, at)?;
    series.tell_taken(context.messages());
    if context.printer.form() == OutputForm::Json {
        context.printer.object(&object(stored, at, &values))?;
        return Ok(Outcome::Done);
    }
    let mut rows = context.printer.rows_of(COLUMNS, &["version"], Numbers::Floating)?;
    for value in &values {
        rows.push(row(stored, at, value))?;
    }
    rows.finish()?;
    Ok(Outcome::Done)
}

/// The instant that is meant: the one named, or the only one within the second that is named.
fn meant(series: &mut Series, stored: &StoredChannel, wanted: i64) -> Result<Option<i64>, CliError> {
    let instants = series.instants(stored, (Some(wanted), Some(wanted.saturating_add(SECOND))))?;
    let exact = instants.first() == Some(&wanted);
    let within = wanted % SECOND == 0 && instants.len() == 1;
    Ok(instants.first().copied().filter(|_| exact || within))
}

/// That nothing was measured then, with what was shortly before and after.
fn not_there(series: &mut Series, stored: &StoredChannel, time: &str, wanted: i64) -> Result<CliError, CliError> {
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
    let near: Vec<String> = before.into_iter().chain(after).map(time_of).collect();
    let hint = match near.is_empty() {
        true => format!("`smrt readings {}` shows those there are", label(stored)),
        false => format!("the nearest are at {}", near.join(" and ")),
    };
    Ok(CliError::NotFound(format!("sensor {} measured nothing at {time}", label(stored)), Some(hint)))
}

/// A value as a row of [`COLUMNS`].
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
