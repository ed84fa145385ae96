//! `smrt trace`: where one value came from, and what stood in its place before or came too late to.

use crate::{
    args::{MeterArgs, OutputForm},
    context::{Context, tell_taken},
    exit::{CliError, Outcome},
};
use smrt_views::trace::{self, trace};

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

pub(crate) fn run(args: &TraceArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut series = context.series()?;
    let channels = args.meter.channels(&mut series.store)?;
    let found = trace(&mut series, &args.meter.code, channels, &args.time)?;
    tell_taken(&series, context.messages());
    if context.printer.form() == OutputForm::Json {
        context.printer.object(&found.object())?;
        return Ok(Outcome::Done);
    }
    let mut rows = context.printer.rows_of(trace::COLUMNS, found.unstated(), found.numbers())?;
    found.rows().into_iter().try_for_each(|row| rows.push(row))?;
    rows.finish()?;
    Ok(Outcome::Done)
}
