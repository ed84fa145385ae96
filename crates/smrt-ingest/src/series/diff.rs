//! What changed between two files, series by series, whatever their formats are.

use super::{
    Collector, SeriesFile, SeriesKey,
    spool::{Extent, Stretch},
};
use crate::{
    FileOutcome, Observer, Options, Status, Stop,
    convert::{ConvertError, refuse_sensors},
    produce::Want,
    validate::{Event, check_all},
};
use smrt_core::{Flag, IntervalLength, MarketZone, Quality, Quantity, Reading, Sum};
use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    io,
    iter::Peekable,
    path::{Path, PathBuf},
};

/// What one file says of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// The value; `None` where it is stated to be none.
    pub value: Option<Quantity>,
    /// Its quality.
    pub quality: Quality,
    /// Length of the interval; of a register read it means nothing.
    pub minutes: IntervalLength,
    /// The line it stands in.
    pub line: u32,
}

/// A time of which the files do not say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Start of the interval, or when the register was read; UTC epoch seconds.
    pub start: i64,
    /// What the first file says.
    pub a: Option<Said>,
    /// What the second file says.
    pub b: Option<Said>,
}

/// A series of which the files do not say the same.
#[derive(Clone, Debug)]
pub struct SeriesChange {
    /// The series.
    pub key: SeriesKey,
    /// The zone of its times.
    pub zone: MarketZone,
    /// Values that are the same, their qualities and lengths with them.
    pub same: u64,
    /// Times at which value, quality or length differ.
    pub changed: u64,
    /// Times of the first file alone.
    pub only_a: u64,
    /// Times of the second file alone.
    pub only_b: u64,
    /// Sum of the first file's values.
    pub sum_a: Sum,
    /// Sum of the second file's values.
    pub sum_b: Sum,
    /// The first changes, in order of time.
    pub first: Vec<Change>,
}

/// The outcome of a comparison.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The first file.
    pub a: FileOutcome,
    /// The second file.
    pub b: FileOutcome,
    /// What both come to; `None` where one of them is refused, so that nothing was compared.
    pub totals: Option<Totals>,
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Series of either file.
    pub series: u64,
    /// Series that differ.
    pub differing: u64,
    /// Series of the first file alone.
    pub series_only_a: u64,
    /// Series of the second file alone.
    pub series_only_b: u64,
    /// Values that are the same.
    pub same: u64,
    /// Times at which something differs.
    pub changed: u64,
    /// Times of the first file alone.
    pub only_a: u64,
    /// Times of the second file alone.
    pub only_b: u64,
    /// Register reads of both files whose stand is no number: they are not compared.
    pub unreadable: u64,
}

/// Compares two files. Each series that differs is told of with its first `limit` changes, in the order of the first
/// file, those of the second file alone last. Lines and versions are no difference.
///
/// # Errors
/// When a path cannot be read or is not one file, a temporary file fails, `each` fails, or the end is asked for.
pub fn diff(
    a: &Path,
    b: &Path,
    limit: usize,
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
    each: &mut dyn FnMut(SeriesChange) -> io::Result<()>,
) -> Result<Compared, ConvertError> {
    let (of_a, a) = read(a, options, stop, observer)?;
    let (of_b, b) = read(b, options, stop, observer)?;
    let readable = [&a, &b].iter().all(|file| file.status == Status::Loaded);
    let totals = if readable { Some(compare(&of_a, &of_b, limit, each)?) } else { None };
    Ok(Compared { a, b, totals })
}

/// The series of one file.
fn read(
    path: &Path,
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
) -> Result<(SeriesFile, FileOutcome), ConvertError> {
    let mut collector = Collector::new()?;
    let (mut files, mut outcome) = (0, None);
    let paths: [PathBuf; 1] = [path.to_owned()];
    check_all(&paths, options, stop, observer, Want::Accepted, &mut |event| {
        match event {
            Event::Begin(_) => files += 1,
            // What comes of more than one file is thrown away.
            Event::Days(_) => {}
            Event::Batch(_) if files > 1 => {}
            Event::Batch(batch) => collector.add(batch)?,
            Event::Restart => collector = Collector::new()?,
            Event::End(mut file) => {
                refuse_sensors(&mut file);
                outcome = Some(*file);
            }
        }
        Ok::<(), ConvertError>(())
    })?;
    match outcome.filter(|_| files == 1) {
        Some(outcome) => Ok((collector.finish()?, outcome)),
        None => Err(ConvertError::NotOneFile { path: path.to_owned(), files }),
    }
}

fn compare(
    a: &SeriesFile,
    b: &SeriesFile,
    limit: usize,
    each: &mut dyn FnMut(SeriesChange) -> io::Result<()>,
) -> Result<Totals, ConvertError> {
    let in_a: HashSet<&SeriesKey> = a.series.iter().map(|series| &series.key).collect();
    let in_b: HashMap<&SeriesKey, Extent> = b.series.iter().map(|series| (&series.key, series.extent)).collect();
    let both =
        a.series.iter().map(|series| (series, series.extent, in_b.get(&series.key).copied().unwrap_or_default()));
    let new = b.series.iter().filter(|series| !in_a.contains(&series.key));
    let new = new.map(|series| (series, Extent::default(), series.extent));
    let mut totals = Totals { unreadable: a.unreadable + b.unreadable, ..Totals::default() };
    for (series, of_a, of_b) in both.chain(new) {
        let mut change = SeriesChange {
            key: series.key.clone(),
            zone: series.zone,
            same: 0,
            changed: 0,
            only_a: 0,
            only_b: 0,
            sum_a: Sum::default(),
            sum_b: Sum::default(),
            first: Vec::new(),
        };
        merge(Stretch::new(&a.values, of_a), Stretch::new(&b.values, of_b), limit, &mut change)
            .map_err(ConvertError::Temporary)?;
        totals.add(&change, of_a, of_b);
        if change.is_difference() {
            each(change).map_err(ConvertError::Output)?;
        }
    }
    Ok(totals)
}

impl Totals {
    fn add(&mut self, change: &SeriesChange, a: Extent, b: Extent) {
        self.series += 1;
        self.differing += u64::from(change.is_difference());
        self.series_only_a += u64::from(b.count == 0);
        self.series_only_b += u64::from(a.count == 0);
        self.same += change.same;
        self.changed += change.changed;
        self.only_a += change.only_a;
        self.only_b += change.only_b;
    }
}

impl SeriesChange {
    fn is_difference(&self) -> bool {
        self.changed + self.only_a + self.only_b > 0
    }
}

impl From<&Reading> for Said {
    fn from(reading: &Reading) -> Self {
        Self {
            value: (reading.quality.flag != Flag::Null).then_some(reading.quantity),
            quality: reading.quality,
            minutes: reading.minutes,
            line: reading.line,
        }
    }
}

/// Walks two stretches of one series in order of time.
fn merge(a: Stretch<'_>, b: Stretch<'_>, limit: usize, change: &mut SeriesChange) -> io::Result<()> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    loop {
        let order = match (start(&mut a)?, start(&mut b)?) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.cmp(&b),
        };
        let of_a = if order.is_le() { a.next().transpose()? } else { None };
        let of_b = if order.is_ge() { b.next().transpose()? } else { None };
        let Some(start) = of_a.as_ref().or(of_b.as_ref()).map(|reading| reading.start) else { return Ok(()) };
        let (of_a, of_b) = (of_a.as_ref().map(Said::from), of_b.as_ref().map(Said::from));
        for (sum, said) in [(&mut change.sum_a, of_a), (&mut change.sum_b, of_b)] {
            sum.add(said.and_then(|said| said.value).unwrap_or(Quantity::ZERO));
        }
        match (of_a, of_b) {
            (Some(a), Some(b)) if (a.value, a.quality, a.minutes) == (b.value, b.quality, b.minutes) => {
                change.same += 1;
                continue;
            }
            (Some(_), Some(_)) => change.changed += 1,
            (Some(_), None) => change.only_a += 1,
            (None, _) => change.only_b += 1,
        }
        if change.first.len() < limit {
            change.first.push(Change { start, a: of_a, b: of_b });
        }
    }
}

/// The time of the next reading.
fn start(stretch: &mut Peekable<Stretch<'_>>) -> io::Result<Option<i64>> {
    if let Some(Err(_)) = stretch.peek() {
        return stretch.next().transpose().map(|reading| reading.map(|reading| reading.start));
    }
    Ok(stretch.peek().and_then(|next| next.as_ref().ok()).map(|reading| reading.start))
}
