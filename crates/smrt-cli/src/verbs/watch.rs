//! `smrt watch`: take files in as they arrive.

use crate::{
    args::{LoadArgs, OutputForm, must_exist},
    config::Config,
    context::{Context, loading_options},
    exit::{CliError, Outcome},
    progress::Progress,
    render::{json, report},
};
use smrt_ingest::{IngestError, Report, WatchOptions};
use smrt_views::reports;
use std::{io, path::PathBuf, time::Duration};

const EXAMPLES: &str = "\
Examples:
  smrt watch inbox/ --archive done --quarantine bad   until Ctrl-C
  smrt watch inbox/ --once                            what is complete now, then end; for cron
  smrt -o ndjson watch inbox/ >> loads.ndjson         one line for each file

A file is taken once its size and time have been at rest for --settle seconds; one that is still being written waits.
-o json prints one report for each round, on a line of its own; with --once just one for all.";

/// Load files of a folder as they arrive
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WatchArgs {
    /// The folder; all that is below it counts
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Take what is complete, wait for what is settling, and end
    #[arg(long)]
    once: bool,
    /// How long a file must be at rest before it is taken [default: 2]
    #[arg(long, value_name = "SECONDS")]
    settle: Option<u32>,
    #[command(flatten)]
    load: LoadArgs,
}

pub(crate) fn run(args: &WatchArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let config = context.config()?;
    let url = context.database(&config)?;
    let options = loading_options(&args.load, &config, context.lake(&config, &url))?;
    let watch = watch_options(args.settle, args.once, &config);
    if smrt_ingest::is_address(&args.folder) {
        let message =
            "expected a folder of this machine: for objects of a store run `smrt ingest` as often as is needed";
        return Err(CliError::Usage(message.to_owned()));
    }
    must_exist(&args.folder)?;
    let store = context.open(&url)?;
    let mut connect = || store.writer();
    let stop = context.stop();
    let messages = context.messages().clone();
    let progress = Progress::without_bar(&messages);
    let mut rounds = |each: &mut dyn FnMut(Report)| match smrt_ingest::watch(
        &mut connect,
        &args.folder,
        &options,
        &watch,
        &stop,
        &progress,
        each,
    ) {
        Ok(()) | Err(IngestError::Interrupted) => Ok(()),
        Err(error) => Err(CliError::from(error)),
    };
    if args.once {
        let mut all = Report { run_id: String::new(), files: Vec::new(), interrupted: false, duration: Duration::ZERO };
        rounds(&mut |report| append(&mut all, report))?;
        all.interrupted |= stop.is_requested();
        report::print(&all, false, &mut context.printer, &messages)?;
        return Ok(report::outcome(&all));
    }
    if args.folder.is_dir() {
        messages.note(&format!("watching {}; Ctrl-C ends it", args.folder.display()));
    }
    let mut printed = Ok(());
    let mut print = |result: io::Result<()>| {
        if result.is_err() && printed.is_ok() {
            // Whoever read along is gone, and so is the reason to go on.
            stop.request();
            printed = result;
        }
    };
    if context.printer.form() == OutputForm::Json {
        let out = context.printer.out();
        rounds(&mut |report| {
            report::explain_refused(&report, false, &messages);
            print(json::write_line(out, &reports::object(&report)).and_then(|()| out.flush()));
        })?;
    } else {
        let mut rows = context.printer.rows(reports::COLUMNS)?;
        rounds(&mut |report| print(report::print_round(&report, &mut rows, &messages)))?;
        rows.finish()?;
    }
    printed?;
    Ok(Outcome::Interrupted)
}

/// How a folder is watched, from options and configuration.
pub(crate) fn watch_options(settle: Option<u32>, once: bool, config: &Config) -> WatchOptions {
    let usual = WatchOptions::default();
    let seconds = |given: Option<u32>, usual| given.map_or(usual, |given| Duration::from_secs(given.into()));
    WatchOptions {
        settle: seconds(settle.or(config.watch.settle_seconds), usual.settle),
        rescan: seconds(config.watch.rescan_seconds.map(|seconds| seconds.max(1)), usual.rescan),
        unfinished_after: seconds(config.watch.unfinished_seconds, usual.unfinished_after),
        once,
    }
}

/// Adds the files of a later round to those of the rounds before.
fn append(all: &mut Report, round: Report) {
    all.run_id = round.run_id;
    all.files.extend(round.files);
    all.interrupted |= round.interrupted;
    all.duration += round.duration;
}
