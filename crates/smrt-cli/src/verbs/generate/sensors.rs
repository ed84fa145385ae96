//! Sample files of sensors: what they measured, and what they are called.

use super::{EXAMPLES, YEAR_10000, a_size};
use crate::{args::instant, exit::CliError};
use smrt_core::MarketZone;
use smrt_parser::{sensor, sensor_mapping};
use std::path::{Path, PathBuf};

/// The first second of the year 1 and a day, so that no zone is before it.
const YEAR_1: i64 = -62_135_596_800 + 86_400;
/// Most times that --size gives each of the sensors that nobody has numbered: a year of five minutes.
const YEAR: u64 = 105_120;
/// Bytes of a record on average.
const RECORD: u64 = 75;

/// What sensors measured
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct SensorArgs {
    /// How many sensors [default: 10]
    #[arg(long, value_name = "N")]
    sensors: Option<u32>,
    /// How many days of each sensor [default: 1]
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// Seconds from one value of a sensor to the next
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// About how large the file becomes, such as 500KB or 1GB; chooses the sensors, the days or both
    #[arg(long, value_parser = a_size)]
    size: Option<u64>,
    /// Chooses the sensors and their values: the same seed gives the same file
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The first time, a date or RFC 3339; by the civil time of Berlin where it states no zone
    #[arg(long, value_name = "TIME", default_value = "2016-01-01")]
    start: String,
    /// The file to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The names of the sensors that `generate sensor` has for the same seed
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct SensorMappingArgs {
    /// How many sensors
    #[arg(long, value_name = "N", default_value_t = 10)]
    sensors: u32,
    /// Chooses the sensors
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The file to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The measurements that were asked for, and where they go.
pub(super) fn sensor(args: &SensorArgs) -> Result<(sensor::Sample, Option<&Path>), CliError> {
    let start = instant("--start", Some(&args.start), MarketZone::BERLIN)?.unwrap_or_default();
    let of_day = u64::from(86_400_u32.div_ceil(args.seconds));
    let (sensors, times) = extent(args, of_day)?;
    let last = start + i64::from(times) * i64::from(args.seconds);
    if start < YEAR_1 || last + 86_400 > YEAR_10000 {
        return Err(CliError::Usage("--start and --days: the years 0001 to 9999 can be written".into()));
    }
    let sample = sensor::Sample { sensors, times, step: args.seconds, start, seed: args.seed };
    Ok((sample, args.out.as_deref()))
}

/// How many sensors, and how many values of each.
fn extent(args: &SensorArgs, of_day: u64) -> Result<(u32, u32), CliError> {
    let sensors = args.sensors.map(u64::from);
    let times = args.days.map(|days| u64::from(days) * of_day);
    let records = args.size.map(|size| (size / RECORD).max(1));
    let (sensors, times) = match (records, sensors, times) {
        (None, sensors, times) => (sensors.unwrap_or(10), times.unwrap_or(of_day)),
        (Some(_), Some(_), Some(_)) => {
            return Err(CliError::Usage(
                "--size leaves --sensors or --days open: give two of the three at most".into(),
            ));
        }
        (Some(records), Some(sensors), None) => (sensors, (records / sensors.max(1)).max(1)),
        (Some(records), None, Some(times)) => ((records / times.max(1)).max(1), times),
        (Some(records), None, None) => {
            let sensors = records.div_ceil(YEAR);
            (sensors, records / sensors)
        }
    };
    match (u32::try_from(sensors), u32::try_from(times)) {
        (Ok(sensors), Ok(times)) => Ok((sensors, times)),
        _ => Err(CliError::Usage("--size or --days: more sensors or times than can be numbered".into())),
    }
}

/// The names that were asked for, and where they go.
pub(super) fn sensor_mapping(args: &SensorMappingArgs) -> (sensor_mapping::Sample, Option<&Path>) {
    (sensor_mapping::Sample { sensors: args.sensors, seed: args.seed }, args.out.as_deref())
}
