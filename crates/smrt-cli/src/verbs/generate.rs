//! `smrt generate`: sample files, the same for the same seed.

mod mdff;
mod sensors;
mod tables;

use crate::{
    args::instant,
    context::Context,
    durable::Unfinished,
    exit::{CliError, Outcome},
};
use clap::{Subcommand, ValueEnum};
use smrt_core::{Generation, MarketZone};
use smrt_ingest::Stop;
use smrt_parser::smrt::{Order, Sample};
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  smrt generate smrt                                          ten meters, one day, on stdout
  smrt generate smrt --meters 100 --days 365 --out gas.SMRT
  smrt generate smrt --size 100MB --out PN000002.SMRT --generation PN000002
  smrt generate smrt --order shuffled --seed 7 --out inbox/    named after its generation
  smrt generate nem12 --meters 100 --days 365 --minutes 5 --out NEM12.csv
  smrt generate nem13 --size 10MB --out reads.csv
  smrt generate lp --meters 3 --days 30 --minutes 5 --out LP_1.csv
  smrt generate tou --meters 3 --out TOU_1.csv
  smrt generate sensor --sensors 26 --days 30 --out data.csv
  smrt generate sensor-mapping --sensors 26 --out mapping.csv  names the sensors of the same seed";

/// Hours of a year, the most that --size gives one meter.
const YEAR: u64 = 8_760;
/// The first second that four digits for the year can no longer write.
const YEAR_10000: i64 = 253_402_300_800;
/// The first second that they can.
const YEAR_0: i64 = -62_167_219_200;

/// Make sample files
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
#[command(subcommand_value_name = "FORMAT", subcommand_help_heading = "Formats")]
pub(crate) struct GenerateArgs {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Format {
    Smrt(SmrtArgs),
    Nem12(mdff::Nem12Args),
    Nem13(mdff::Nem13Args),
    Lp(tables::LpArgs),
    Tou(tables::TouArgs),
    Sensor(sensors::SensorArgs),
    SensorMapping(sensors::SensorMappingArgs),
}

/// A file of the SMRT gas-meter flow
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
struct SmrtArgs {
    /// How many meters [default: 10]
    #[arg(long, value_name = "N")]
    meters: Option<u32>,
    /// How many days of each meter [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "hours")]
    days: Option<u32>,
    /// How many hours of each meter
    #[arg(long, value_name = "N")]
    hours: Option<u32>,
    /// About how large the file becomes, such as 500KB or 1GB; chooses the meters, the hours or both
    #[arg(long, value_parser = a_size)]
    size: Option<u64>,
    /// Chooses the values: the same seed gives the same file
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The first hour, a date or RFC 3339, UTC
    #[arg(long, value_name = "TIME", default_value = "2019-09-28")]
    start: String,
    /// The order of the records
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    order: RecordOrder,
    /// The file's generation number: PN or DV and six digits
    #[arg(long, default_value = "PN000001", value_parser = a_generation)]
    generation: Generation,
    /// The file to write, or a folder for it [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The order of the records.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum RecordOrder {
    /// All hours of a meter, then the next meter
    #[default]
    Meter,
    /// All meters of an hour, then the next hour
    Time,
    /// None
    Shuffled,
}

/// A number of bytes, with or without a unit of thousands.
pub(crate) fn a_size(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let digits = upper.trim_end_matches(|c: char| !c.is_ascii_digit());
    let factor = match upper[digits.len()..].trim() {
        "" | "B" => 1,
        "K" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        _ => return Err("expected a size such as 500KB, 100MB or 2GB".into()),
    };
    let number: u64 = digits.parse().map_err(|_| "expected a whole number, such as 100MB".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "too large".into())
}

fn a_generation(text: &str) -> Result<Generation, String> {
    Generation::parse(text.as_bytes()).ok_or_else(|| "expected PN or DV and six digits, such as PN000001".into())
}

pub(crate) fn run(args: &GenerateArgs, context: &mut Context) -> Result<Outcome, CliError> {
    match &args.format {
        Format::Smrt(args) => {
            let sample = sample(args)?;
            let path = args.out.as_deref().map(|path| named(path, args.generation));
            deliver(&|out| sample.write(out), path.as_deref(), context)
        }
        Format::Nem12(args) => {
            let (sample, path) = mdff::nem12(args)?;
            deliver(&|out| sample.write(out), path.as_deref(), context)
        }
        Format::Nem13(args) => {
            let (sample, path) = mdff::nem13(args)?;
            deliver(&|out| sample.write(out), path.as_deref(), context)
        }
        Format::Lp(args) => {
            let (sample, path) = tables::lp(args)?;
            deliver(&|out| sample.write(out), path, context)
        }
        Format::Tou(args) => {
            let (sample, path) = tables::tou(args)?;
            deliver(&|out| sample.write(out), path, context)
        }
        Format::Sensor(args) => {
            let (sample, path) = sensors::sensor(args)?;
            deliver(&|out| sample.write(out), path, context)
        }
        Format::SensorMapping(args) => {
            let (sample, path) = sensors::sensor_mapping(args);
            deliver(&|out| sample.write(out), path, context)
        }
    }
}

/// Writes a sample.
type Fill<'a> = &'a dyn Fn(&mut BufWriter<Stoppable<'_>>) -> io::Result<()>;

/// Writes a sample to its file or to stdout.
fn deliver(fill: Fill<'_>, path: Option<&Path>, context: &mut Context) -> Result<Outcome, CliError> {
    let stop = context.stop();
    match path {
        None => write(fill, context.printer.out(), &stop).map_err(|error| failure(error, &stop, CliError::from))?,
        Some(path) => write_file(fill, path, &stop)?,
    }
    Ok(Outcome::Done)
}

/// A folder becomes a file in it, named after its generation.
fn named(path: &Path, generation: Generation) -> PathBuf {
    if path.is_dir() { path.join(format!("{generation}.SMRT")) } else { path.to_owned() }
}

/// Writes the file whole or not at all; what is no regular file, such as a pipe, is written to as it is.
fn write_file(fill: Fill<'_>, path: &Path, stop: &Stop) -> Result<(), CliError> {
    let failed = |error| failure(error, stop, |error| CliError::File(path.to_owned(), error));
    if path.exists() && !path.is_file() {
        let mut file = File::options().write(true).open(path).map_err(|error| CliError::Create(path.into(), error))?;
        return write(fill, &mut file, stop).map_err(failed);
    }
    let mut file = Unfinished::beside(path)?;
    write(fill, &mut file, stop).map_err(failed)?;
    file.publish()
}

fn write(fill: Fill<'_>, out: &mut dyn Write, stop: &Stop) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, Stoppable { out, stop });
    fill(&mut out)?;
    out.flush()
}

/// A writer that ends when the end is asked for.
struct Stoppable<'a> {
    out: &'a mut dyn Write,
    stop: &'a Stop,
}

impl Write for Stoppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Not `ErrorKind::Interrupted`, which makes the standard library try again.
        if self.stop.is_requested() { Err(io::Error::other("interrupted")) } else { self.out.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Why the file could not be written: because the end was asked for, or otherwise.
fn failure(error: io::Error, stop: &Stop, otherwise: impl FnOnce(io::Error) -> CliError) -> CliError {
    if stop.is_requested() { CliError::Interrupted } else { otherwise(error) }
}

/// The sample that was asked for.
fn sample(args: &SmrtArgs) -> Result<Sample, CliError> {
    let start = instant("--start", Some(&args.start), MarketZone::Utc)?.unwrap_or_default();
    let asked_hours = match (args.days, args.hours) {
        (Some(days), _) => Some(days.checked_mul(24).ok_or_else(|| CliError::Usage("--days: too many".into()))?),
        (None, hours) => hours,
    };
    let mut sample = Sample {
        meters: args.meters.unwrap_or(10),
        hours: asked_hours.unwrap_or(24),
        start: start - start.rem_euclid(3600),
        generation: args.generation,
        seed: args.seed,
        order: match args.order {
            RecordOrder::Meter => Order::Meter,
            RecordOrder::Time => Order::Time,
            RecordOrder::Shuffled => Order::Shuffled,
        },
        ..Sample::default()
    };
    if let Some(size) = args.size {
        (sample.meters, sample.hours) = extent(size, args.meters, asked_hours, &sample)?;
    }
    let end = sample.start + i64::from(sample.hours) * 3600;
    if sample.start < YEAR_0 || end + 86_400 > YEAR_10000 {
        return Err(CliError::Usage("--start and --days: the years 0000 to 9999 can be written".into()));
    }
    Ok(sample)
}

/// Meters and hours that fill about `size` bytes.
fn extent(size: u64, meters: Option<u32>, hours: Option<u32>, like: &Sample) -> Result<(u32, u32), CliError> {
    let records = (size / record_bytes(like)).max(1);
    let (meters, hours) = match (meters.map(u64::from), hours.map(u64::from)) {
        (Some(_), Some(_)) => {
            return Err(CliError::Usage("--size leaves --meters or --days open: give two of the three at most".into()));
        }
        (Some(meters), None) => (meters, (records / meters.max(1)).max(1)),
        (None, Some(hours)) => ((records / hours.max(1)).max(1), hours),
        (None, None) => {
            let meters = records.div_ceil(YEAR);
            (meters, records / meters)
        }
    };
    match (u32::try_from(meters), u32::try_from(hours)) {
        (Ok(meters), Ok(hours)) => Ok((meters, hours)),
        _ => Err(CliError::Usage("--size: more meters or hours than can be numbered".into())),
    }
}

/// Bytes of a record, as a year of one meter has them on average.
fn record_bytes(like: &Sample) -> u64 {
    let mut year = Vec::new();
    let hours = u32::try_from(YEAR).unwrap_or(24);
    // Writing into memory does not fail.
    let _ = Sample { meters: 1, hours, ..*like }.write(&mut year);
    (year.len() as u64 / YEAR).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [("0", 0), ("12", 12), ("5kb", 5_000), ("100MB", 100_000_000), ("2 G", 2_000_000_000)] {
            assert_eq!(a_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MB", "-1", "1.5MB", "5TB", "99999999999GB"] {
            assert!(a_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_file_has_about_the_size_asked_for() {
        for (size, meters, hours) in
            [(50_000, None, None), (2_000_000, None, None), (300_000, Some(7), None), (300_000, None, Some(48))]
        {
            let (meters, hours) = extent(size, meters, hours, &Sample::default()).unwrap();
            let mut text = Vec::new();
            Sample { meters, hours, ..Sample::default() }.write(&mut text).unwrap();
            let ratio = text.len() as f64 / size as f64;
            assert!((0.95..1.05).contains(&ratio), "{size}: {ratio}");
        }
    }
}
