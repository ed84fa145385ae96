//! Files as series of values: what can be compared with another file, or with its own middle.
//!
//! A series is all that a file says of one channel: its intervals, or the stands, quantities and demands of one of its
//! registers in one period and rate. Values lie in a temporary file, series after series, so that memory grows with
//! the number of series and not of readings.

mod collect;
pub mod diff;
mod median;
pub mod outliers;
mod spool;

pub(crate) use collect::Collector;
use smrt_core::{Channel, Direction, MarketZone, Reading, Scheme};
use spool::{Extent, Stretch};
use std::{fs::File, io};

/// What the values of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Quantities of intervals.
    Interval,
    /// What a register showed.
    Stand,
    /// What flowed between two reads of a register.
    Quantity,
    /// The greatest demand.
    Demand,
}

/// Which series of a file: two files have the same one where all of this is equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeriesKey {
    /// The numbering of `meter`.
    pub scheme: Scheme,
    /// The meter point's code.
    pub meter: String,
    /// Suffix, data type or signal.
    pub channel: String,
    /// Canonical unit.
    pub unit: String,
    /// What the values are.
    pub part: Part,
    /// The period of a register; else empty.
    pub period: String,
    /// The tariff of a register; else empty.
    pub rate: String,
    /// Which way a register counts, where that is stated.
    pub direction: Option<Direction>,
}

impl SeriesKey {
    /// The channel, and where it is a register, which one and what of it.
    pub fn name(&self) -> String {
        let part = match self.part {
            Part::Interval | Part::Stand => "",
            Part::Quantity => "quantity",
            Part::Demand => "demand",
        };
        let direction = self.direction.map_or("", Direction::as_str);
        let parts = [&self.channel, self.period.as_str(), &self.rate, direction, part];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" / ")
    }
}

/// One series of a file.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) key: SeriesKey,
    /// Index of its channel in the file.
    pub(crate) number: u32,
    zone: MarketZone,
    extent: Extent,
}

/// The series of one file, their values in order of time.
#[derive(Debug)]
pub(crate) struct SeriesFile {
    pub(crate) series: Vec<Series>,
    /// The channels by their index.
    pub(crate) channels: Vec<Channel>,
    values: File,
    /// Register reads whose stand is no number, which so are no values.
    unreadable: u64,
}

impl SeriesFile {
    /// The values of a series in order of time.
    pub(crate) fn readings(&self, series: &Series) -> impl Iterator<Item = io::Result<Reading>> {
        Stretch::new(&self.values, series.extent)
    }
}
