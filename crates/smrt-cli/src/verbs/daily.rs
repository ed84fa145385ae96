//! `smrt daily`: the days of one meter or sensor, or of all.

use crate::{
    args::{AnyMeterArgs, RangeArgs},
    context::{Context, tell_taken},
    exit::{CliError, Outcome},
};
use clap::ValueEnum;
use smrt_views::{daily, numbers, unstated};

const EXAMPLES: &str = "\
Examples:
  smrt daily 0000000001                                   every day of a meter
  smrt daily 0000000001 --from 2019-09-01 --to 2019-10-01 one month
  smrt daily sensor_00000                                 every day of a sensor
  smrt -o csv daily > daily.csv                           every day of every meter and sensor
  smrt daily 0000000001 --per meter                       its channels together, whatever their units

A day is complete when its count is what was expected: of a sensor, as many as fit into it at the usual distance of its
measurements. --from and --to choose the days that begin between them.";

/// Show count, sum, minimum, maximum and mean of each day
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DailyArgs {
    #[command(flatten)]
    meter: AnyMeterArgs,
    #[command(flatten)]
    range: RangeArgs,
    /// One row for each channel, or all channels of a meter in one; where their units differ, none is shown
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    per: Per,
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Per {
    /// A day of a channel
    #[default]
    Channel,
    /// A day of a meter
    Meter,
}

impl From<Per> for daily::Per {
    fn from(per: Per) -> Self {
        match per {
            Per::Channel => Self::Channel,
            Per::Meter => Self::Meter,
        }
    }
}

pub(crate) fn run(args: &DailyArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut series = context.series()?;
    let channels = args.meter.channels(&mut series.store)?;
    let range = args.range.range();
    for stored in &channels {
        range.days(stored.channel.zone)?;
    }
    let unseen = unstated(channels.iter().map(|stored| &stored.channel));
    let mut rows = context.printer.rows_of(daily::COLUMNS, &unseen, numbers(&channels))?;
    series.expect(&channels)?;
    daily::each_row(&mut series, &channels, &range, args.per.into(), &mut |_, row| rows.push(row))?;
    let count = rows.finish()?;
    tell_taken(&series, context.messages());
    if count == 0 {
        context.messages().note(match channels.is_empty() {
            true => super::NOTHING_YET,
            false => "no days there; `smrt meters` tells the range of each meter",
        });
    }
    Ok(Outcome::Done)
}
