//! `smrt warehouse export`: the tree of statistics in a folder or a bucket, the same bytes for the same data.

use super::tree::{self, Format, Scope, TreeFile};
use crate::{
    context::Context,
    exit::{CliError, Outcome},
    publish::{
        Destination, Folder,
        manifest::{Entry, Manifest, WAREHOUSE},
    },
    render::{Cell, Column, report::counted, safe},
};
use sha2::{Digest, Sha256};
use smrt_ingest::Stop;
use smrt_objects::{Address, Settings};
use smrt_storage::{FollowedSeries, Month, Store, Warehouse};
use smrt_views::statistics::chosen;
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  smrt warehouse export --dest exports                       all that is there
  smrt warehouse export --month 2022-05 --dest exports       a month, its days, and its year
  smrt warehouse export --since 2022-05 --dest s3://bi/stats --format parquet

  exports/year=2022/entity_stats_yearly_2022.csv
  exports/year=2022/month=5/entity_stats_monthly_2022_5.csv
  exports/year=2022/month=5/day=17/entity_stats_daily_2022_5_17.csv

A file whose rows are gone is removed, one that is still the same is left alone, every other is replaced at once.
manifest.json lists each file with its rows and SHA-256.";

/// Write statistics as a tree of files
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExportArgs {
    /// The series [default: all]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Just this year
    #[arg(long, value_name = "YYYY", conflicts_with_all = ["month", "since"], value_parser = clap::value_parser!(i32).range(1..=9999))]
    year: Option<i32>,
    /// Just this month, and its year
    #[arg(long, value_name = "YYYY-MM", conflicts_with = "since")]
    month: Option<Month>,
    /// This month and all after it, and their years
    #[arg(long, value_name = "YYYY-MM")]
    since: Option<Month>,
    #[command(flatten)]
    to: ToArgs,
}

/// Where files go.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct ToArgs {
    /// The folder, made if it is not there, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "DIR|s3://…", value_parser = crate::args::a_path)]
    dest: PathBuf,
    /// How files are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What an export has done.
#[derive(Debug, Default)]
pub(super) struct Exported {
    /// Files that were written.
    pub(super) written: u64,
    /// Files that were the same already.
    pub(super) same: u64,
    /// Files that went.
    pub(super) removed: u64,
}

const COLUMNS: &[Column] = &[Column::number("written"), Column::number("unchanged"), Column::number("removed")];

pub(super) fn run(args: &ExportArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let scope = match (args.year, args.month, args.since) {
        (Some(year), _, _) => Scope::Year(year),
        (_, Some(month), _) => Scope::Month(month),
        (_, _, Some(month)) => Scope::Since(month),
        _ => Scope::All,
    };
    let settings = context.config()?.objects;
    let mut store = context.store()?;
    let series = chosen(&mut store, args.name.as_deref())?;
    // A folder can be locked, a bucket cannot: there all who export must come from one warehouse, one after the other.
    let _alone = match args.to.dest.to_str() {
        Some(text) if Address::is_meant(text) => Some(Warehouse::open(&store)?),
        _ => None,
    };
    let done = write(&mut store, &series, scope, &args.to, &settings, &context.stop())?;
    let mut rows = context.printer.rows(COLUMNS)?;
    rows.push([done.written, done.same, done.removed].map(Cell::Integer).to_vec())?;
    rows.finish()?;
    let files = counted(done.written + done.same, "file");
    let place = args.to.dest.display().to_string();
    context.messages().note(&format!("{files} in {}, {} written", safe(&place), done.written));
    Ok(Outcome::Done)
}

/// Writes the part of the tree that the scope tells, of these series.
pub(super) fn write(
    store: &mut Store,
    series: &[FollowedSeries],
    scope: Scope,
    to: &ToArgs,
    settings: &Settings,
    stop: &Stop,
) -> Result<Exported, CliError> {
    let destination = Destination::new(&to.dest, WAREHOUSE, settings, stop)?;
    let folder = Folder::begin(destination.folder(), WAREHOUSE)?;
    let is_unsettled = match &destination {
        Destination::Folder(_) => folder.is_unsettled(),
        Destination::Bucket(objects, _) => objects.is_unsettled(),
    };
    // After an export that broke off nobody knows which files are which: all are written.
    let all = if is_unsettled { store.followed_series()? } else { Vec::new() };
    let (series, scope) = if is_unsettled { (all.as_slice(), Scope::All) } else { (series, scope) };
    let mut files = Vec::new();
    for series in series {
        files.append(&mut tree::files(store, series, scope, to.format)?);
    }
    let earlier = match &destination {
        Destination::Folder(_) => folder.earlier(),
        Destination::Bucket(objects, _) => objects.earlier(),
    };
    let is_written = |path: &str| series.iter().any(|series| tree::is_written(path, &series.name, scope));
    let (replaced, kept): (Vec<&Entry>, Vec<&Entry>) = earlier.iter().partition(|entry| is_written(&entry.path));
    let is_other = |entry: &&&Entry| !entry.path.ends_with(&format!(".{}", to.format.name()));
    if let Some(other) = kept.iter().find(is_other) {
        let (dest, other) = (to.dest.display(), &other.path);
        let message = format!("{dest} holds {other}, in another format: export all of it, or choose another --dest");
        return Err(CliError::Usage(message));
    }
    let is_gone = |entry: &&&Entry| !files.iter().any(|file| file.path == entry.path);
    let mut done = Exported { removed: replaced.iter().filter(is_gone).count() as u64, ..Exported::default() };
    let mut manifest = Manifest::new(WAREHOUSE, to.format.name(), vec!["year", "month", "day"]);
    let mut staged = Vec::new();
    for file in &files {
        if stop.is_requested() {
            return Err(CliError::Interrupted);
        }
        let sha256 = hex(&file.bytes);
        let same = match &destination {
            Destination::Folder(_) => is_there(&folder.place(&file.path), &file.bytes),
            Destination::Bucket(..) => replaced.iter().any(|entry| entry.path == file.path && entry.sha256 == sha256),
        };
        // A bucket looks for itself whether what should be there is.
        if !same || matches!(destination, Destination::Bucket(..)) {
            staged.push((stage(&folder, staged.len(), file)?, file.path.clone()));
        }
        *(if same { &mut done.same } else { &mut done.written }) += 1;
        manifest.files.push(Entry { path: file.path.clone(), rows: file.rows, sha256 });
    }
    let is_still_there =
        |entry: &&&Entry| matches!(destination, Destination::Bucket(..)) || folder.place(&entry.path).is_file();
    manifest.files.extend(kept.iter().filter(is_still_there).map(|entry| Entry::clone(entry)));
    manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
    match &destination {
        Destination::Folder(_) => folder.publish(&staged, &manifest)?,
        Destination::Bucket(objects, _) => {
            let place =
                |entry: &Entry| staged.iter().find(|(_, path)| *path == entry.path).map(|(written, _)| written.clone());
            objects.publish(&manifest, &manifest.files.iter().map(place).collect::<Vec<_>>())?;
        }
    }
    Ok(done)
}

/// Whether a file holds just these bytes.
fn is_there(path: &Path, bytes: &[u8]) -> bool {
    let size = path.metadata().map(|found| found.len());
    size.is_ok_and(|size| size == bytes.len() as u64) && fs::read(path).is_ok_and(|found| found == bytes)
}

/// Writes a file where nobody looks for it yet, durably.
fn stage(folder: &Folder, number: usize, file: &TreeFile) -> Result<PathBuf, CliError> {
    let path = folder.hidden(number);
    File::create(&path)
        .and_then(|mut out| out.write_all(&file.bytes).and_then(|()| out.sync_all()))
        .map_err(|error| CliError::File(folder.place(&file.path), error))?;
    Ok(path)
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
