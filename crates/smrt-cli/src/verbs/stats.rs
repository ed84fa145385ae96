//! `smrt stats`: everything counted.

use crate::{
    args::OutputForm,
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column},
};
use smrt_core::MarketZone;
use smrt_storage::Stats;
use smrt_views::stats;

const COLUMNS: &[Column] = &[Column::text("what"), Column::number("value")];

pub(super) fn run(context: &mut Context) -> Result<Outcome, CliError> {
    let mut store = context.store()?;
    let database = store.url().to_string();
    let found = store.stats()?;
    match context.printer.form() {
        OutputForm::Json | OutputForm::Ndjson => context.printer.object(&stats::object(&found, &database))?,
        OutputForm::Table | OutputForm::Csv | OutputForm::Parquet => {
            let mut rows = context.printer.rows(COLUMNS)?;
            for (what, value) in lines(&found, database) {
                rows.push(vec![Cell::text(what), value])?;
            }
            rows.finish()?;
        }
    }
    if found.meters == 0 {
        context.messages().note(super::NOTHING_YET);
    }
    Ok(Outcome::Done)
}

/// The same for people, one a line.
fn lines(stats: &Stats, database: String) -> Vec<(String, Cell<'_>)> {
    let mut lines = vec![
        ("database".to_owned(), Cell::text(database)),
        ("meters".to_owned(), Cell::Integer(stats.meters)),
        ("channels".to_owned(), Cell::Integer(stats.channels)),
        ("readings".to_owned(), Cell::Integer(stats.readings)),
        ("register reads".to_owned(), Cell::Integer(stats.register_reads)),
        ("superseded values".to_owned(), Cell::Integer(stats.superseded)),
        ("first interval".to_owned(), Cell::maybe_utc(stats.first)),
        ("last interval".to_owned(), Cell::maybe_utc(stats.last)),
    ];
    if stats.lake_files > 0 {
        lines.insert(4, ("measurements".to_owned(), Cell::Integer(stats.measurements)));
        lines.push(("lake files".to_owned(), Cell::Integer(stats.lake_files)));
        lines.push(("lake bytes".to_owned(), Cell::Integer(stats.lake_bytes)));
    }
    for (status, count) in &stats.files {
        lines.push((format!("files {status}"), Cell::Integer(*count)));
    }
    for (code, count) in &stats.findings {
        lines.push((format!("findings {code}"), Cell::Integer(*count)));
    }
    if let Some(file) = &stats.last_file {
        let when = MarketZone::Utc.rfc3339(file.received_at);
        lines.push(("last file".to_owned(), Cell::text(format!("{} {} {when}", file.name, file.status))));
    }
    lines
}
