//! Values that lie far from the middle of their series, or of their file.

use super::{Collector, Part, SeriesFile, SeriesKey, spool::Stretch};
use crate::{
    FileOutcome, Observer, Options, Status, Stop,
    convert::{ConvertError, refuse_sensors},
    produce::Want,
    validate::{Event, check_all},
};
use smrt_core::{Flag, MarketZone, Quantity, Reading};
use std::{io, path::PathBuf};

pub use super::median::Median;

/// Whose middle a value is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// That of its series.
    Series,
    /// That of all values of its file, whatever they measure.
    File,
}

/// What is far from the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Whose middle.
    pub against: Against,
    /// How far it must be, in millionths of a percent of the median's size.
    pub percent: u64,
}

/// A value that is far from the middle.
#[derive(Clone, Copy, Debug)]
pub struct Outlier<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// Its series.
    pub series: &'a SeriesKey,
    /// The zone of its times.
    pub zone: MarketZone,
    /// Start of its interval, or when the register was read; UTC epoch seconds.
    pub start: i64,
    /// Its line in the file.
    pub line: u32,
    /// The value.
    pub value: Quantity,
    /// The middle it is far from.
    pub median: Median,
}

/// What was looked at in one file.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The file; where it is refused, none of its values was looked at.
    pub file: FileOutcome,
    /// Values.
    pub values: u64,
    /// Values that are far above the middle.
    pub above: u64,
    /// Values that are far below it.
    pub below: u64,
    /// Register reads whose stand is no number.
    pub unreadable: u64,
}

/// Finds the values of files that are far from the middle. A file of interval values is judged by these, one that has
/// just register reads by their stands. Values that are stated to be none are no values.
///
/// # Errors
/// When a named path or a temporary file cannot be read, `each` fails, or the end is asked for.
pub fn outliers(
    paths: &[PathBuf],
    options: &Options,
    measure: Measure,
    stop: &Stop,
    observer: &dyn Observer,
    each: &mut dyn FnMut(Outlier<'_>) -> io::Result<()>,
) -> Result<Vec<Judged>, ConvertError> {
    let mut collector = Collector::new()?;
    let mut judged = Vec::new();
    check_all(paths, options, stop, observer, Want::Accepted, &mut |event| {
        match event {
            Event::Begin(_) | Event::Days(_) => {}
            Event::Batch(batch) => collector.add(batch)?,
            Event::Restart => collector = Collector::new()?,
            Event::End(mut file) => {
                refuse_sensors(&mut file);
                let done = std::mem::replace(&mut collector, Collector::new()?);
                let mut told = Judged { file: *file, values: 0, above: 0, below: 0, unreadable: 0 };
                if told.file.status == Status::Loaded {
                    judge(&done.finish()?, measure, &mut told, each)?;
                }
                judged.push(told);
            }
        }
        Ok::<(), ConvertError>(())
    })?;
    Ok(judged)
}

/// Holds the values of a file against their middle.
fn judge(
    file: &SeriesFile,
    measure: Measure,
    told: &mut Judged,
    each: &mut dyn FnMut(Outlier<'_>) -> io::Result<()>,
) -> Result<(), ConvertError> {
    told.unreadable = file.unreadable;
    let has_intervals = file.series.iter().any(|series| series.key.part == Part::Interval);
    let part = if has_intervals { Part::Interval } else { Part::Stand };
    let judged: Vec<usize> = (0..file.series.len()).filter(|&index| file.series[index].key.part == part).collect();
    let of_file = match measure.against {
        Against::File => file.median(&judged)?.map(|(median, _)| median),
        Against::Series => None,
    };
    for &index in &judged {
        let series = &file.series[index];
        let Some((of_series, values)) = file.median(&[index])? else { continue };
        let median = of_file.unwrap_or(of_series);
        told.values += values;
        for reading in file.values_of(&[index]) {
            let reading = reading.map_err(ConvertError::Temporary)?;
            let micros = reading.quantity.micros();
            if !median.is_far_from(micros, measure.percent) {
                continue;
            }
            let side = if i128::from(micros) > median.micros() { &mut told.above } else { &mut told.below };
            *side += 1;
            each(Outlier {
                file: &told.file.name,
                series: &series.key,
                zone: series.zone,
                start: reading.start,
                line: reading.line,
                value: reading.quantity,
                median,
            })
            .map_err(ConvertError::Output)?;
        }
    }
    Ok(())
}

impl SeriesFile {
    /// The values of some series, without those that are stated to be none.
    fn values_of<'a>(&'a self, series: &'a [usize]) -> impl Iterator<Item = io::Result<Reading>> + 'a {
        let stretches = series.iter().map(|&index| Stretch::new(&self.values, self.series[index].extent));
        let is_value = |reading: &io::Result<Reading>| !matches!(reading, Ok(r) if r.quality.flag == Flag::Null);
        stretches.flatten().filter(is_value)
    }

    /// The median of some series together and how many values they have; `None` without any.
    fn median(&self, series: &[usize]) -> Result<Option<(Median, u64)>, ConvertError> {
        let micros = || self.values_of(series).map(|reading| reading.map(|reading| reading.quantity.micros()));
        let mut count = 0;
        for value in micros() {
            value.map_err(ConvertError::Temporary)?;
            count += 1;
        }
        Ok(Median::of(count, micros).map_err(ConvertError::Temporary)?.map(|median| (median, count)))
    }
}
