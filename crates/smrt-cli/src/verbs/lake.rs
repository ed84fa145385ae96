//! `smrt lake`: care of the lake beside the database.

use crate::{
    context::{Context, PATIENCE},
    exit::{CliError, Outcome},
    progress::Progress,
    render::{Cell, Column, Tone, report::counted},
};
use clap::Subcommand;
use smrt_core::Dataset;
use smrt_ingest::lake::{self, Attached, Collected, Compaction, Depth};
use smrt_storage::{DataFileFilter, Store};
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  smrt lake status              where it is and what is in it
  smrt lake compact             many small files into few
  smrt lake verify              log, files and database against each other, every row
  smrt lake verify --deep       and the hash of every byte
  smrt lake gc --grace 12h      take away what nobody needs any more";

/// Look after the lake of measurements: merge its files, prove it, clear it up
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LakeArgs {
    #[command(subcommand)]
    verb: LakeVerb,
}

/// What can be done with a lake.
#[derive(Debug, Subcommand)]
enum LakeVerb {
    /// Tell where the lake is and what is in it
    Status,
    /// Merge the small files of each day, and move values out of the way that others took the place of
    ///
    /// Others may read and load meanwhile. What is merged stays on disk until `smrt lake gc`.
    Compact,
    /// Prove the lake's log, its files and the database against each other
    ///
    /// Ends with 6 when a promise is broken, else with 0.
    Verify {
        /// Only lists, logs and the ends of files, not every row
        #[arg(long, conflicts_with = "deep")]
        quick: bool,
        /// Also the hash of every byte
        #[arg(long)]
        deep: bool,
    },
    /// Take away files that were merged into others, and those of loads that did not come to their end
    Gc {
        /// How long such files are kept for those who may still read them
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = a_duration)]
        grace: Duration,
        /// Only tell what would be taken away
        #[arg(long)]
        dry_run: bool,
    },
}

/// A length of time: 0s, 90m, 12h, 7d.
fn a_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected a time such as 90m, 12h or 7d, found {text:?}");
    let split = text.len().checked_sub(1).and_then(|at| text.split_at_checked(at));
    let (digits, unit) = split.ok_or_else(wrong)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| digits.parse::<u64>().ok()).flatten().and_then(|number| number.checked_mul(seconds));
    number.map(Duration::from_secs).ok_or_else(wrong)
}

/// The tables of the lake, one a row.
const TABLES: &[Column] = &[
    Column::word("table"),
    Column::number("files"),
    Column::number("rows"),
    Column::number("bytes"),
    Column::date("first_day"),
    Column::date("last_day"),
    Column::number("publication"),
    Column::number("waiting"),
];

const PROOFS: &[Column] = &[Column::word("check"), Column::word("ok"), Column::text("detail")];

const COMPACTION: &[Column] = &[
    Column::number("days"),
    Column::number("files_before"),
    Column::number("files_after"),
    Column::number("bytes_before"),
    Column::number("bytes_after"),
    Column::number("superseded"),
    Column::number("skipped"),
];

const COLLECTED: &[Column] =
    &[Column::number("replaced"), Column::number("orphans"), Column::number("bytes"), Column::number("kept")];

pub(crate) fn run(args: &LakeArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let config = context.config()?;
    let url = context.database(&config)?;
    let options = context.lake(&config, &url);
    let mut store = context.open(&url)?;
    let Some(row) = store.lake()? else {
        return Err(CliError::NotFound(
            "the database has no lake yet".into(),
            Some("the first file of measurements makes it, or `smrt ingest --lake PLACE`".into()),
        ));
    };
    let lake = Attached::new(row, &options)?;
    context.messages().detail(&format!("lake {}", lake.address()));
    match args.verb {
        LakeVerb::Status => status(&mut store, &lake, context),
        LakeVerb::Compact => compact(&store, &lake, context),
        LakeVerb::Verify { quick, deep } => {
            let depth = match (quick, deep) {
                (true, _) => Depth::Quick,
                (false, false) => Depth::Rows,
                (false, true) => Depth::Hashes,
            };
            verify(&mut store, &lake, depth, context)
        }
        LakeVerb::Gc { grace, dry_run } => gc(&store, &lake, grace, dry_run, context),
    }
}

fn status(store: &mut Store, lake: &Attached, context: &mut Context) -> Result<Outcome, CliError> {
    store.freeze()?;
    context.messages().note(&format!("lake {}", lake.address()));
    let mut rows = context.printer.rows(TABLES)?;
    for dataset in Dataset::ALL {
        let last = store.last_publication(dataset)?;
        if last == 0 {
            continue;
        }
        let files = store.data_files(dataset, &DataFileFilter::default())?;
        let published = lake.lake()?.published(dataset).map_err(smrt_ingest::IngestError::from)?.unwrap_or(0);
        let day = |day: Option<i32>| day.map_or(Cell::Null, Cell::date);
        rows.push(vec![
            Cell::Word(dataset.as_str(), Tone::Plain),
            Cell::Integer(files.len() as u64),
            Cell::Integer(files.iter().map(|file| file.rows).sum()),
            Cell::Integer(files.iter().map(|file| file.size).sum()),
            day(files.iter().map(|file| file.day).min()),
            day(files.iter().map(|file| file.day).max()),
            Cell::Integer(last),
            Cell::Integer(last.saturating_sub(published)),
        ])?;
    }
    rows.finish()?;
    Ok(Outcome::Done)
}

fn compact(store: &Store, lake: &Attached, context: &mut Context) -> Result<Outcome, CliError> {
    let mut writer = store.writer()?;
    let stop = context.stop();
    let progress = Progress::with_bar(context);
    let done = lake::compact(&mut writer, lake, PATIENCE, &stop, &progress);
    drop(progress);
    let Compaction { days, before, after, bytes_before, bytes_after, superseded, skipped } = done?;
    let mut rows = context.printer.rows(COMPACTION)?;
    rows.push([days, before, after, bytes_before, bytes_after, superseded, skipped].map(Cell::Integer).to_vec())?;
    rows.finish()?;
    context.messages().note(&match days {
        0 => "nothing to merge".to_owned(),
        _ => format!("merged {} of {} into {after}", counted(before, "file"), counted(days, "day")),
    });
    Ok(Outcome::Done)
}

fn verify(store: &mut Store, lake: &Attached, depth: Depth, context: &mut Context) -> Result<Outcome, CliError> {
    let stop = context.stop();
    let progress = Progress::with_bar(context);
    let proofs = lake::verify(store, lake, depth, &stop, &progress);
    drop(progress);
    let proofs = proofs?;
    let mut rows = context.printer.rows(PROOFS)?;
    for proof in &proofs {
        rows.push(vec![Cell::text(proof.name), Cell::Truth(proof.ok), Cell::text(&proof.detail)])?;
    }
    rows.finish()?;
    if proofs.is_empty() {
        context.messages().note("nothing is in the lake yet");
    }
    Ok(if proofs.iter().all(|proof| proof.ok) { Outcome::Done } else { Outcome::Findings })
}

fn gc(store: &Store, lake: &Attached, grace: Duration, dry: bool, context: &mut Context) -> Result<Outcome, CliError> {
    let Collected { replaced, orphans, bytes, kept } = lake::gc(&mut store.writer()?, lake, grace, dry, PATIENCE)?;
    let mut rows = context.printer.rows(COLLECTED)?;
    rows.push([replaced, orphans, bytes, kept].map(Cell::Integer).to_vec())?;
    rows.finish()?;
    let (what, all) = (if dry { "would take away" } else { "took away" }, replaced + orphans);
    context.messages().note(&format!("{what} {}, kept {kept} for now", counted(all, "file")));
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit() {
        for (text, seconds) in [("0s", 0), ("90m", 5400), ("12h", 43_200), ("7d", 604_800)] {
            assert_eq!(a_duration(text), Ok(Duration::from_secs(seconds)));
        }
        for text in ["", "7", "d", "-1d", "1.5h", "7 d", "99999999999999999999d", "1w", "7ü"] {
            assert!(a_duration(text).is_err(), "{text}");
        }
    }
}
