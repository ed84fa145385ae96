//! `smrt readings`: the values of one meter or sensor, as they are or gathered.

use crate::{
    args::{MeterArgs, RangeArgs},
    context::{Context, tell_taken},
    exit::{CliError, Outcome},
};
use smrt_analytics::Step;
use smrt_views::{numbers, readings, unstated};

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

pub(crate) fn run(args: &ReadingsArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut series = context.series()?;
    let channels = args.meter.channels(&mut series.store)?;
    let range = args.range.range();
    for stored in &channels {
        range.instants(stored.channel.zone)?;
    }
    let mut unseen = unstated(channels.iter().map(|stored| &stored.channel));
    let columns = if args.resample.is_some() { smrt_views::STRETCHES } else { readings::COLUMNS };
    if args.resample.is_none() && !readings::any_reasons(&mut series.store, &channels)? {
        unseen.extend(["reason", "reason_text"]);
    }
    let mut rows = context.printer.rows_of(columns, &unseen, numbers(&channels))?;
    for stored in &channels {
        match args.resample {
            Some(step) => readings::each_stretch(&mut series, stored, &range, step, &mut |row| rows.push(row))?,
            None => readings::each_row(&mut series, stored, &range, &mut |_, row| rows.push(row))?,
        }
    }
    let count = rows.finish()?;
    tell_taken(&series, context.messages());
    if count == 0 {
        context.messages().note("no readings there; `smrt meters` tells the range of each meter");
    }
    Ok(Outcome::Done)
}
