//! `smrt readings`: the values of one meter or sensor, as they are or gathered.

mod gathered;

use crate::{
    args::{MeterArgs, RangeArgs},
    channels::unstated,
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column},
    series::{SECOND, Series, is_sensor, label, numbers},
};
use smrt_analytics::Step;
use smrt_core::{Channel, Flag, Quality};
use smrt_ingest::lake::StoredMeasurement;
use smrt_storage::{Store, StoredChannel, StoredReading};
use std::{io, ops::ControlFlow};

const EXAMPLES: &str = "\
Examples:
  smrt readings 0000000001
  smrt readings 0000000001 --from 2019-09-28 --to 2019-09-29     one day
  smrt readings 0000000001 --from 2019-09-28T06:00:00Z
  smrt readings sensor_00000 --from '2016-01-01 06:00'           a sensor, by its name or UUID
  smrt readings sensor_00000 --resample 1h                       count, sum, min, max, mean and last of each hour
  smrt -o csv readings 0000000001 > readings.csv
  smrt -o parquet readings 0000000001 > readings.parquet

Stretches of --resample are counted from the beginning of each civil day of the channel. Times of sensors are shown in
UTC.";

/// Show the readings of a meter or sensor, each with the file and line it came from
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReadingsArgs {
    #[command(flatten)]
    meter: MeterArgs,
    #[command(flatten)]
    range: RangeArgs,
    /// Gather readings into stretches of this length: 30s, 5m, 1h, 1d
    #[arg(long, value_name = "LENGTH", allow_hyphen_values = true)]
    resample: Option<Step>,
}

/// The columns of readings, one a row.
pub(super) const COLUMNS: &[Column] = &[
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

pub(crate) fn run(args: &ReadingsArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut series = context.series()?;
    let channels = args.meter.channels(&mut series.store)?;
    for stored in &channels {
        args.range.instants(stored.channel.zone)?;
    }
    let count = match args.resample {
        Some(step) => gathered::print(&mut series, &channels, &args.range, step, context)?,
        None => print(&mut series, &channels, &args.range, context)?,
    };
    series.tell_taken(context.messages());
    if count == 0 {
        context.messages().note("no readings there; `smrt meters` tells the range of each meter");
    }
    Ok(Outcome::Done)
}

/// Prints each reading, and tells how many there are.
fn print(
    series: &mut Series,
    channels: &[StoredChannel],
    range: &RangeArgs,
    context: &mut Context,
) -> Result<u64, CliError> {
    let mut unseen = unstated(channels.iter().map(|stored| &stored.channel));
    if !any_reasons(&mut series.store, channels)? {
        unseen.extend(["reason", "reason_text"]);
    }
    let mut rows = context.printer.rows_of(COLUMNS, &unseen, numbers(channels))?;
    for stored in channels {
        each_row(series, stored, range, &mut |_, row| rows.push(row))?;
    }
    Ok(rows.finish()?)
}

/// Whether the sender of any of these channels says why its readings are what they are.
fn any_reasons(store: &mut Store, channels: &[StoredChannel]) -> Result<bool, CliError> {
    for stored in channels {
        if store.has_reasons(stored.id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Hands the readings of a channel to `take`: when each is (epoch seconds) and itself as a row of [`COLUMNS`].
pub(super) fn each_row(
    series: &mut Series,
    stored: &StoredChannel,
    range: &RangeArgs,
    take: &mut dyn FnMut(i64, Vec<Cell<'_>>) -> io::Result<()>,
) -> Result<(), CliError> {
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
