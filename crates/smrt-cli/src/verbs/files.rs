//! `smrt files`: what was received, when, and with what outcome.

use crate::{
    args::{LoadArgs, OutputForm},
    context::{Context, loading_options},
    exit::{CliError, Outcome},
    render::{Cell, Printer, finding, report::counted, safe},
};
use clap::ValueEnum;
use smrt_ingest::{Options, Report};
use smrt_storage::{FileFilter, FileRow, FileStatus, Store};
use smrt_views::{files, findings::Remark, reports};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// How many refused records of a file are shown to people.
const SHOWN_RECORDS: usize = 20;

const EXAMPLES: &str = "\
Examples:
  smrt files                        all of them, the newest first
  smrt files last                   the one received last
  smrt files PN007505.SMRT          one file, with what was found in it
  smrt files --status rejected
  smrt files retry                  try rejected files again that are still where they were
  smrt files retry --on-bad-record quarantine";

/// Show which files were received and what became of them
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
#[command(subcommand_value_name = "retry", subcommand_help_heading = "Or", disable_help_subcommand = true)]
pub(crate) struct FilesArgs {
    #[command(subcommand)]
    action: Option<Action>,
    /// The name of a file, or `last` for the one received last [default: all]
    #[arg(value_name = "NAME|last")]
    what: Option<String>,
    /// Only files that ended so
    #[arg(long, value_enum, value_name = "STATUS")]
    status: Option<Status>,
    /// Only the newest so many
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Try rejected files again that are still where they were
    #[command(after_help = EXAMPLES)]
    Retry(LoadArgs),
}

/// How a file ended.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Status {
    Loaded,
    Rejected,
    Duplicate,
    NameConflict,
}

impl From<Status> for FileStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Loaded => Self::Loaded,
            Status::Rejected => Self::Rejected,
            Status::Duplicate => Self::Duplicate,
            Status::NameConflict => Self::NameConflict,
        }
    }
}

pub(crate) fn run(args: &FilesArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut store = context.store()?;
    let filter = FileFilter { status: args.status.map(Into::into), newest: args.limit, ..FileFilter::default() };
    if let Some(Action::Retry(load)) = &args.action {
        return retry(&mut store, load, context);
    }
    match args.what.as_deref() {
        None => list(&mut store, &filter, context),
        Some("last") => last(&mut store, &filter, context),
        Some(name) => one(&mut store, FileFilter { name: Some(name.to_owned()), ..filter }, context),
    }
}

impl FilesArgs {
    /// Whether files are to be loaded rather than shown.
    pub(super) fn tries_again(&self) -> bool {
        self.action.is_some()
    }
}

fn list(store: &mut Store, filter: &FileFilter, context: &mut Context) -> Result<Outcome, CliError> {
    let files = store.files(filter)?;
    print(&files, &mut context.printer)?;
    if files.is_empty() {
        context.messages().note(match filter.status {
            Some(_) => "no file ended so",
            None => "no files yet; load some with `smrt ingest DIR`",
        });
    }
    Ok(Outcome::Done)
}

/// The file received last: one object.
fn last(store: &mut Store, filter: &FileFilter, context: &mut Context) -> Result<Outcome, CliError> {
    let files = store.files(&FileFilter { newest: Some(1), ..filter.clone() })?;
    match (files.first(), context.printer.form()) {
        (None, _) => return Err(CliError::NotFound("no file was received".into(), Some(super::NOTHING_YET.into()))),
        (Some(file), OutputForm::Json) => context.printer.object(&Cell::row(files::COLUMNS, files::row(file)))?,
        (Some(_), _) => print(&files, &mut context.printer)?,
    }
    Ok(Outcome::Done)
}

/// The files of one name; people see what was found in them, too.
fn one(store: &mut Store, filter: FileFilter, context: &mut Context) -> Result<Outcome, CliError> {
    let files = store.files(&filter)?;
    if files.is_empty() {
        let hint = Some("`smrt files` lists all; a name has no folders".to_owned());
        return Err(CliError::NotFound(format!("no file {:?} was received", filter.name.unwrap_or_default()), hint));
    }
    print(&files, &mut context.printer)?;
    if context.printer.form() == OutputForm::Table {
        for file in &files {
            print_details(store, file, &mut context.printer)?;
        }
    }
    Ok(Outcome::Done)
}

fn print(found: &[FileRow], printer: &mut Printer) -> io::Result<()> {
    let mut rows = printer.rows(files::COLUMNS)?;
    found.iter().try_for_each(|file| rows.push(files::row(file)))?;
    rows.finish().map(drop)
}

/// What was found in a file, and the records of it that were refused.
fn print_details(store: &mut Store, file: &FileRow, printer: &mut Printer) -> Result<(), CliError> {
    let findings = store.findings_of(file.id)?;
    let records = store.quarantined_of(file.id)?;
    let colour = printer.colour();
    let out = printer.out();
    let total: u64 = findings.counts.iter().map(|(_, count)| count).sum();
    if total > 0 {
        writeln!(out, "\n{} in {} received {}:\n", counted(total, "finding"), safe(&file.path), when(file))?;
    }
    for found in &findings.shown {
        finding::write(Remark::from(found), out, &file.path, colour)?;
        writeln!(out)?;
    }
    let hidden = total.saturating_sub(findings.shown.len() as u64);
    if hidden > 0 {
        let counts: Vec<_> = findings.counts.iter().map(|(code, count)| format!("{code} {count}")).collect();
        writeln!(out, "… and {hidden} more; of each code: {}", counts.join(", "))?;
    }
    if !records.is_empty() {
        writeln!(out, "{} kept aside:\n", counted(records.len() as u64, "refused record"))?;
    }
    for record in records.iter().take(SHOWN_RECORDS) {
        writeln!(out, "  line {}, {}: {}", record.line, record.code, safe(&record.text))?;
    }
    if records.len() > SHOWN_RECORDS {
        writeln!(out, "  … and {} more", records.len() - SHOWN_RECORDS)?;
    }
    Ok(out.flush()?)
}

fn when(file: &FileRow) -> String {
    smrt_core::MarketZone::Utc.rfc3339(file.received_at)
}

/// Tries the rejected files again that are still where they were and were not loaded since.
fn retry(store: &mut Store, load: &LoadArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let of = |status| FileFilter { status: Some(status), ..FileFilter::default() };
    let loaded: BTreeSet<String> = store.files(&of(FileStatus::Loaded))?.into_iter().map(|file| file.name).collect();
    let rejected = store.files(&of(FileStatus::Rejected))?;
    // Files of sensors are known by their names below the folder they were found in.
    let paths: BTreeMap<PathBuf, String> = rejected
        .into_iter()
        .filter(|file| !loaded.contains(&file.name) && Path::new(&file.path).is_file())
        .map(|file| (file.path.into(), file.name))
        .collect();
    if paths.is_empty() {
        let nothing = Report { run_id: String::new(), files: Vec::new(), interrupted: false, duration: Duration::ZERO };
        if context.printer.form() == OutputForm::Json {
            context.printer.object(&reports::object(&nothing))?;
        }
        context.messages().note("nothing to do: no rejected file is still where it was");
        return Ok(Outcome::Done);
    }
    let config = context.config()?;
    let options = loading_options(load, &config, context.lake(&config, store.url()))?;
    let named: Vec<PathBuf> = paths.keys().cloned().collect();
    super::ingest::take_in(&named, &Options { known_as: paths, ..options }, store, context)
}
