//! `smrt warehouse run`: fetch and export month by month, as a nightly job does.

use super::{
    export::{self, ToArgs},
    follow::FollowArgs,
    sync::{self, Sources},
    tree::Scope,
};
use crate::{
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column, report::counted},
};
use smrt_storage::{Month, Warehouse};

const EXAMPLES: &str = "\
Examples:
  smrt warehouse run --months 2022-01..2022-12 --source postgres://reader@db.example/plant --table entity --dest exports
  smrt warehouse run --months 2022-05 --dest exports          one month of all tables of the configuration

Each month is fetched and exported before the next. It may be run as often as one likes: what has not changed is neither
fetched nor written again. After an interruption the same command goes on. A second run at the same time ends at once
with exit code 75.";

/// Fetch and export month by month
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct RunArgs {
    #[command(flatten)]
    follow: FollowArgs,
    /// The first and the last month
    #[arg(long, value_name = "YYYY-MM..YYYY-MM", value_parser = months)]
    months: (Month, Month),
    #[command(flatten)]
    to: ToArgs,
}

/// `2022-01..2022-12`, both included, or one month.
fn months(text: &str) -> Result<(Month, Month), String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last): (Month, Month) = (first.parse()?, last.parse()?);
    if last < first { Err(format!("{last} is before {first}")) } else { Ok((first, last)) }
}

const COLUMNS: &[Column] = &[
    Column::text("series"),
    Column::word("period"),
    Column::word("changed"),
    Column::number("rows_before"),
    Column::number("rows_after"),
    Column::number("files_written"),
    Column::number("files_removed"),
];

pub(super) fn run(args: &RunArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let config = context.config()?;
    let tables = args.follow.tables(&config)?;
    let stop = context.stop();
    // A source that is away must not make a database.
    Sources::default().open(&tables)?;
    let mut store = context.open(&context.database(&config)?)?;
    let mut warehouse = Warehouse::open(&store)?;
    let (mut found, mut changed, mut month) = (Vec::new(), 0, args.months.0);
    while month <= args.months.1 {
        let mut sources = Sources::default();
        sources.open(&tables)?;
        for followed in &tables {
            let report = sync::fetch(&mut warehouse, &mut sources, followed, Some(month), context)?;
            let series = [store.followed(&followed.1.name)?];
            let done = export::write(&mut store, &series, Scope::Month(month), &args.to, &config.objects, &stop)?;
            changed += report.changed();
            let before = report.periods.first().map_or(0, |period| period.rows_before);
            let after = report.periods.first().map_or(0, |period| period.rows_after);
            found.push((
                followed.1.name.clone(),
                month,
                report.changed() > 0,
                [before, after, done.written, done.removed],
            ));
        }
        month = month.next();
    }
    let all = found.len() as u64;
    let mut rows = context.printer.rows(COLUMNS)?;
    for (series, month, changed, numbers) in found {
        let mut cells = vec![Cell::text(series), Cell::text(month.to_string()), Cell::Truth(changed)];
        cells.extend(numbers.map(Cell::Integer));
        rows.push(cells)?;
    }
    rows.finish()?;
    context.messages().note(&format!("{changed} of {} changed", counted(all, "month")));
    Ok(Outcome::Done)
}
