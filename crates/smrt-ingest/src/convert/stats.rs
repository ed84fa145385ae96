//! Counts that prove an output against its input. What was read is counted from the batches, what was written from the
//! fields of the rows; neither knows the other.

use super::{channels::Channels, daily::Day};
use smrt_core::{Batch, Flag, Measurements, Sum, Unit};
use std::{collections::BTreeMap, ops::Range};

/// How many values, and what they add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Values, those left out that are stated to be none.
    pub values: u64,
    /// Their sum; a proof of the output also where it means nothing else, as for volts.
    pub sum: Sum,
}

impl Measured {
    /// The values of some readings of a batch, and how many have none.
    fn of(batch: &Batch, range: Range<usize>) -> (Self, u64) {
        let quantities = &batch.quantity[range.clone()];
        let nulls = batch.quality[range].iter().filter(|quality| quality.flag == Flag::Null).count() as u64;
        let mut sum = Sum::default();
        // Where there is no value the quantity is nothing.
        quantities.iter().for_each(|&quantity| sum.add(quantity));
        (Self { values: quantities.len() as u64 - nulls, sum }, nulls)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.values += other.values;
        self.sum.merge(other.sum);
    }
}

/// What was read of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Channels that are described.
    pub channels: u64,
    /// Days of channels that have a reading.
    pub days: u64,
    /// Readings.
    pub readings: u64,
    /// Readings whose place another one of the file took, because it has the same channel and time and comes later.
    pub doubled: u64,
    /// Readings that are stated to have no value.
    pub nulls: u64,
    /// Records that all of these stand in.
    pub records: u64,
    /// Reads of registers, which are no intervals and so no rows.
    pub register_reads: u64,
    /// Values of sensors.
    pub measurements: u64,
    /// Start of the first interval, or the first second in which something was measured; UTC epoch seconds.
    pub first: Option<i64>,
    /// End of the last interval, or of the last such second; UTC epoch seconds.
    pub end: Option<i64>,
    /// What the readings stand for that were not replaced, by canonical unit.
    pub units: BTreeMap<String, Measured>,
}

/// Counts what is read of a file.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) counts: Counts,
    /// The last reading: channel, start, value.
    last: Option<(u32, i64, Option<i64>)>,
    /// What is counted of the channel in hand.
    of_channel: Measured,
}

impl Ledger {
    /// Counts a batch with its stretches. Readings come in key order.
    pub(super) fn add(&mut self, batch: &Batch, stretches: &[Range<usize>], channels: &Channels) {
        self.counts.readings += batch.len() as u64;
        self.counts.records += batch.records();
        self.counts.register_reads += batch.register_reads.len() as u64;
        for stretch in stretches.iter().cloned() {
            let (first, last) = (stretch.start, stretch.end - 1);
            self.counts.first = self.counts.first.into_iter().chain([batch.start[first]]).min();
            self.counts.end = self.counts.end.max(Some(end_of(batch, stretch)));
            let value = |at: usize| (batch.quality[at].flag != Flag::Null).then(|| batch.quantity[at].micros());
            let next = (batch.channel[first], batch.start[first], value(first));
            match self.last.replace(next) {
                Some((channel, start, _)) if (channel, start) == (next.0, next.1) => self.counts.doubled += 1,
                Some(last) => {
                    self.count(last.2);
                    if last.0 != next.0 {
                        self.turn_from(last.0, channels);
                    }
                }
                None => {}
            }
            // Behind the first, no reading has the key of another.
            self.count_all(batch, first..last);
            self.last = Some((next.0, batch.start[last], value(last)));
        }
    }

    /// Counts what sensors measured. Of these values the proof is their number: a sum of them is not exact.
    pub(super) fn add_measured(&mut self, measurements: &Measurements, channels: &Channels) {
        self.counts.measurements += measurements.len() as u64;
        let seconds = || measurements.at.iter().map(|at| at.div_euclid(1_000_000));
        self.counts.first = self.counts.first.into_iter().chain(seconds()).min();
        self.counts.end = self.counts.end.into_iter().chain(seconds().map(|second| second + 1)).max();
        for &channel in &measurements.channel {
            let unit = channels.get(channel).map_or("", |known| known.kind.unit.as_str());
            match self.counts.units.get_mut(unit) {
                Some(measured) => measured.values += 1,
                None => drop(self.counts.units.insert(unit.to_owned(), Measured { values: 1, sum: Sum::default() })),
            }
        }
    }

    /// Counts readings of which no two have one key; their days follow.
    pub(super) fn take(&mut self, tallied: &Tallied) {
        let Tallied { readings, records, register_reads, first, end } = tallied;
        self.counts.readings += readings;
        self.counts.records += records;
        self.counts.register_reads += register_reads;
        self.counts.first = self.counts.first.into_iter().chain(*first).min();
        self.counts.end = self.counts.end.max(*end);
    }

    /// Counts what a day of such readings stands for.
    pub(super) fn take_day(&mut self, day: &Day, channels: &Channels) {
        let tally = day.tally();
        self.counts.nulls += tally.nulls;
        self.of_channel = Measured { values: tally.count, sum: tally.sum };
        self.turn_from(day.channel, channels);
    }

    /// Counts readings that no other one replaces.
    fn count_all(&mut self, batch: &Batch, range: Range<usize>) {
        let (measured, nulls) = Measured::of(batch, range);
        self.counts.nulls += nulls;
        self.of_channel.merge(&measured);
    }

    fn count(&mut self, value: Option<i64>) {
        match value {
            Some(micros) => {
                self.of_channel.merge(&Measured { values: 1, sum: Sum::from_micros(micros.into()) });
            }
            None => self.counts.nulls += 1,
        }
    }

    /// Books what was counted of a channel under its unit.
    fn turn_from(&mut self, channel: u32, channels: &Channels) {
        let unit = channels.get(channel).map_or("", |known| known.kind.unit.as_str());
        let counted = std::mem::take(&mut self.of_channel);
        match self.counts.units.get_mut(unit) {
            Some(measured) => measured.merge(&counted),
            None => drop(self.counts.units.insert(unit.to_owned(), counted)),
        }
    }

    /// The counts of the whole file.
    pub(super) fn finish(&mut self, channels: &Channels) -> Counts {
        if let Some((channel, _, value)) = self.last.take() {
            self.count(value);
            self.turn_from(channel, channels);
        }
        self.counts.channels = channels.count();
        std::mem::take(&mut self.counts)
    }
}

/// What readings come to of which no two have one key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tallied {
    readings: u64,
    records: u64,
    register_reads: u64,
    first: Option<i64>,
    end: Option<i64>,
}

impl Tallied {
    /// Adds a batch with its stretches.
    pub(super) fn add(&mut self, batch: &Batch, stretches: &[Range<usize>]) {
        self.readings += batch.len() as u64;
        self.records += batch.records();
        self.register_reads += batch.register_reads.len() as u64;
        for stretch in stretches {
            self.first = self.first.into_iter().chain([batch.start[stretch.start]]).min();
            self.end = self.end.max(Some(end_of(batch, stretch.clone())));
        }
    }

    /// How many readings there are.
    pub(super) fn readings(&self) -> u64 {
        self.readings
    }
}

/// The end of the last interval of a stretch.
fn end_of(batch: &Batch, stretch: Range<usize>) -> i64 {
    let (starts, minutes) = (&batch.start[stretch.clone()], &batch.minutes[stretch]);
    let longest = minutes.iter().max().map_or(0, |minutes| minutes.seconds());
    let last = starts.last().copied().unwrap_or(i64::MIN);
    // Only an interval longer than the last one can end behind it.
    if minutes.last().is_some_and(|last| last.seconds() == longest) {
        return last.saturating_add(longest);
    }
    starts.iter().zip(minutes).map(|(start, minutes)| start.saturating_add(minutes.seconds())).max().unwrap_or(last)
}

/// One output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenOutput {
    /// The file its rows are of; `None` where they are of all.
    pub source: Option<String>,
    /// Rows, without any header line.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes as 64 hexadecimal digits.
    pub sha256: String,
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Both counts in one.
pub(super) fn together(
    mut units: BTreeMap<String, Measured>,
    others: &BTreeMap<String, Measured>,
) -> BTreeMap<String, Measured> {
    for (unit, measured) in others {
        units.entry(unit.clone()).or_default().merge(measured);
    }
    units
}

/// Whether both sides agree on what there is of each unit. Where rows are sums, those of a unit that does not add up
/// over time are left empty, and just their values are compared.
pub(super) fn agree(
    read: &BTreeMap<String, Measured>,
    written: &BTreeMap<String, Measured>,
    rows_are_sums: bool,
) -> bool {
    let units = |units: &BTreeMap<String, Measured>| -> Vec<(String, u64, Sum)> {
        let some = units.iter().filter(|(_, measured)| measured.values > 0);
        some.map(|(unit, measured)| {
            let is_summed = !rows_are_sums || Unit::adds_up(unit);
            (unit.clone(), measured.values, if is_summed { measured.sum } else { Sum::default() })
        })
        .collect()
    };
    units(read) == units(written)
}
