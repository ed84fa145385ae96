//! `smrt estimate`: what to put in the place of quantities that are missing or cannot be right.

use crate::{
    args::{MeterArgs, RangeArgs},
    context::{Context, PATIENCE},
    exit::{CliError, Outcome},
};
use smrt_storage::{StoredChannel, StoredEstimate};
use smrt_views::{
    Range, Series,
    anomalies::{ESTIMATES, estimate_row, examine},
    is_sensor, unstated,
};

const EXAMPLES: &str = "\
Examples:
  smrt estimate 4100000000                       what would be put in the place of what is missing or wrong
  smrt estimate 4100000000 --from 2024-01-01 --save   keep it, apart from what was measured
  smrt estimate 4100000000 --kept                what is kept
  smrt estimate 4100000000 --revoke              take it away again

Up to two hours are a straight line, longer gaps take the course of like days, scaled to what the register moved by.
Nothing that was measured is ever changed: readings, days, exports and digests are those of what was received.";

/// Estimate quantities that are missing or cannot be right
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EstimateArgs {
    #[command(flatten)]
    meter: MeterArgs,
    #[command(flatten)]
    range: RangeArgs,
    /// Keep the estimates, in the place of those that were kept of the same time
    #[arg(long, conflicts_with_all = ["kept", "revoke"])]
    save: bool,
    /// Show the estimates that are kept
    #[arg(long, conflicts_with = "revoke")]
    kept: bool,
    /// Take away the estimates that are kept
    #[arg(long)]
    revoke: bool,
}

pub(crate) fn run(args: &EstimateArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut series = context.series()?;
    let channels = args.meter.channels(&mut series.store)?;
    let range = args.range.range();
    if channels.iter().all(is_sensor) {
        let message = format!("{} is a sensor: what it did not measure is not estimated", args.meter.code);
        return Err(CliError::NotFound(message, Some("`smrt anomalies` tells what is wrong with it".into())));
    }
    let mut found = Vec::with_capacity(channels.len());
    for stored in channels {
        let estimates = estimates(args, &mut series, &stored, &range)?;
        found.push((stored, estimates));
    }
    if args.save || args.revoke {
        keep(args, &found, &range, &series, context)?;
    }
    let mut rows =
        context.printer.rows_without(ESTIMATES, &unstated(found.iter().map(|(stored, _)| &stored.channel)))?;
    for (stored, estimates) in found.iter().filter(|_| !args.revoke) {
        for estimate in estimates {
            rows.push(estimate_row(stored, estimate))?;
        }
    }
    if rows.finish()? == 0 && !args.revoke {
        context.messages().note(if args.kept { "no estimates are kept" } else { "nothing is missing or wrong there" });
    }
    Ok(Outcome::Done)
}

/// Those that are kept, or those that are made now. What is like a day is known best of all days, so all are looked at.
fn estimates(
    args: &EstimateArgs,
    series: &mut Series,
    stored: &StoredChannel,
    range: &Range,
) -> Result<Vec<StoredEstimate>, CliError> {
    let (from, to) = range.instants(stored.channel.zone)?;
    if args.kept || args.revoke {
        return Ok(series.store.estimates(stored.id, from, to)?);
    }
    let Some(examined) = examine(series, stored, &Range::default())? else { return Ok(Vec::new()) };
    let now = smrt_ingest::now();
    let mut estimates = examined.estimates(now);
    estimates
        .retain(|estimate| from.is_none_or(|from| estimate.start >= from) && to.is_none_or(|to| estimate.start < to));
    Ok(estimates)
}

/// Keeps what was made, or takes away what is kept.
fn keep(
    args: &EstimateArgs,
    found: &[(StoredChannel, Vec<StoredEstimate>)],
    range: &Range,
    series: &Series,
    context: &Context,
) -> Result<(), CliError> {
    let stop = context.stop();
    let mut writer = series.store.writer()?;
    writer.begin(PATIENCE, &mut |_| !stop.is_requested())?;
    let mut gone = 0;
    for (stored, estimates) in found {
        let kept: &[StoredEstimate] = if args.revoke { &[] } else { estimates };
        gone += writer.replace_estimates(stored.id, range.instants(stored.channel.zone)?, kept)?;
    }
    writer.commit()?;
    let made: usize = found.iter().map(|(_, estimates)| estimates.len()).sum();
    context.messages().note(&match args.revoke {
        true => format!("{gone} estimates are revoked"),
        false => format!("{made} estimates are kept, apart from what was measured; {gone} were kept before"),
    });
    Ok(())
}
