//! `smrt warehouse statistics`: what the rows add up to.

use crate::{
    context::Context,
    exit::{CliError, Outcome},
    render::Numbers,
};
use clap::ValueEnum;
use smrt_storage::{Level, Month};
use smrt_views::statistics;

const EXAMPLES: &str = "\
Examples:
  smrt warehouse statistics                                 every series by month
  smrt warehouse statistics entity --by day --from 2022-05 --to 2022-06
  smrt warehouse statistics --by year -o json

The same stands in the views warehouse_daily, warehouse_monthly and warehouse_yearly of the database. A mean is the sum
of all rows by their number.";

/// Show what rows add up to by day, month or year
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct StatisticsArgs {
    /// The series [default: all]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// How much is added up
    #[arg(long, value_enum, default_value_t, value_name = "LENGTH")]
    by: By,
    /// First month
    #[arg(long, value_name = "YYYY-MM")]
    from: Option<Month>,
    /// First month that is no longer meant
    #[arg(long, value_name = "YYYY-MM")]
    to: Option<Month>,
}

/// How much is added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum By {
    Day,
    #[default]
    Month,
    Year,
}

pub(super) fn run(args: &StatisticsArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut store = context.store()?;
    let series = statistics::chosen(&mut store, args.name.as_deref())?;
    let (level, mut unseen) = match args.by {
        By::Day => (Level::Day, vec![]),
        By::Month => (Level::Month, vec!["day"]),
        By::Year => (Level::Year, vec!["month", "day"]),
    };
    if series.iter().all(|series| series.key_columns == "[]") {
        unseen.push("keys");
    }
    let mut rows = context.printer.rows_of(statistics::COLUMNS, &unseen, Numbers::Floating)?;
    for series in &series {
        for found in store.statistics(series, level, (args.from, args.to))? {
            rows.push(statistics::row(series, &found))?;
        }
    }
    if rows.finish()? == 0 {
        context.messages().note("no rows; `smrt warehouse sync` fetches them");
    }
    Ok(Outcome::Done)
}
