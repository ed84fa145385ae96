//! `smrt stats`: everything counted.

use crate::{
    args::OutputForm,
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column, Tone},
};
use smrt_core::MarketZone;
use smrt_storage::{FileStatus, Stats};

const COLUMNS: &[Column] = &[Column::text("what"), Column::number("value")];

pub(super) fn run(context: &mut Context) -> Result<Outcome, CliError> {
    let mut store = context.store()?;
    let database = store.url().to_string();
    let stats = store.stats()?;
    match context.printer.form() {
        OutputForm::Json | OutputForm::Ndjson => context.printer.object(&object(&stats, &database))?,
        OutputForm::Table | OutputForm::Csv | OutputForm::Parquet => {
            let mut rows = context.printer.rows(COLUMNS)?;
            for (what, value) in lines(&stats, database) {
                rows.push(vec![Cell::text(what), value])?;
            }
            rows.finish()?;
        }
    }
    if stats.meters == 0 {
        context.messages().note(super::NOTHING_YET);
    }
    Ok(Outcome::Done)
}

fn object(stats: &Stats, database: &str) -> Cell<'static> {
    let files = FileStatus::ALL.iter().map(|status| {
        let count = stats.files.get(status).copied().unwrap_or_default();
        (status.as_str().replace('-', "_").into(), Cell::Integer(count))
    });
    let findings = stats.findings.iter().map(|(code, count)| (code.clone().into(), Cell::Integer(*count)));
    let last = stats.last_file.as_ref().map_or(Cell::Null, |file| {
        Cell::object([
            ("name", Cell::text(file.name.clone())),
            ("status", Cell::Word(file.status.as_str(), Tone::Plain)),
            ("received_at", Cell::maybe_utc(Some(file.received_at))),
        ])
    });
    Cell::object([
        ("database", Cell::text(database.to_owned())),
        ("meters", Cell::Integer(stats.meters)),
        ("channels", Cell::Integer(stats.channels)),
        ("readings", Cell::Integer(stats.readings)),
        ("measurements", Cell::Integer(stats.measurements)),
        ("register_reads", Cell::Integer(stats.register_reads)),
        ("superseded", Cell::Integer(stats.superseded)),
        ("lake_files", Cell::Integer(stats.lake_files)),
        ("lake_bytes", Cell::Integer(stats.lake_bytes)),
        ("first", Cell::maybe_utc(stats.first)),
        ("last", Cell::maybe_utc(stats.last)),
        ("files", Cell::Object(files.collect())),
        ("findings", Cell::Object(findings.collect())),
        ("last_file", last),
    ])
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
