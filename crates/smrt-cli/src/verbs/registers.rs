//! `smrt registers`: what the registers of one meter showed.

use crate::{
    args::{MeterArgs, RangeArgs},
    context::Context,
    exit::{CliError, Outcome},
    render::Cell,
};
use smrt_views::registers;

const EXAMPLES: &str = "\
Examples:
  smrt registers 0000000001
  smrt registers 0000000001 --from 2015-09-01 --to 2015-10-01    read in one month
  smrt registers 0000000001 --all                                also what later versions replaced
  smrt -o csv registers 0000000001 > registers.csv

--from and --to choose by the time of the read.";

/// Show the register reads of a meter, each with the file and line it came from
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RegistersArgs {
    #[command(flatten)]
    meter: MeterArgs,
    #[command(flatten)]
    range: RangeArgs,
    /// Also reads that others took the place of
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(args: &RegistersArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut store = context.store()?;
    let mut found = Vec::new();
    for stored in args.meter.channels(&mut store)? {
        let (from, to) = args.range.range().instants(stored.channel.zone)?;
        let reads = store.register_reads(stored.id, from, to, args.all)?;
        found.push((stored.channel, reads));
    }
    let all: Vec<Vec<Cell<'_>>> =
        found.iter().flat_map(|(channel, reads)| reads.iter().map(|read| registers::row(channel, read))).collect();
    let mut rows = context.printer.rows_without(registers::COLUMNS, &registers::empty(&all))?;
    for row in all {
        rows.push(row)?;
    }
    if rows.finish()? == 0 {
        context.messages().note("no register reads there; `smrt meters` tells which meters have some");
    }
    Ok(Outcome::Done)
}
