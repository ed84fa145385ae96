//! `smrt meters`: which meters there are.

use crate::{
    context::Context,
    exit::{CliError, Outcome},
};
use smrt_storage::MeterFilter;
use smrt_views::meters;

const EXAMPLES: &str = "\
Examples:
  smrt meters                  all of them
  smrt meters 00012            those whose number begins so
  smrt meters --limit 10
  smrt -o csv meters";

/// List the meters and sensors with their readings and range
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MetersArgs {
    /// Only meters whose number begins with this, and sensors whose name or UUID does
    #[arg(value_name = "PREFIX")]
    prefix: Option<String>,
    /// No more than this many
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

pub(crate) fn run(args: &MetersArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut store = context.store()?;
    let filter = MeterFilter { prefix: args.prefix.clone(), limit: args.limit, ..MeterFilter::default() };
    let found = store.meters(&filter)?;
    let mut unseen = Vec::new();
    for (column, is_empty) in [
        ("name", found.iter().all(|meter| meter.name.is_none())),
        ("register_reads", found.iter().all(|meter| meter.register_reads == 0)),
        ("measurements", found.iter().all(|meter| meter.measurements == 0)),
    ] {
        unseen.extend(is_empty.then_some(column));
    }
    let mut rows = context.printer.rows_without(meters::COLUMNS, &unseen)?;
    for meter in &found {
        rows.push(meters::row(meter))?;
    }
    if rows.finish()? == 0 {
        context.messages().note(match &args.prefix {
            Some(_) => "no meter's number begins so; `smrt meters` lists all",
            None => super::NOTHING_YET,
        });
    }
    Ok(Outcome::Done)
}
