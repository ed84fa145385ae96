//! `smrt doctor`: whether the database keeps its promises.

use crate::{
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column},
};

const EXAMPLES: &str = "\
Examples:
  smrt doctor
  smrt -o json doctor

Ends with 6 when a promise is broken, else with 0.";

/// Check that the database keeps its promises
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArgs {}

const COLUMNS: &[Column] = &[Column::word("check"), Column::word("ok"), Column::text("detail")];

pub(crate) fn run(_args: &DoctorArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let checks = context.store()?.doctor()?;
    let mut rows = context.printer.rows(COLUMNS)?;
    for check in &checks {
        rows.push(vec![Cell::text(check.name), Cell::Truth(check.ok), Cell::text(&check.detail)])?;
    }
    rows.finish()?;
    Ok(if checks.iter().all(|check| check.ok) { Outcome::Done } else { Outcome::Findings })
}
