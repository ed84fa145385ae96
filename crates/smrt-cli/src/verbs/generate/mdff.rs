//! Sample files of meter data providers: NEM12 and NEM13.

use super::a_size;
use crate::{args::instant, exit::CliError};
use smrt_core::{IntervalLength, MarketZone};
use smrt_parser::{nem12, nem13};
use std::path::PathBuf;

/// Market time: ten hours east of UTC the whole year.
const NEM_TIME: MarketZone = MarketZone::Fixed(600);
/// Days of a year, the most that --size gives one meter.
const YEAR: u32 = 365;
/// Reads of ten years, the most that --size gives one meter.
const TEN_YEARS: u32 = 40;

/// Interval data of the Australian market
#[derive(clap::Args, Debug)]
pub(super) struct Nem12Args {
    /// How many meter points; every second one has a second channel [default: 10]
    #[arg(long, value_name = "N")]
    meters: Option<u32>,
    /// How many days of each [default: 1]
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// Minutes of an interval: 5, 15 or 30
    #[arg(long, value_name = "MINUTES", default_value = "30", value_parser = a_length)]
    minutes: IntervalLength,
    #[command(flatten)]
    common: CommonArgs,
}

/// Register reads of the Australian market
#[derive(clap::Args, Debug)]
pub(super) struct Nem13Args {
    /// How many meter points [default: 10]
    #[arg(long, value_name = "N")]
    meters: Option<u32>,
    /// How many quarterly reads of each [default: 4]
    #[arg(long, value_name = "N")]
    reads: Option<u32>,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(clap::Args, Debug)]
struct CommonArgs {
    /// About how large the file becomes, such as 500KB or 1GB; chooses what is not given of the two above
    #[arg(long, value_parser = a_size)]
    size: Option<u64>,
    /// Chooses the values: the same seed gives the same file
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The first day
    #[arg(long, value_name = "DATE", default_value = "2024-01-01")]
    start: String,
    /// The file to write, or a folder for it [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl CommonArgs {
    /// The first day, days since 1970-01-01.
    fn first_day(&self) -> Result<i32, CliError> {
        let start = instant("--start", Some(&self.start), NEM_TIME)?.unwrap_or_default();
        Ok(NEM_TIME.day(start))
    }

    /// The file to write; in a folder, the name that the market prescribes.
    fn path(&self, format: &str) -> Option<PathBuf> {
        let path = self.out.clone()?;
        Some(if path.is_dir() { path.join(format!("{format}#{}#SMRT#SAMPLE.csv", self.seed)) } else { path })
    }

    /// Meters, and days or reads of each, that fill about the size asked for.
    fn extent(
        &self,
        given: (Option<u32>, Option<u32>),
        defaults: (u32, u32),
        most: u32,
        bytes_of: impl Fn(u32, u32) -> u64,
    ) -> Result<(u32, u32), CliError> {
        let Some(size) = self.size else {
            return Ok((given.0.unwrap_or(defaults.0), given.1.unwrap_or(defaults.1)));
        };
        // A pair of meters, as they differ, measured over the longest time there is.
        let records = (size.saturating_mul(2 * u64::from(most)) / bytes_of(2, most).max(1)).max(1);
        let (meters, each) = match given {
            (Some(_), Some(_)) => {
                let message = "--size leaves the number of meters or of their records open: give two of the three";
                return Err(CliError::Usage(message.into()));
            }
            (Some(meters), None) => (u64::from(meters), (records / u64::from(meters.max(1))).max(1)),
            (None, Some(each)) => ((records / u64::from(each.max(1))).max(1), u64::from(each)),
            (None, None) => {
                let meters = records.div_ceil(u64::from(most));
                (meters, (records / meters).max(1))
            }
        };
        match (u32::try_from(meters), u32::try_from(each)) {
            (Ok(meters), Ok(each)) => Ok((meters, each)),
            _ => Err(CliError::Usage("--size: more than can be numbered".into())),
        }
    }
}

fn a_length(text: &str) -> Result<IntervalLength, String> {
    let length = text.parse().ok().filter(|minutes| [5, 15, 30].contains(minutes));
    length.and_then(IntervalLength::from_minutes).ok_or_else(|| "expected 5, 15 or 30".into())
}

/// Bytes of what is written into memory, which does not fail.
fn bytes(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> u64 {
    let mut text = Vec::new();
    let _ = write(&mut text);
    text.len() as u64
}

/// The NEM12 sample that was asked for, and the file for it.
pub(super) fn nem12(args: &Nem12Args) -> Result<(nem12::Sample, Option<PathBuf>), CliError> {
    let common = &args.common;
    let like =
        nem12::Sample { meters: 1, days: 1, start: common.first_day()?, length: args.minutes, seed: common.seed };
    let (meters, days) = common.extent((args.meters, args.days), (10, 1), YEAR, |meters, days| {
        bytes(|text| nem12::Sample { meters, days, start: 0, ..like }.write(text))
    })?;
    check_end(like.start, u64::from(days))?;
    Ok((nem12::Sample { meters, days, ..like }, common.path("NEM12")))
}

/// The NEM13 sample that was asked for, and the file for it.
pub(super) fn nem13(args: &Nem13Args) -> Result<(nem13::Sample, Option<PathBuf>), CliError> {
    let common = &args.common;
    let like = nem13::Sample { meters: 1, reads: 1, start: common.first_day()?, seed: common.seed };
    let (meters, reads) = common.extent((args.meters, args.reads), (10, 4), TEN_YEARS, |meters, reads| {
        bytes(|text| nem13::Sample { meters, reads, start: 0, ..like }.write(text))
    })?;
    check_end(like.start, (u64::from(reads) + 2) * nem13::Sample::DAYS_BETWEEN_READS)?;
    Ok((nem13::Sample { meters, reads, ..like }, common.path("NEM13")))
}

/// Checks that all days have a year of four digits.
fn check_end(start: i32, days: u64) -> Result<(), CliError> {
    /// Days from 1970-01-01 to 0001-01-01 and to 9999-12-31.
    const WRITABLE: std::ops::Range<i64> = -719_162..2_932_896;
    let end = i64::try_from(days).ok().and_then(|days| i64::from(start).checked_add(days));
    if WRITABLE.contains(&i64::from(start)) && end.is_some_and(|end| end < WRITABLE.end) {
        return Ok(());
    }
    Err(CliError::Usage("--start and the days from there on: the years 1 to 9999 can be written".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line<A: clap::Args> {
        #[command(flatten)]
        args: A,
    }

    fn ratio(size: u64, bytes: u64) -> f64 {
        bytes as f64 / size as f64
    }

    #[test]
    fn a_file_has_about_the_size_asked_for() {
        for more in [&[][..], &["--minutes", "5"], &["--meters", "4"], &["--days", "30"]] {
            let line = ["generate", "--size", "3MB"].iter().chain(more);
            let (sample, _) = nem12(&Line::<Nem12Args>::parse_from(line).args).unwrap();
            let ratio = ratio(3_000_000, bytes(|text| sample.write(text)));
            assert!((0.8..1.2).contains(&ratio), "{more:?}: {ratio}");
        }
        let line = ["generate", "--size", "1MB"];
        let (sample, _) = nem13(&Line::<Nem13Args>::parse_from(line).args).unwrap();
        assert!((0.9..1.1).contains(&ratio(1_000_000, bytes(|text| sample.write(text)))));
    }

    #[test]
    fn what_cannot_be_written_is_refused_beforehand() {
        for line in [&["generate", "--start", "9999-12-30", "--days", "9"][..], &["generate", "--days", "4000000000"]] {
            assert!(nem12(&Line::<Nem12Args>::parse_from(line).args).is_err(), "{line:?}");
        }
        assert!(Line::<Nem12Args>::try_parse_from(["generate", "--minutes", "60"]).is_err());
    }
}
