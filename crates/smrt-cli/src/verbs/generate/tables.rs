//! Sample files of tables: load profiles and register reads.

use super::{EXAMPLES, YEAR_10000};
use crate::{args::instant, exit::CliError};
use smrt_core::MarketZone;
use smrt_parser::{lp, tou};
use std::path::{Path, PathBuf};

/// The first second of the year 1, with which the calendar of files begins.
const YEAR_1: i64 = -62_135_596_800;

/// A load profile: energy both ways and the voltage of electricity meters
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct LpArgs {
    /// How many meters
    #[arg(long, value_name = "N", default_value_t = 1)]
    meters: u32,
    /// How many days of each meter
    #[arg(long, value_name = "N", default_value_t = 1)]
    days: u32,
    /// Length of an interval in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=1440))]
    minutes: u16,
    #[command(flatten)]
    table: TableArgs,
}

/// Register reads of electricity meters by time of use
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct TouArgs {
    /// How many meters
    #[arg(long, value_name = "N", default_value_t = 1)]
    meters: u32,
    #[command(flatten)]
    table: TableArgs,
}

/// What both have.
#[derive(clap::Args, Debug)]
struct TableArgs {
    /// Chooses the values: the same seed gives the same file
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The first day, by the meters' clocks
    #[arg(long, value_name = "DATE", default_value = "2015-08-31")]
    start: String,
    /// The file to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl TableArgs {
    /// The first of so many days, as days since 1970-01-01.
    fn first_day(&self, days: u32) -> Result<i32, CliError> {
        let start = instant("--start", Some(&self.start), MarketZone::Utc)?.unwrap_or_default();
        // The last billing reset is of the day before.
        if start < YEAR_1 + 86_400 || start + i64::from(days) * 86_400 > YEAR_10000 {
            return Err(CliError::Usage("--start and --days: the years 0001 to 9999 can be written".into()));
        }
        Ok(MarketZone::Utc.day(start))
    }
}

/// The load profile that was asked for, and where it goes.
pub(super) fn lp(args: &LpArgs) -> Result<(lp::Sample, Option<&Path>), CliError> {
    let &LpArgs { meters, days, minutes, ref table } = args;
    let (first_day, seed) = (table.first_day(days)?, table.seed);
    let sample = lp::Sample { meters, days, minutes, first_day, seed, ..lp::Sample::default() };
    Ok((sample, table.out.as_deref()))
}

/// The register reads that were asked for, and where they go.
pub(super) fn tou(args: &TouArgs) -> Result<(tou::Sample, Option<&Path>), CliError> {
    let &TouArgs { meters, ref table } = args;
    let sample = tou::Sample { meters, day: table.first_day(1)?, seed: table.seed, ..tou::Sample::default() };
    Ok((sample, table.out.as_deref()))
}
