//! `smrt validate`: every problem of files, without a database.

use crate::{
    args::{OutputForm, PathArgs, ReadArgs},
    context::{Context, reading_options},
    exit::{CliError, Outcome},
    progress::Progress,
    render::{
        Cell, Printer, Tone,
        finding::{self, Remark},
        report::counted,
        safe,
    },
};
use smrt_core::{Finding, Severity};
use smrt_ingest::{FileOutcome, Options, Status};
use std::io;

const EXAMPLES: &str = "\
Examples:
  smrt validate PN007505.SMRT       each problem with its line, column and text
  smrt validate inbox/              all files of a folder
  zcat big.gz | smrt validate -     what another program gives
  smrt -o csv validate inbox/       one problem a row, for a spreadsheet
  smrt explain P011                 what a code means

Ends with 6 when something would keep a file from being loaded, else with 0.";

/// Show every problem in files; needs no database
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    read: ReadArgs,
}

pub(crate) fn run(args: &ValidateArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let options = Options { stdin_name: args.paths.name.clone(), ..reading_options(&args.read, &context.config()?)? };
    let stop = context.stop();
    let progress = Progress::with_bar(context);
    let result = smrt_ingest::validate(&args.paths.paths, &options, &stop, &progress);
    drop(progress);
    let files = result?;
    print(&files, &mut context.printer)?;
    if files.is_empty() {
        context.messages().note("nothing to do: no file was found");
    }
    let bad = files.iter().any(|file| file.findings.has_errors());
    Ok(if bad { Outcome::Findings } else { Outcome::Done })
}

fn print(files: &[FileOutcome], printer: &mut Printer) -> io::Result<()> {
    match printer.form() {
        OutputForm::Table => files.iter().try_for_each(|file| print_for_people(file, printer)),
        OutputForm::Json => printer.objects(files.iter().map(object)),
        OutputForm::Ndjson | OutputForm::Csv => {
            let mut rows = printer.rows(finding::COLUMNS)?;
            for file in files {
                for found in file.findings.shown() {
                    let mut row = vec![Cell::text(file.place())];
                    row.extend(Remark::from(found).row());
                    rows.push(row)?;
                }
            }
            rows.finish().map(drop)
        }
    }
}

/// Whether a file would be loaded, in one word.
fn verdict(file: &FileOutcome) -> Cell<'static> {
    match file.status {
        Status::Skipped => Cell::Word("skipped", Tone::Dim),
        _ if file.findings.has_errors() => Cell::Word("invalid", Tone::Bad),
        _ => Cell::Word("valid", Tone::Good),
    }
}

fn object(file: &FileOutcome) -> Cell<'_> {
    let counts = file.findings.counts().map(|(code, count)| (code.into(), Cell::Integer(count))).collect();
    Cell::object([
        ("file", Cell::text(file.place())),
        ("format", Cell::maybe(file.format.map(|format| format.name()))),
        ("status", verdict(file)),
        ("records", Cell::Integer(file.records)),
        ("refused", Cell::Integer(file.refused)),
        ("findings", Cell::List(file.findings.shown().iter().map(finding_object).collect())),
        ("counts", Cell::Object(counts)),
    ])
}

/// A finding without its file.
pub(super) fn finding_object(found: &Finding) -> Cell<'_> {
    Cell::row(&finding::COLUMNS[1..], Remark::from(found).row())
}

/// The findings of a file one below the other, then a line about the file as a whole.
fn print_for_people(file: &FileOutcome, printer: &mut Printer) -> io::Result<()> {
    let colour = printer.colour();
    let path = file.place();
    let out = printer.out();
    for found in file.findings.shown() {
        Remark::from(found).write(out, &path, colour)?;
        writeln!(out)?;
    }
    let hidden = file.findings.total().saturating_sub(file.findings.shown().len() as u64);
    if hidden > 0 {
        let counts: Vec<_> = file.findings.counts().map(|(code, count)| format!("{code} {count}")).collect();
        writeln!(out, "… and {hidden} more findings in this file; of each code: {}\n", counts.join(", "))?;
    }
    let verdict = match verdict(file) {
        Cell::Word(word, tone) => tone.paint(word, colour).into_owned(),
        _ => String::new(),
    };
    let found = match file.findings.total() {
        0 => "nothing found".to_owned(),
        _ => [Severity::Error, Severity::Warning, Severity::Note]
            .iter()
            .map(|&severity| (file.findings.count_of(severity), severity))
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| counted(count, severity.as_str()))
            .collect::<Vec<_>>()
            .join(", "),
    };
    writeln!(out, "{}: {verdict}, {}, {found}", safe(&path), counted(file.records, "record"))?;
    out.flush()
}
