//! `smrt validate`: every problem of files, without a database.

use crate::{
    args::{OutputForm, PathArgs, ReadArgs},
    context::{Context, reading_options},
    exit::{CliError, Outcome},
    render::{Cell, Column, Paint, PerFile, Printer, Tone, finding, report::counted, safe},
};
use smrt_core::{Finding, Severity};
use smrt_ingest::{FileOutcome, Status};
use smrt_views::findings::{self, Remark};
use std::io;

const EXAMPLES: &str = "\
Examples:
  smrt validate PN007505.SMRT       each problem with its line, column and text
  smrt validate inbox/              all files of a folder
  zcat big.gz | smrt validate -     what another program gives
  smrt -o csv validate inbox/       one problem a row, for a spreadsheet
  smrt explain P011                 what a code means

Ends with 6 when something would keep a file from being loaded, else with 0; what is of no known format in folders and
archives is skipped, as it is when files are loaded.";

/// Show every problem in files; needs no database
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    read: ReadArgs,
}

/// The columns of files, one a row.
const FILES: &[Column] = &[
    Column::text("file"),
    Column::word("format"),
    Column::word("status"),
    Column::number("records"),
    Column::number("refused"),
    Column::text("findings"),
    Column::text("counts"),
];

pub(crate) fn run(args: &ValidateArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let options = args.paths.name_stdin(reading_options(&args.read, &context.config()?)?);
    let stop = context.stop();
    let (mut files, mut bad) = (0, false);
    let (progress, printer) = context.progress_and_printer();
    let form = printer.form();
    let mut sheet = PerFile::new(printer, if form == OutputForm::Json { FILES } else { findings::COLUMNS })?;
    smrt_ingest::validate(&args.paths.paths, &options, &stop, &progress, &mut |file| {
        files += 1;
        bad |= file.findings.has_errors() && !file.is_foreign();
        progress.beside(|| print(&file, form, &mut sheet)).map_err(CliError::from)
    })?;
    sheet.finish()?;
    drop(progress);
    if files == 0 {
        context.messages().note("nothing to do: no file was found");
    }
    Ok(if bad { Outcome::Findings } else { Outcome::Done })
}

fn print(file: &FileOutcome, form: OutputForm, sheet: &mut PerFile<'_>) -> io::Result<()> {
    match sheet {
        PerFile::Lines(printer) => print_for_people(file, printer),
        PerFile::Rows(rows) if form == OutputForm::Json => rows.push(row(file)),
        PerFile::Rows(rows) => file.findings.shown().iter().try_for_each(|found| {
            let mut row = vec![Cell::text(file.place())];
            row.extend(Remark::from(found).row());
            rows.push(row)
        }),
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

/// A file as a row of [`FILES`].
fn row(file: &FileOutcome) -> Vec<Cell<'_>> {
    let counts = file.findings.counts().map(|(code, count)| (code.into(), Cell::Integer(count))).collect();
    vec![
        Cell::text(file.place()),
        Cell::maybe(file.format.map(|format| format.name())),
        verdict(file),
        Cell::Integer(file.records),
        Cell::Integer(file.refused),
        Cell::List(file.findings.shown().iter().map(finding_object).collect()),
        Cell::Object(counts),
    ]
}

/// A finding without its file.
pub(super) fn finding_object(found: &Finding) -> Cell<'_> {
    Cell::row(&findings::COLUMNS[1..], Remark::from(found).row())
}

/// The findings of a file one below the other, then a line about the file as a whole.
fn print_for_people(file: &FileOutcome, printer: &mut Printer) -> io::Result<()> {
    let colour = printer.colour();
    let path = file.place();
    let out = printer.out();
    if let Some(reason) = file.reason.as_ref().filter(|_| file.is_foreign()) {
        // Nothing is wrong with it: it is just none of those that are loaded.
        writeln!(out, "{}: {}, {}", safe(&path), Tone::Dim.paint("skipped", colour), safe(&reason.message))?;
        return out.flush();
    }
    for found in file.findings.shown() {
        finding::write(Remark::from(found), out, &path, colour)?;
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
