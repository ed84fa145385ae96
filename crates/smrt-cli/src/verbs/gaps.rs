//! `smrt gaps`: where readings are missing.

use crate::{
    args::{AnyMeterArgs, RangeArgs},
    channels::unstated,
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column},
    series::{is_sensor, label},
};
use smrt_analytics::{missing, typical_step};

const EXAMPLES: &str = "\
Examples:
  smrt gaps                                  of all meters
  smrt gaps 0000000001 --from 2019-09-01     of one meter, from a day on
  smrt -o csv gaps > gaps.csv

A gap lies between two readings of a channel; time before its first and behind its last is none.";

/// Show where readings are missing
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GapsArgs {
    #[command(flatten)]
    meter: AnyMeterArgs,
    #[command(flatten)]
    range: RangeArgs,
}

const COLUMNS: &[Column] = &[
    Column::text("meter"),
    Column::text("channel"),
    Column::time("from"),
    Column::time("to"),
    Column::number("missing"),
];

pub(crate) fn run(args: &GapsArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut series = context.series()?;
    let channels = args.meter.channels(&mut series.store)?;
    for stored in &channels {
        args.range.instants(stored.channel.zone)?;
    }
    let mut rows = context.printer.rows_without(COLUMNS, &unstated(channels.iter().map(|stored| &stored.channel)))?;
    series.expect(&channels)?;
    for stored in &channels {
        let channel = &stored.channel;
        let mut row = |from, to, missing| {
            rows.push(vec![Cell::text(label(stored)), Cell::stated(&channel.name), from, to, Cell::Integer(missing)])
        };
        if is_sensor(stored) {
            let instants = series.instants(stored, args.range.micros(channel.zone)?)?;
            let step = typical_step(&instants);
            for gap in step.iter().flat_map(|&step| missing(&instants, step)) {
                row(Cell::micros(gap.start), Cell::micros(gap.end), gap.count)?;
            }
            continue;
        }
        let (from, to) = args.range.instants(channel.zone)?;
        for gap in series.store.gaps(stored.id, from, to)? {
            let time = |epoch| Cell::instant(epoch, channel.zone);
            row(time(gap.interval.start), time(gap.interval.end), gap.missing)?;
        }
    }
    let count = rows.finish()?;
    series.tell_taken(context.messages());
    if count == 0 {
        context.messages().note(if channels.is_empty() { super::NOTHING_YET } else { "no gaps" });
    }
    Ok(Outcome::Done)
}
