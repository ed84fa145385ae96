//! `smrt warehouse`: tables of a production database, followed month by month, added up, and exported.

mod export;
mod follow;
mod run;
mod statistics;
mod sync;
mod tree;

pub(crate) use follow::FollowConfig;

use crate::{
    context::Context,
    exit::{CliError, Outcome},
};

const EXAMPLES: &str = "\
Examples:
  smrt warehouse sync --source postgres://reader@db.example/plant --table entity
  smrt warehouse statistics --by month               what it adds up to
  smrt warehouse export --year 2022 --dest exports   exports/year=2022/month=5/day=17/entity_stats_daily_2022_5_17.csv
  smrt warehouse run --months 2022-01..2022-12 --source postgres://reader@db.example/plant --table entity --dest exports

Of each month the source tells how many rows it has, their sum, least, greatest and a hash. Just the months of which it
tells something else than last time are fetched, and replaced in one transaction; so rows that come late, change, vanish,
or come again under other ids are all followed. Tables that are followed every night stand in the configuration:

  [warehouse.entity]
  source = \"postgres://reader@db.example/plant\"
  time = \"created_at\"
  value = \"value\"
  keys = [\"site\"]";

/// Follow tables of a production database: fetch what changed, add it up by day, month and year, export it
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WarehouseArgs {
    #[command(subcommand)]
    verb: WarehouseVerb,
}

#[derive(clap::Subcommand, Debug)]
enum WarehouseVerb {
    Sync(sync::SyncArgs),
    Statistics(statistics::StatisticsArgs),
    Export(export::ExportArgs),
    Run(run::RunArgs),
}

impl WarehouseArgs {
    /// Whether it answers with rows of one kind.
    pub(crate) fn answers_with_rows(&self) -> bool {
        matches!(self.verb, WarehouseVerb::Statistics(_))
    }
}

pub(crate) fn run(args: &WarehouseArgs, context: &mut Context) -> Result<Outcome, CliError> {
    match &args.verb {
        WarehouseVerb::Sync(args) => sync::run(args, context),
        WarehouseVerb::Statistics(args) => statistics::run(args, context),
        WarehouseVerb::Export(args) => export::run(args, context),
        WarehouseVerb::Run(args) => run::run(args, context),
    }
}
