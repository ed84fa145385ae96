//! `smrt trace`: where one value came from, and what stood in its place before or came too late to.

mod measured;

use crate::{
    args::{MeterArgs, OutputForm},
    channels::instant,
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column},
    series::is_sensor,
};
use smrt_core::{Channel, Flag, IntervalLength, MarketZone, Version};
use smrt_storage::{Store, StoredChannel, Trace, TracedValue};
use std::ops::ControlFlow;

/// Longest interval there is, in seconds.
const LONGEST: i64 = 86_400;

const EXAMPLES: &str = "\
Examples:
  smrt trace 0000000001 2019-09-28T01:00:00Z
  smrt trace 0000000001 '2019-09-28 01:00'     in the meter's zone
  smrt -o json trace 0000000001 2019-09-28T01:00:00Z

TIME is the start of the interval or any instant within it; of a sensor, when it measured.";

/// Show where a value came from, and the values that gave way to it
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    meter: MeterArgs,
    /// The interval
    #[arg(value_name = "TIME", allow_hyphen_values = true)]
    time: String,
}

/// The current value first, then those before it, one a row.
const COLUMNS: &[Column] = &[
    Column::text("meter").unseen(),
    Column::text("channel").unseen(),
    Column::time("start"),
    Column::time("end").unseen(),
    Column::value("value"),
    Column::word("unit").unseen(),
    Column::word("quality").unseen(),
    Column::text("file"),
    Column::number("line"),
    Column::number("reason").unseen(),
    Column::text("reason_text").unseen(),
    Column::time("version"),
    Column::text("path").unseen(),
    Column::time("received_at").unseen(),
    Column::word("sha256").unseen(),
    Column::text("superseded_by"),
];

/// A channel with what is known of one of its intervals.
struct Found {
    stored: StoredChannel,
    start: i64,
    trace: Trace,
}

pub(crate) fn run(args: &TraceArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut series = context.series()?;
    let channels = args.meter.channels(&mut series.store)?;
    if let [sensor] = channels.as_slice()
        && is_sensor(sensor)
    {
        return measured::run(&mut series, sensor, &args.time, context);
    }
    let store = &mut series.store;
    let mut found = Vec::new();
    for stored in channels {
        let start = instant("TIME", Some(&args.time), stored.channel.zone)?.unwrap_or_default();
        found.extend(find(store, stored, start)?);
    }
    let one = match found.len() {
        1 => found.remove(0),
        0 => {
            let hint = format!("`smrt readings {}` shows those there are", args.meter.code);
            let message = format!("meter {} has no reading at {}", args.meter.code, args.time);
            return Err(CliError::NotFound(message, Some(hint)));
        }
        _ => {
            let names: Vec<_> = found.iter().map(|found| found.stored.channel.name.as_str()).collect();
            let names = names.join(", ");
            return Err(CliError::Usage(format!(
                "several channels have a reading there: give --channel, one of {names}"
            )));
        }
    };
    if context.printer.form() == OutputForm::Json {
        context.printer.object(&object(&one))?;
    } else {
        let versioned = values(&one).any(|(value, _)| value.version != Version::UNSTATED);
        let mut rows = context.printer.rows_without(COLUMNS, if versioned { &[] } else { &["version"] })?;
        values(&one).try_for_each(|(value, superseded_by)| rows.push(row(&one, value, superseded_by)))?;
        rows.finish()?;
    }
    Ok(Outcome::Done)
}

/// What is known of the interval that starts at `time` or holds it.
fn find(store: &mut Store, stored: StoredChannel, time: i64) -> Result<Option<Found>, CliError> {
    let mut start = time;
    let mut trace = store.trace(stored.id, start)?;
    if is_empty(&trace) {
        store.readings(stored.id, Some(time.saturating_sub(LONGEST)), Some(time), &mut |reading| {
            if reading.start + reading.minutes.seconds() > time {
                start = reading.start;
            }
            ControlFlow::Continue(())
        })?;
        trace = store.trace(stored.id, start)?;
    }
    Ok((!is_empty(&trace)).then_some(Found { stored, start, trace }))
}

fn is_empty(trace: &Trace) -> bool {
    trace.current.is_none() && trace.history.is_empty()
}

/// The current value and those before it, each with the file that took its place.
fn values(found: &Found) -> impl Iterator<Item = (&TracedValue, Option<&str>)> {
    let history = found.trace.history.iter().map(|old| (&old.value, Some(old.superseded_by.as_str())));
    found.trace.current.iter().map(|value| (value, None)).chain(history)
}

fn row<'a>(found: &'a Found, value: &'a TracedValue, superseded_by: Option<&'a str>) -> Vec<Cell<'a>> {
    let channel = &found.stored.channel;
    let mut row = vec![
        Cell::text(&channel.meter),
        Cell::stated(&channel.name),
        Cell::instant(found.start, channel.zone),
        end(channel, found.start, value.minutes),
        quantity(value),
        Cell::stated(&channel.unit),
    ];
    row.extend(origin(value, channel.zone).into_iter().skip(1).map(|(_, cell)| cell));
    row.push(Cell::maybe(superseded_by));
    row
}

fn end(channel: &Channel, start: i64, minutes: IntervalLength) -> Cell<'static> {
    Cell::instant(start + minutes.seconds(), channel.zone)
}

fn quantity(value: &TracedValue) -> Cell<'static> {
    if value.quality.flag == Flag::Null { Cell::Null } else { Cell::decimal(value.quantity) }
}

/// A value and where it came from.
fn origin(value: &TracedValue, zone: MarketZone) -> Vec<(&'static str, Cell<'_>)> {
    vec![
        ("value", quantity(value)),
        ("quality", Cell::text(value.quality.to_string())),
        ("file", Cell::text(&value.file.name)),
        ("line", Cell::Integer(value.line)),
        ("reason", Cell::maybe_integer(value.reason.as_ref().and_then(|reason| reason.code))),
        ("reason_text", value.reason.as_ref().map_or(Cell::Null, |reason| Cell::stated(&reason.text))),
        ("version", value.version.epoch().map_or(Cell::Null, |epoch| Cell::instant(epoch, zone))),
        ("path", Cell::text(&value.file.path)),
        ("received_at", Cell::maybe_utc(Some(value.file.received_at))),
        ("sha256", Cell::maybe(value.file.sha256.as_deref())),
    ]
}

fn object(found: &Found) -> Cell<'_> {
    let channel = &found.stored.channel;
    let value = |value, extra: Option<&'_ str>| {
        let mut fields: Vec<_> =
            origin(value, channel.zone).into_iter().map(|(name, cell)| (name.into(), cell)).collect();
        fields.extend(extra.map(|name| ("superseded_by".into(), Cell::text(name.to_owned()))));
        Cell::Object(fields)
    };
    let minutes = values(found).next().map(|(value, _)| value.minutes);
    Cell::object([
        ("meter", Cell::text(&channel.meter)),
        ("channel", Cell::stated(&channel.name)),
        ("start", Cell::instant(found.start, channel.zone)),
        ("end", minutes.map_or(Cell::Null, |minutes| end(channel, found.start, minutes))),
        ("unit", Cell::stated(&channel.unit)),
        ("current", found.trace.current.as_ref().map_or(Cell::Null, |current| value(current, None))),
        (
            "history",
            Cell::List(found.trace.history.iter().map(|old| value(&old.value, Some(&old.superseded_by))).collect()),
        ),
    ])
}
