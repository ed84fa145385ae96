//! `smrt gaps`: where readings are missing.

use crate::{
    args::{AnyMeterArgs, RangeArgs},
    context::{Context, tell_taken},
    exit::{CliError, Outcome},
};
use smrt_views::{gaps, unstated};

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

pub(crate) fn run(args: &GapsArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut series = context.series()?;
    let channels = args.meter.channels(&mut series.store)?;
    let range = args.range.range();
    for stored in &channels {
        range.instants(stored.channel.zone)?;
    }
    let unseen = unstated(channels.iter().map(|stored| &stored.channel));
    let mut rows = context.printer.rows_without(gaps::COLUMNS, &unseen)?;
    series.expect(&channels)?;
    for stored in &channels {
        gaps::each_row(&mut series, stored, &range, &mut |row| rows.push(row))?;
    }
    let count = rows.finish()?;
    tell_taken(&series, context.messages());
    if count == 0 {
        context.messages().note(if channels.is_empty() { super::NOTHING_YET } else { "no gaps" });
    }
    Ok(Outcome::Done)
}
