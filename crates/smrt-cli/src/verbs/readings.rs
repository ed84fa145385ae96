//! `smrt readings`: the values of one meter.

use crate::{
    args::{MeterArgs, RangeArgs},
    channels::unstated,
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column},
};
use smrt_core::{Channel, Flag};
use smrt_storage::{Store, StoredChannel, StoredReading};
use std::{io, ops::ControlFlow};

const EXAMPLES: &str = "\
Examples:
  smrt readings 0000000001
  smrt readings 0000000001 --from 2019-09-28 --to 2019-09-29     one day
  smrt readings 0000000001 --from 2019-09-28T06:00:00Z
  smrt -o csv readings 0000000001 > readings.csv";

/// Show the readings of a meter, each with the file and line it came from
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReadingsArgs {
    #[command(flatten)]
    meter: MeterArgs,
    #[command(flatten)]
    range: RangeArgs,
}

/// The columns of readings, one a row.
pub(super) const COLUMNS: &[Column] = &[
    Column::text("meter"),
    Column::text("channel"),
    Column::word("start"),
    Column::word("end").unseen(),
    Column::number("value"),
    Column::word("unit"),
    Column::word("quality").unseen(),
    Column::text("file"),
    Column::number("line"),
    Column::number("reason"),
    Column::text("reason_text"),
];

pub(crate) fn run(args: &ReadingsArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut store = context.store()?;
    let channels = args.meter.channels(&mut store)?;
    let ranges: Vec<_> =
        channels.iter().map(|stored| args.range.instants(stored.channel.zone)).collect::<Result<_, _>>()?;
    let mut unseen = unstated(channels.iter().map(|stored| &stored.channel));
    if !any_reasons(&mut store, &channels)? {
        unseen.extend(["reason", "reason_text"]);
    }
    let mut rows = context.printer.rows_without(COLUMNS, &unseen)?;
    for (stored, range) in channels.iter().zip(ranges) {
        each_row(&mut store, stored, range, &mut |row| rows.push(row))?;
    }
    if rows.finish()? == 0 {
        context.messages().note("no readings there; `smrt meters` tells the range of each meter");
    }
    Ok(Outcome::Done)
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

/// Hands the readings of a channel to `take` as rows of [`COLUMNS`].
pub(super) fn each_row(
    store: &mut Store,
    stored: &StoredChannel,
    (from, to): (Option<i64>, Option<i64>),
    take: &mut dyn FnMut(Vec<Cell<'_>>) -> io::Result<()>,
) -> Result<(), CliError> {
    let mut result = Ok(());
    store.readings(stored.id, from, to, &mut |reading| {
        result = take(row(&stored.channel, &reading));
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(result?)
}

pub(super) fn row<'a>(channel: &'a Channel, reading: &'a StoredReading) -> Vec<Cell<'a>> {
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
