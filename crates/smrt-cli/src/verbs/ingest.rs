//! `smrt ingest`: take files in.

use crate::{
    args::{LoadArgs, PathArgs, must_exist},
    context::{Context, is_absent, loading_options},
    exit::{CliError, Outcome},
    progress::Progress,
    render::report,
};
use smrt_ingest::{IngestError, Options, Report, lake::LakeOptions};
use smrt_storage::{DatabaseUrl, Store};
use std::{io, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  smrt ingest inbox/                                    all files in a folder and below it
  smrt ingest --dry-run inbox/                          what would happen
  smrt ingest --archive done --quarantine bad inbox/    clear the inbox
  smrt ingest --on-bad-record quarantine PN007505.SMRT  load the good records of a damaged file
  smrt ingest september.zip PN007505.SMRT.gz            archives: each file in them by itself
  smrt ingest s3://meters/2024/                         the objects below a prefix; see docs/sources.md
  fetch | smrt ingest - --name PN007505.SMRT            what another program gives
  smrt -o json ingest inbox/                            for a script

A file is loaded whole or not at all, and never twice: running it again does no harm.";

/// Load files, each whole or not at all
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct IngestArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    load: LoadArgs,
    /// Only tell what would happen; neither database nor files are changed
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: &IngestArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let config = context.config()?;
    let url = context.database(&config)?;
    let lake = context.lake(&config, &url);
    let options = args.paths.name_stdin(loading_options(&args.load, &config, lake)?);
    if args.dry_run {
        return dry_run(&args.paths.paths, &options, &url, context);
    }
    // Before the database is made: a path mistyped in a wrong folder should leave nothing there.
    args.paths.paths.iter().try_for_each(|path| must_exist(path))?;
    let store = context.open(&url)?;
    take_in(&args.paths.paths, &options, &store, context)
}

/// Loads files and prints what became of them.
pub(super) fn take_in(
    paths: &[PathBuf],
    options: &Options,
    store: &Store,
    context: &mut Context,
) -> Result<Outcome, CliError> {
    let mut writer = store.writer()?;
    let stop = context.stop();
    let progress = Progress::with_bar(context);
    let result = smrt_ingest::ingest(&mut writer, paths, options, &stop, &progress);
    drop(progress);
    print(&result?, false, context)
}

/// Tells what a load would do. A database that does not exist yet is not made for it: an empty one in a temporary
/// folder answers the same.
fn dry_run(
    paths: &[PathBuf],
    options: &Options,
    url: &DatabaseUrl,
    context: &mut Context,
) -> Result<Outcome, CliError> {
    let stop = context.stop();
    let mut lake = None;
    let (store, _folder) = if is_absent(url) {
        let temporary = |error| CliError::Ingest(IngestError::Temporary(error));
        let folder = tempfile::Builder::new().prefix("smrt-").tempdir().map_err(temporary)?;
        context.messages().detail(&format!("database {url}: not there yet, an empty one stands in"));
        let beside = LakeOptions { beside: Some(folder.path().to_owned()), ..options.lake.clone() };
        lake = Some(Options { lake: beside, ..options.clone() });
        (Store::open(&DatabaseUrl::sqlite(folder.path().join("smrt.db")))?, Some(folder))
    } else {
        (context.open(url)?, None)
    };
    let mut writer = store.writer()?;
    let progress = Progress::with_bar(context);
    let result = smrt_ingest::dry_run(&mut writer, paths, lake.as_ref().unwrap_or(options), &stop, &progress);
    drop(progress);
    print(&result?, true, context)
}

/// Prints a report. The files are what matters: whoever closes stdout early does not change how the run ends.
fn print(report: &Report, dry_run: bool, context: &mut Context) -> Result<Outcome, CliError> {
    let messages = context.messages().clone();
    match report::print(report, dry_run, &mut context.printer, &messages) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(report::outcome(report)),
    }
}
