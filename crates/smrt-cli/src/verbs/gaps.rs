//! `smrt gaps`: where readings are missing.

use crate::{
    args::{AnyMeterArgs, RangeArgs},
    channels::unstated,
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column},
};

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
    Column::word("from"),
    Column::word("to"),
    Column::number("missing"),
];

pub(crate) fn run(args: &GapsArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut store = context.store()?;
    let channels = args.meter.channels(&mut store)?;
    let ranges: Vec<_> =
        channels.iter().map(|stored| args.range.instants(stored.channel.zone)).collect::<Result<_, _>>()?;
    let mut rows = context.printer.rows_without(COLUMNS, &unstated(channels.iter().map(|stored| &stored.channel)))?;
    for (stored, (from, to)) in channels.iter().zip(ranges) {
        let channel = &stored.channel;
        for gap in store.gaps(stored.id, from, to)? {
            rows.push(vec![
                Cell::text(&channel.meter),
                Cell::stated(&channel.name),
                Cell::instant(gap.interval.start, channel.zone),
                Cell::instant(gap.interval.end, channel.zone),
                Cell::Integer(gap.missing),
            ])?;
        }
    }
    if rows.finish()? == 0 {
        context.messages().note(if channels.is_empty() { super::NOTHING_YET } else { "no gaps" });
    }
    Ok(Outcome::Done)
}
