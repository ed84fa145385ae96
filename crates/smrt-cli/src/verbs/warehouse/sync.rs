//! `smrt warehouse sync`: what has changed in the source is fetched.

use super::follow::{FollowArgs, Followed};
use crate::{
    args::OutputForm,
    context::Context,
    exit::{CliError, Outcome},
    progress::FetchProgress,
    render::{Cell, Column, report::counted},
};
use smrt_storage::{Month, Source, SyncReport, Warehouse};

const EXAMPLES: &str = "\
Examples:
  smrt warehouse sync --source postgres://reader@db.example/plant --table entity
  smrt warehouse sync --month 2022-05          that month of every table of the configuration
  smrt warehouse sync entity -o json           one table of the configuration

What was there is replaced in one transaction; whatever goes wrong, the warehouse stays as it was. Rows without a time or
a finite value count for nothing; they are told of.";

/// Fetch the months that have changed
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct SyncArgs {
    #[command(flatten)]
    follow: FollowArgs,
    /// Just this month
    #[arg(long, value_name = "YYYY-MM")]
    month: Option<Month>,
}

/// Months, one a row.
const COLUMNS: &[Column] = &[
    Column::text("series"),
    Column::word("period"),
    Column::word("changed"),
    Column::number("rows_before"),
    Column::number("rows_after"),
];

pub(super) fn run(args: &SyncArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let config = context.config()?;
    let tables = args.follow.tables(&config)?;
    // A source that is away must not make a database.
    let mut sources = Sources::default();
    sources.open(&tables)?;
    let store = context.open(&context.database(&config)?)?;
    let mut warehouse = Warehouse::open(&store)?;
    let mut reports = Vec::new();
    for followed in &tables {
        let report = fetch(&mut warehouse, &mut sources, followed, args.month, context)?;
        reports.push((followed.1.name.as_str(), report));
    }
    print(&reports, context)?;
    Ok(Outcome::Done)
}

/// Connections to sources, one for all tables of a source, so that these are seen in one state.
#[derive(Default)]
pub(super) struct Sources(Vec<(smrt_storage::DatabaseUrl, Source)>);

impl Sources {
    /// Connects to the sources of these tables.
    pub(super) fn open(&mut self, tables: &[Followed]) -> Result<(), CliError> {
        for (url, _) in tables {
            if !self.0.iter().any(|(known, _)| known == url) {
                self.0.push((url.clone(), Source::open(url)?));
            }
        }
        Ok(())
    }
}

/// Fetches what has changed of a table, and tells what cannot be seen from the months.
pub(super) fn fetch(
    warehouse: &mut Warehouse,
    sources: &mut Sources,
    (url, table): &Followed,
    month: Option<Month>,
    context: &Context,
) -> Result<SyncReport, CliError> {
    let Some((_, source)) = sources.0.iter_mut().find(|(known, _)| known == url) else {
        return Err(CliError::Usage(format!("{url} was not opened")));
    };
    context.messages().detail(&format!("{} of {url}", table.table));
    let progress = FetchProgress::new(context, context.stop());
    let report = warehouse.sync(source, table, month, &progress);
    drop(progress);
    let report = report?;
    if report.left_out > 0 {
        let rows = counted(report.left_out, "row");
        context.messages().warning(&format!("{}: {rows} without a time or a finite value left out", table.name));
    }
    Ok(report)
}

fn print(reports: &[(&str, SyncReport)], context: &mut Context) -> Result<(), CliError> {
    let everything =
        || reports.iter().flat_map(|(series, report)| report.periods.iter().map(move |period| (*series, period)));
    let cells = |(series, period): (&str, &smrt_storage::PeriodSync)| {
        vec![
            Cell::text(series.to_owned()),
            Cell::text(period.period.to_string()),
            Cell::Truth(period.changed),
            Cell::Integer(period.rows_before),
            Cell::Integer(period.rows_after),
        ]
    };
    let changed = everything().filter(|(_, period)| period.changed).count() as u64;
    if context.printer.form() == OutputForm::Json {
        let periods = everything().map(|period| Cell::row(COLUMNS, cells(period))).collect();
        let left_out = reports.iter().map(|(_, report)| report.left_out).sum();
        context.printer.object(&Cell::object([
            ("periods", Cell::List(periods)),
            ("changed", Cell::Integer(changed)),
            ("left_out", Cell::Integer(left_out)),
        ]))?;
    } else {
        // People look for what is new.
        let for_people = context.printer.form() == OutputForm::Table;
        let mut rows = context.printer.rows(COLUMNS)?;
        for period in everything().filter(|(_, period)| period.changed || !for_people) {
            rows.push(cells(period))?;
        }
        rows.finish()?;
    }
    let all = everything().count() as u64;
    let rows: u64 = everything().filter(|(_, period)| period.changed).map(|(_, period)| period.rows_after).sum();
    context.messages().note(&match changed {
        0 => format!("{}, nothing changed", counted(all, "month")),
        _ => format!("{changed} of {} changed, {} fetched", counted(all, "month"), counted(rows, "row")),
    });
    Ok(())
}
