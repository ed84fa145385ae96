//! `smrt digest`: one hash over all current readings, register reads and measurements.

use crate::{
    args::OutputForm,
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column},
};

const COLUMNS: &[Column] = &[Column::word("digest")];

pub(super) fn run(context: &mut Context) -> Result<Outcome, CliError> {
    let mut series = context.series()?;
    let measured = match series.store.lake()? {
        None => None,
        Some(_) => {
            let (measurements, store) = series.measurements()?;
            measurements.digest(store)?
        }
    };
    let digest = series.store.digest_with(measured.as_slice())?;
    match context.printer.form() {
        OutputForm::Table => {
            let out = context.printer.out();
            writeln!(out, "{digest}")?;
            out.flush()?;
        }
        OutputForm::Json | OutputForm::Ndjson => {
            context.printer.object(&Cell::object([("digest", Cell::text(digest))]))?;
        }
        OutputForm::Csv | OutputForm::Parquet => {
            let mut rows = context.printer.rows(COLUMNS)?;
            rows.push(vec![Cell::text(digest)])?;
            rows.finish()?;
        }
    }
    Ok(Outcome::Done)
}
