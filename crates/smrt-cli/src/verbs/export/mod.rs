//! `smrt export`: everything as CSV or Parquet files in a folder or a bucket, the same bytes for the same data.
//!
//! In a folder, files are written in a hidden folder inside the destination, synced, and renamed into their places; files of the
//! export before that no longer belong are removed; the manifest comes last. Who finds a manifest finds the files it
//! lists, whole, unless an export is just running. For a bucket they are written in a temporary folder first, see
//! [`crate::publish::bucket`].

mod partition;
mod parts;
mod staging;

use crate::{
    args::RangeArgs,
    context::Context,
    exit::{CliError, Outcome},
    publish::{Destination, manifest::Manifest},
    render::{Cell, Column, report::counted, safe},
};
use clap::ValueEnum;
use partition::{Part, Partition};
use parts::Sheet;
use smrt_core::MarketZone;
use smrt_ingest::Stop;
use smrt_storage::StoredChannel;
use smrt_views::{
    Range, Series, channels_of,
    daily::{self, Per},
    numbers, readings,
};
use staging::Staging;
use std::{io, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  smrt export --dest out                                     all readings in out/readings.csv
  smrt export --what daily --dest out                        all days
  smrt export --partition year,month --dest lake             lake/year=2019/month=09/readings.csv
  smrt export --from 2019-09-01 --to 2019-10-01 --dest sep   one month
  smrt export --format parquet --dest s3://lake/readings/    Parquet in a bucket

Running it again over the same data gives the same bytes. manifest.json lists each file with its rows and SHA-256. In a
bucket, objects that are there already are not written again.";

/// Write all readings or days to CSV or Parquet files, with a manifest
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExportArgs {
    /// What is written
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    what: What,
    /// How it is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// The folder, made if it is not there, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "DIR|s3://…", value_parser = crate::args::a_path)]
    dest: PathBuf,
    /// One file for each of these, in the channel's zone: year, year,month or year,month,day
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    partition: Vec<Part>,
    #[command(flatten)]
    range: RangeArgs,
}

/// What is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum What {
    #[default]
    Readings,
    Daily,
}

/// How it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With a header line
    #[default]
    Csv,
    /// With typed columns: quantities are decimal numbers, or floating-point where there are sensors
    Parquet,
}

impl What {
    const fn name(self) -> &'static str {
        match self {
            Self::Readings => "readings",
            Self::Daily => "daily",
        }
    }

    const fn columns(self) -> &'static [Column] {
        match self {
            Self::Readings => readings::COLUMNS,
            Self::Daily => daily::COLUMNS,
        }
    }
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// The files that were written, one a row.
const COLUMNS: &[Column] = &[Column::text("path"), Column::number("rows"), Column::word("sha256").unseen()];

pub(crate) fn run(args: &ExportArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut partition = Partition::new(&args.partition)?;
    let range = args.range.range();
    range.instants(MarketZone::Utc)?;
    let mut series = context.series()?;
    let stop = context.stop();
    let channels = channels_of(&mut series.store, None, None)?;
    let file_name = format!("{}.{}", args.what.name(), args.format.name());
    let sheet = match args.format {
        Format::Csv => Sheet::csv(args.what.columns(), context.printer.raw()),
        Format::Parquet => Sheet::parquet(args.what.columns(), numbers(&channels)),
    };
    let destination = Destination::new(&args.dest, args.what.name(), &context.config()?.objects, &stop)?;
    let mut staging = Staging::begin(destination, args.what.name(), file_name, sheet)?;
    if partition.is_whole() {
        // An export of nothing is a file without rows, not no file.
        staging.begin_file("")?;
    }
    series.expect(&channels)?;
    match args.what {
        What::Readings => write_readings(&mut series, &channels, &range, &mut partition, &mut staging, &stop)?,
        What::Daily => write_daily(&mut series, &channels, &range, &mut partition, &mut staging, &stop)?,
    }
    let description = Manifest::new(args.what.name(), args.format.name(), partition.names());
    let manifest = staging.publish(description, &stop)?;
    print(&manifest, args, context)?;
    Ok(Outcome::Done)
}

/// Writes each reading into the part its start falls in.
fn write_readings(
    series: &mut Series,
    channels: &[StoredChannel],
    range: &Range,
    partition: &mut Partition,
    staging: &mut Staging,
    stop: &Stop,
) -> Result<(), CliError> {
    for stored in channels {
        let zone = stored.channel.zone;
        let mut failed = None;
        let taken = readings::each_row(series, stored, range, &mut |at, row| {
            if stop.is_requested() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            staging.row(partition.folder(zone.day(at)), &row).map_err(|error| {
                failed = Some(error);
                io::ErrorKind::Other.into()
            })
        });
        // Why a row was not taken says more than that it was not.
        ended_early(stop)?;
        failed.map_or(taken.map_err(CliError::from), Err)?;
    }
    Ok(())
}

/// Writes each day into its part.
fn write_daily(
    series: &mut Series,
    channels: &[StoredChannel],
    range: &Range,
    partition: &mut Partition,
    staging: &mut Staging,
    stop: &Stop,
) -> Result<(), CliError> {
    for stored in channels {
        let mut result = Ok(());
        daily::each_row(series, std::slice::from_ref(stored), range, Per::Channel, &mut |day, row| {
            if result.is_ok() {
                result = staging.row(partition.folder(day), &row);
            }
            Ok(())
        })?;
        result?;
        ended_early(stop)?;
    }
    Ok(())
}

fn ended_early(stop: &Stop) -> Result<(), CliError> {
    if stop.is_requested() { Err(CliError::Interrupted) } else { Ok(()) }
}

fn print(manifest: &Manifest, args: &ExportArgs, context: &mut Context) -> io::Result<()> {
    let mut rows = context.printer.rows(COLUMNS)?;
    for file in &manifest.files {
        rows.push(vec![Cell::text(&file.path), Cell::Integer(file.rows), Cell::text(&file.sha256)])?;
    }
    let files = rows.finish()?;
    let all: u64 = manifest.files.iter().map(|file| file.rows).sum();
    let place = args.dest.display().to_string();
    let text = format!("{} in {} in {}", counted(all, "row"), counted(files, "file"), safe(&place));
    context.messages().note(&text);
    Ok(())
}
