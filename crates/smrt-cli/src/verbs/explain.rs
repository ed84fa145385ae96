//! `smrt explain`: the page of a finding.

use crate::{
    args::OutputForm,
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column, Paint},
};
use smrt_core::Code;
use smrt_views::findings::tone;
use std::io;

const EXAMPLES: &str = "\
Examples:
  smrt explain P011
  smrt explain bad-date
  smrt explain            all codes";

/// Explain what a finding means and what to do
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The code or its name [default: a list of all]
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

const COLUMNS: &[Column] =
    &[Column::word("code"), Column::word("name"), Column::word("severity"), Column::text("explanation").unseen()];

pub(crate) fn run(args: &ExplainArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let Some(wanted) = &args.code else {
        let mut rows = context.printer.rows(COLUMNS)?;
        smrt_ingest::codes().try_for_each(|code| rows.push(row(code)))?;
        rows.finish()?;
        return Ok(Outcome::Done);
    };
    let code = smrt_ingest::codes()
        .find(|code| code.id.eq_ignore_ascii_case(wanted) || code.name.eq_ignore_ascii_case(wanted))
        .ok_or_else(|| {
            CliError::NotFound(format!("no finding has the code {wanted:?}"), Some("`smrt explain` lists all".into()))
        })?;
    match context.printer.form() {
        OutputForm::Table => print_page(code, context)?,
        OutputForm::Json | OutputForm::Ndjson => context.printer.object(&Cell::row(COLUMNS, row(code)))?,
        OutputForm::Csv | OutputForm::Parquet => {
            let mut rows = context.printer.rows(COLUMNS)?;
            rows.push(row(code))?;
            rows.finish()?;
        }
    }
    Ok(Outcome::Done)
}

fn row(code: &'static Code) -> Vec<Cell<'static>> {
    vec![
        Cell::text(code.id),
        Cell::text(code.name),
        Cell::Word(code.severity.as_str(), tone(code.severity)),
        Cell::text(code.explanation),
    ]
}

fn print_page(code: &Code, context: &mut Context) -> io::Result<()> {
    let width = context.printer.room().unwrap_or(80).min(100);
    let head = format!("{}[{}]", code.severity, code.id);
    let head = tone(code.severity).paint(&head, context.printer.colour()).into_owned();
    let out = context.printer.out();
    writeln!(out, "{head} {}\n", code.name)?;
    for paragraph in code.explanation.split("\n\n") {
        writeln!(out, "{}", wrapped(paragraph, width))?;
    }
    out.flush()
}

/// Text in lines of `width` at most, cut between words.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let room = width.saturating_sub(word.chars().count() + 1);
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words() {
        assert_eq!(wrapped("a bb ccc dddd", 6), "a bb\nccc\ndddd");
        assert_eq!(wrapped("alongword b", 4), "alongword\nb");
    }

    #[test]
    fn every_code_has_a_page() {
        for code in smrt_ingest::codes() {
            assert!(code.explanation.len() > 20, "{}", code.id);
        }
    }
}
